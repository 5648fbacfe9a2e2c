use std::time::Duration;

use http::HeaderMap;
use http::header::EXPECT;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::time::{Instant, timeout, timeout_at};

/// The most that is read and thrown away.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// The longest that an answer waits for it.
const LONGEST: Duration = Duration::from_secs(2);
/// A client that sends nothing for so long is not sending.
const SILENCE: Duration = Duration::from_millis(250);

/// Reads and forgets what is left of a refused request's body, within bounds.
///
/// Closing a connection with unread bytes resets it, and the client would see that instead of the refusal.
pub(crate) async fn linger(headers: &HeaderMap, body: &mut Incoming) {
    // Whoever waits to be asked for the body has not sent it.
    if body.is_end_stream() || headers.contains_key(EXPECT) {
        return;
    }
    let reading = async {
        let mut left = MOST_BYTES;
        while left > 0 {
            let Ok(Some(Ok(frame))) = timeout(SILENCE, body.frame()).await else { return };
            left = left.saturating_sub(frame.data_ref().map_or(0, bytes::Bytes::len));
        }
    };
    let _enough = timeout_at(Instant::now() + LONGEST, reading).await;
}
