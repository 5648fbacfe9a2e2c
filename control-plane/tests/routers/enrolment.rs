use control_plane_core::token::{self, TokenKind};
use tonic::Code;

use crate::{database::Database, server::Server};

on_both_engines!(a_join_token_makes_one_router, a_join_token_that_is_wrong_makes_none, of_many_at_once_one_joins);

async fn a_join_token_makes_one_router(database: &Database) {
    let server = Server::start(database).await;
    let join_token = server.join_token(60_000).await;
    let router = server.enrol(&join_token).await.unwrap();
    assert_eq!(token::id(TokenKind::Node, &router.credential), Some(router.node_id.as_str()));
    let node = server.node(&router.node_id).await;
    assert_eq!((node.name.as_str(), node.region.as_str(), node.build.as_str()), ("router 1", "eu", "1.2.3"));
    assert!(!node.stream_open);
    let again = server.enrol(&join_token).await.err().unwrap();
    assert_eq!(again.code(), Code::Unauthenticated);
    assert!(again.message().contains("used"), "{again}");
    let audited = "select cast(count(*) as bigint) from audit_events where action = 'node.enrol'";
    assert_eq!(database.number(audited).await, 1);
    server.stop().await;
}

async fn a_join_token_that_is_wrong_makes_none(database: &Database) {
    let server = Server::start(database).await;
    let expired = server.join_token(-1).await;
    let valid = server.join_token(60_000).await;
    let other = control_plane::secrets::mint(TokenKind::Join).text.expose().to_owned();
    // The id of a valid token with another secret.
    let forged = {
        let id = token::id(TokenKind::Join, &valid).unwrap();
        let mut body = format!("srj_{id}_{}", &other[17..60]);
        let mut rest = crc32(body.as_bytes());
        let mut digits = Vec::new();
        for _ in 0..6 {
            let letter = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[(rest % 62) as usize];
            digits.insert(0, letter);
            rest /= 62;
        }
        body.push_str(std::str::from_utf8(&digits).unwrap());
        assert_eq!(token::id(TokenKind::Join, &body), Some(id));
        body
    };
    for wrong in [expired.as_str(), other.as_str(), forged.as_str(), "", "srj_x", "Bearer"] {
        let refused = server.enrol(wrong).await.err().unwrap();
        assert_eq!(refused.code(), Code::Unauthenticated, "{refused}");
        assert!(!refused.message().contains("srj_"), "no token comes back");
    }
    assert_eq!(database.number("select cast(count(*) as bigint) from nodes").await, 0);
    assert!(server.enrol(&valid).await.is_ok(), "the forged one did not use it up");
    server.stop().await;
}

async fn of_many_at_once_one_joins(database: &Database) {
    let server = Server::start(database).await;
    let join_token = server.join_token(60_000).await;
    let tries = (0..8).map(|_| server.enrol(&join_token));
    let outcomes = futures_util::future::join_all(tries).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(database.number("select cast(count(*) as bigint) from nodes").await, 1);
    server.stop().await;
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}
