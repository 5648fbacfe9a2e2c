use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// A connection is told to be HTTP/1 or HTTP/2 by so many bytes; after them hyper's own timeouts apply.
const OPENING: usize = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len();

/// A caller's connection with bounded patience: for its first bytes, and for a caller that takes nothing of its answer.
/// hyper has none for either, and an answer that nobody takes would hold its upstream and its caller's place for ever.
pub(super) struct Patient {
    stream: TcpStream,
    patience: Duration,
    /// Bytes of the opening still to come, and how long they may take.
    opening: Option<(usize, Pin<Box<Sleep>>)>,
    /// Since nothing more could be written.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    pub fn new(stream: TcpStream, patience: Duration) -> Self {
        Self { stream, patience, opening: Some((OPENING, Box::pin(sleep(patience)))), stalled: None }
    }

    fn watch(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let patience = self.patience;
        let timer = self.stalled.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing of its answer")))
    }
}

impl AsyncRead for Patient {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let Some((missing, timer)) = &mut self.opening else { return read };
        if read.is_pending() {
            ready!(timer.as_mut().poll(cx));
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client sends no request")));
        }
        *missing = missing.saturating_sub(buffer.filled().len() - before);
        if *missing == 0 {
            self.opening = None;
        }
        read
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::io::ErrorKind;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::Patient;

    async fn pair() -> (TcpStream, Patient) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (client, Patient::new(listener.accept().await.unwrap().0, Duration::from_millis(100)))
    }

    #[tokio::test]
    async fn a_client_must_begin_and_may_then_be_silent() {
        let (mut client, mut served) = pair().await;
        client.write_all(b"PRI * HT").await.unwrap();
        let mut opening = [0; 24];
        assert_eq!(served.read_exact(&mut opening).await.unwrap_err().kind(), ErrorKind::TimedOut);

        let (mut client, mut served) = pair().await;
        client.write_all(b"POST /v1/messages HTTP/1.1\r\n").await.unwrap();
        served.read_exact(&mut opening).await.unwrap();
        served.read_exact(&mut [0; 4]).await.unwrap();
        let silence = tokio::time::timeout(Duration::from_millis(300), served.read_u8()).await;
        assert!(silence.is_err(), "{silence:?}");
    }

    #[tokio::test]
    async fn a_client_must_take_its_answer() {
        let (client, mut served) = pair().await;
        let answer = vec![0; 64 * 1024 * 1024];
        assert_eq!(served.write_all(&answer).await.unwrap_err().kind(), ErrorKind::TimedOut);
        drop(client);

        // A slow one may.
        let (mut client, mut served) = pair().await;
        let writing = tokio::spawn(async move { served.write_all(&answer[..16 * 1024 * 1024]).await });
        let mut taken = vec![0; 2 * 1024 * 1024];
        for _ in 0..8 {
            tokio::time::sleep(Duration::from_millis(40)).await;
            client.read_exact(&mut taken).await.unwrap();
        }
        writing.await.unwrap().unwrap();
    }
}
