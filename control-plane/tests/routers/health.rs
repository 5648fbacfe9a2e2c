use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use crate::{database::Database, server::Server};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_is_told_and_a_watcher_does_not_hold_up_the_end() {
    let database = Database::sqlite().await;
    let server = Server::start(&database).await;
    let mut client = HealthClient::new(server.channel().await);
    for service in
        ["", "smart_router.v1.ConfigService", "smart_router.v1.UsageService", "smart_router.v1.EnrolmentService"]
    {
        let health = client.check(HealthCheckRequest { service: service.into() }).await.unwrap().into_inner();
        assert_eq!(health.status(), ServingStatus::Serving, "{service}");
    }
    let mut watch = client.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
    server.stop().await;
    database.remove().await;
}
