//! Pushes leave beside tonic, which would encode and compress each for every router anew, and keep buffers as large as the
//! largest of them for as long as the router is connected. Here all connections send the same bytes.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::HeaderMap;
use http_body::Frame;
use prost::bytes::Bytes;
use tokio::sync::mpsc;
use tonic::{Status, body::Body, server::NamedService};
use tower::Service;

use crate::publish::Encoding;

/// Where messages of one answer go, ahead of what its stream still says.
#[derive(Clone)]
pub(super) struct Frames {
    /// Whole messages, as gRPC frames them.
    pub sender: mpsc::Sender<Bytes>,
    /// What the router unpacks.
    pub form: Encoding,
}

/// A gRPC service whose answers also take messages that are encoded already. It puts [`Frames`] into the request's
/// extensions.
#[derive(Clone)]
pub(super) struct WithFrames<S>(pub S);

impl<S: NamedService> NamedService for WithFrames<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<http::Request<Body>> for WithFrames<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let (sender, frames) = mpsc::channel(1);
        let form = form(request.headers());
        request.extensions_mut().insert(Frames { sender, form });
        let answer = self.0.call(request);
        Box::pin(async move { Ok(answer.await?.map(|stream| Body::new(Merged { frames, stream }))) })
    }
}

/// What tonic makes of the same header: it says in the answer's head that messages may be compressed.
fn form(headers: &HeaderMap) -> Encoding {
    let mut accepted = headers.get_all("grpc-accept-encoding").iter().filter_map(|it| it.to_str().ok());
    let gzip = accepted.any(|it| it.split(',').any(|it| it.trim() == "gzip"));
    if gzip { Encoding::Gzip } else { Encoding::Plain }
}

struct Merged {
    frames: mpsc::Receiver<Bytes>,
    stream: Body,
}

impl http_body::Body for Merged {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        match self.frames.poll_recv(context) {
            Poll::Ready(Some(frame)) => Poll::Ready(Some(Ok(Frame::data(frame)))),
            Poll::Ready(None) | Poll::Pending => Pin::new(&mut self.stream).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.stream.is_end_stream()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_router_unpacks_is_what_it_says() {
        let of = |value: Option<&'static str>| {
            let headers =
                value.map(|it| (http::HeaderName::from_static("grpc-accept-encoding"), it.parse().expect("ASCII")));
            form(&headers.into_iter().collect())
        };
        assert_eq!(of(None), Encoding::Plain);
        assert_eq!(of(Some("identity,zstd")), Encoding::Plain);
        assert_eq!(of(Some("identity, gzip")), Encoding::Gzip);
    }
}
