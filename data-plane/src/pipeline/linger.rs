use std::time::Duration;

use http::header::{CONNECTION, EXPECT};
use http::request::Parts;
use http::{HeaderValue, Response, Version};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::time::{Instant, timeout, timeout_at};

use crate::body::Body;

/// The most that is read and thrown away.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// The longest that an answer waits for it.
const LONGEST: Duration = Duration::from_secs(2);
/// A client that sends nothing for so long is not sending.
const SILENCE: Duration = Duration::from_millis(250);

/// What became of the rest of a refused request's body.
#[must_use = "the client has to be told if its connection is closed"]
pub(crate) struct Lingered {
    closes: bool,
}

/// Reads and forgets what is left of a refused request's body, within bounds, and tells the client that the connection
/// ends with the answer if something is left then.
///
/// Closing a connection with unread bytes resets it, and the client would see that instead of the refusal.
pub(crate) async fn linger(head: &Parts, body: &mut Incoming) -> Lingered {
    // Whoever waits to be asked for the body has not sent it.
    if !head.headers.contains_key(EXPECT) {
        forget(body).await;
    }
    // Streams of HTTP/2 end alone.
    Lingered { closes: !body.is_end_stream() && head.version < Version::HTTP_2 }
}

impl Lingered {
    /// Says `connection: close` where the connection cannot be used again.
    pub fn told(&self, mut response: Response<Body>) -> Response<Body> {
        if self.closes {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

async fn forget(body: &mut Incoming) {
    if body.is_end_stream() {
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
