use std::{io, net::SocketAddr, time::Duration};

use axum::http::StatusCode;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::timeout::TimeoutLayer;

use super::{App, routes::router};

/// A request that sends its body this slowly, or whose answer takes this long, is given up.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Serves the admin API until `stop`, then lets open requests finish.
pub async fn serve(listener: TcpListener, app: App, stop: CancellationToken) -> io::Result<()> {
    let service = router(app).layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIMEOUT));
    let service = service.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await
}
