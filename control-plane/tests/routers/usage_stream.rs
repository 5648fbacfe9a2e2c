use proto::v1::UsageAck;
use tonic::Code;

use crate::{
    database::Database,
    events::{batch, batches, events, last},
    server::{Report, Router, Server},
};

on_both_engines!(
    batches_are_acknowledged_in_order,
    the_same_log_over_two_streams_counts_once,
    what_cannot_be_counted_ends_the_stream,
);

async fn ack(report: &mut Report) -> UsageAck {
    report.acks.message().await.unwrap().unwrap()
}

async fn batches_are_acknowledged_in_order(database: &Database) {
    let server = Server::start(database).await;
    let router = server.router().await;
    let mut report = router.report().await.unwrap();
    let sent = batches(1, 77, &events(1, 1, 500));
    let lasts: Vec<u64> = sent.iter().map(last).collect();
    let batches = report.batches.clone();
    let sending = tokio::spawn(async move {
        for batch in sent {
            batches.send(batch).await.unwrap();
        }
    });
    for last in lasts {
        assert_eq!(ack(&mut report).await, UsageAck { epoch: 77, committed_sequence: last });
    }
    sending.await.unwrap();
    let stored = "select cast(count(*) as bigint) from usage_requests";
    assert_eq!(database.number(stored).await, 500);
    let node = sqlx::query_scalar::<_, String>("select distinct node from usage_requests")
        .fetch_one(database.store.read())
        .await
        .unwrap();
    assert_eq!(node, router.node_id);
    server.stop().await;
}

async fn the_same_log_over_two_streams_counts_once(database: &Database) {
    let server = Server::start(database).await;
    let router = server.router().await;
    let all = events(2, 1, 400);
    let deliver = |router: Router, seed| {
        let batches = batches(seed, 5, &all);
        async move {
            let mut report = router.report().await.unwrap();
            for batch in batches {
                let last = last(&batch);
                report.batches.send(batch).await.unwrap();
                assert!(ack(&mut report).await.committed_sequence >= last);
            }
        }
    };
    tokio::join!(deliver(router.clone(), 1), deliver(router.clone(), 2));
    for counted in [
        "select cast(count(*) as bigint) from usage_requests",
        "select cast(sum(requests) as bigint) from usage_rollup_hourly_caller",
        "select cast(sum(requests) as bigint) from usage_rollup_daily_caller_model",
    ] {
        assert_eq!(database.number(counted).await, 400);
    }
    server.stop().await;
}

async fn what_cannot_be_counted_ends_the_stream(database: &Database) {
    let server = Server::start(database).await;
    let router = server.router().await;
    for (batch, code, says) in [
        (batch(1, &events(1, 3, 2)), Code::FailedPrecondition, "committed up to 0"),
        (batch(u64::MAX, &events(1, 1, 2)), Code::InvalidArgument, "epoch"),
        (batch(1, &[events(1, 1, 2), events(1, 4, 1)].concat()), Code::InvalidArgument, "sequence 4 follows 2"),
    ] {
        let mut report = router.report().await.unwrap();
        report.batches.send(batch).await.unwrap();
        let refused = report.acks.message().await.unwrap_err();
        assert_eq!(refused.code(), code);
        assert!(refused.message().contains(says), "{refused}");
    }
    assert_eq!(database.number("select cast(count(*) as bigint) from usage_requests").await, 0);
    server.stop().await;
}
