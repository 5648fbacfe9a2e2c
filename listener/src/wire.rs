use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};
use tokio_util::sync::WaitForCancellationFutureOwned;

use crate::head::HeadWatch;
use crate::seats::{Seat, Seated, Seats};

/// A connection is told to be HTTP/1 or HTTP/2 by so many bytes; after them hyper's own timeouts apply.
const OPENING: usize = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len();
/// An unfinished head of this size costs no more than the connection itself, and is not counted.
const SMALL_HEAD: usize = 4096;
/// hyper's own answers are shorter.
const LONGEST_BARE: usize = 256;

/// A request that could not be read at all, and that hyper has refused.
pub struct Broken<'a> {
    /// 400, 414 or 431.
    pub status: u16,
    /// The beginning of its path, as far as it is known.
    pub path: &'a str,
}

/// What a broken request is told.
pub struct Told {
    /// Names and values, `content-type` among them.
    pub headers: Vec<(&'static str, String)>,
    /// The answer's body.
    pub body: Vec<u8>,
}

/// How a listener speaks to broken requests.
pub type Words = fn(&Broken<'_>) -> Told;

/// A client's connection with bounded patience: for its first bytes, and for a client that takes nothing of its answer.
/// hyper has none for either, and an answer that nobody takes would hold its upstream and its caller's place for ever.
///
/// It also knows what hyper does not tell: whether a head announces its body's length in two ways, and it gives a body to the
/// empty answers with which hyper refuses what it cannot read.
pub struct Wire<S> {
    stream: S,
    patience: Duration,
    words: Option<Words>,
    seat: Arc<Seat>,
    seats: Arc<Seats>,
    opening: Option<Opening>,
    /// Since nothing more could be written.
    stalled: Option<Pin<Box<Sleep>>>,
    head: HeadWatch,
    /// Of the unfinished head, what is counted.
    counted: usize,
    /// What is written in the place of hyper's answer, and how much of it is.
    instead: Option<(Vec<u8>, usize)>,
}

/// Before it is known what a client wants.
struct Opening {
    /// Bytes still to come.
    missing: usize,
    timer: Pin<Box<Sleep>>,
    leave: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// A fresh connection. Without `words` nobody looks at what passes: it is no HTTP/1.
    pub(crate) fn new(stream: S, patience: Duration, words: Option<Words>, place: &Seated) -> Self {
        let leave = Box::pin(place.seat.leave.clone().cancelled_owned());
        Self {
            stream,
            patience,
            words,
            seat: Arc::clone(&place.seat),
            seats: Arc::clone(&place.seats),
            opening: Some(Opening { missing: OPENING, timer: Box::pin(sleep(patience)), leave }),
            stalled: None,
            head: HeadWatch::default(),
            counted: 0,
            instead: None,
        }
    }

    /// Whether it is known what the client wants.
    pub(crate) fn is_open(&self) -> bool {
        self.opening.is_none()
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

    /// Looks at what was read, and counts what an unfinished head takes.
    fn look(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.words.is_none() {
            return Ok(());
        }
        if self.head.read(bytes) {
            self.seat.ambiguous.store(true, Ordering::Relaxed);
        }
        let unfinished = self.head.unfinished();
        let needed = if unfinished > SMALL_HEAD { unfinished } else { 0 };
        if needed > self.counted {
            if !self.seats.hold_head(needed - self.counted) {
                return Err(io::Error::new(io::ErrorKind::OutOfMemory, "too many unfinished heads"));
            }
        } else if needed < self.counted {
            self.seats.let_head_go(self.counted - needed);
        }
        self.counted = needed;
        Ok(())
    }

    /// Writes the words that take the place of hyper's empty refusal, if these bytes are one.
    fn write_instead(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Option<Poll<io::Result<usize>>> {
        if self.instead.is_none() {
            let status = bare_refusal(bytes)?;
            self.instead = Some((refusal(status, self.head.line(), self.words?), 0));
        }
        let (text, mut written) = self.instead.take()?;
        while written < text.len() {
            match Pin::new(&mut self.stream).poll_write(cx, &text[written..]) {
                Poll::Ready(Ok(more)) if more > 0 => written += more,
                Poll::Ready(Ok(_)) => return Some(Poll::Ready(Err(io::ErrorKind::WriteZero.into()))),
                Poll::Ready(Err(error)) => return Some(Poll::Ready(Err(error))),
                Poll::Pending => {
                    self.instead = Some((text, written));
                    return Some(self.watch(cx, Poll::Pending));
                }
            }
        }
        Some(Poll::Ready(Ok(bytes.len())))
    }
}

impl<S> Drop for Wire<S> {
    fn drop(&mut self) {
        if self.counted > 0 {
            self.seats.let_head_go(self.counted);
        }
    }
}

/// The status of an answer that hyper gives by itself: it has no body and none of our headers.
fn bare_refusal(bytes: &[u8]) -> Option<u16> {
    if !bytes.starts_with(b"HTTP/1.1 4") || bytes.len() > LONGEST_BARE || !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.trim_end().split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let own = lines.all(|it| ["connection: ", "content-length: 0", "date: "].iter().any(|own| it.starts_with(own)));
    own.then_some(status)
}

fn refusal(status: u16, line: &[u8], words: Words) -> Vec<u8> {
    let line = String::from_utf8_lossy(line);
    let path = line.split(['\r', '\n']).next().and_then(|it| it.split(' ').nth(1)).unwrap_or_default();
    let Told { headers, body } = words(&Broken { status, path });
    let reason = http::StatusCode::from_u16(status).ok().and_then(|it| it.canonical_reason()).unwrap_or_default();
    let mut text = format!("HTTP/1.1 {status} {reason}\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    let mut text = text.into_bytes();
    text.extend(body);
    text
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Wire<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if let Some(Opening { missing, timer, leave }) = &mut self.opening {
            if read.is_pending() {
                if leave.as_mut().poll(cx).is_ready() {
                    let why = "others need the place of a client that sends no request";
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::ConnectionAborted, why)));
                }
                ready!(timer.as_mut().poll(cx));
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client sends no request")));
            }
            *missing = missing.saturating_sub(buffer.filled().len() - before);
            if *missing == 0 {
                self.opening = None;
            }
        }
        if let Poll::Ready(Ok(())) = &read {
            self.look(&buffer.filled()[before..])?;
        }
        read
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if let Some(written) = self.write_instead(cx, bytes) {
            return written;
        }
        self.head.answered();
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [only] = pieces
            && let Some(written) = self.write_instead(cx, only)
        {
            return written;
        }
        self.head.answered();
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
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::{Broken, Told, Wire, bare_refusal};
    use crate::seats::{Caps, Seated, Seats};

    struct Pair {
        client: TcpStream,
        served: Wire<TcpStream>,
        place: Seated,
    }

    async fn pair(seats: &Arc<Seats>) -> Pair {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let place = seats.take(IpAddr::V4(Ipv4Addr::LOCALHOST)).unwrap();
        let stream = listener.accept().await.unwrap().0;
        let words = |broken: &Broken<'_>| Told { headers: Vec::new(), body: broken.path.as_bytes().to_vec() };
        let served = Wire::new(stream, Duration::from_millis(100), Some(words), &place);
        Pair { client, served, place }
    }

    fn seats() -> Arc<Seats> {
        Seats::new(Caps::of(64))
    }

    #[tokio::test]
    async fn a_client_must_begin_and_may_then_be_silent() {
        let seats = seats();
        let mut it = pair(&seats).await;
        it.client.write_all(b"PRI * HT").await.unwrap();
        let mut opening = [0; 24];
        assert_eq!(it.served.read_exact(&mut opening).await.unwrap_err().kind(), ErrorKind::TimedOut);

        let mut it = pair(&seats).await;
        it.client.write_all(b"POST /v1/messages HTTP/1.1\r\n").await.unwrap();
        it.served.read_exact(&mut opening).await.unwrap();
        it.served.read_exact(&mut [0; 4]).await.unwrap();
        let silence = tokio::time::timeout(Duration::from_millis(300), it.served.read_u8()).await;
        assert!(silence.is_err(), "{silence:?}");
    }

    #[tokio::test]
    async fn a_client_must_take_its_answer() {
        let seats = seats();
        let mut it = pair(&seats).await;
        let answer = vec![0; 64 * 1024 * 1024];
        assert_eq!(it.served.write_all(&answer).await.unwrap_err().kind(), ErrorKind::TimedOut);
        drop(it);

        // A slow one may.
        let Pair { mut client, mut served, place: _kept } = pair(&seats).await;
        let writing = tokio::spawn(async move { served.write_all(&answer[..16 * 1024 * 1024]).await });
        let mut taken = vec![0; 2 * 1024 * 1024];
        for _ in 0..8 {
            tokio::time::sleep(Duration::from_millis(40)).await;
            client.read_exact(&mut taken).await.unwrap();
        }
        writing.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn an_empty_refusal_gets_a_body_and_nothing_else_is_touched() {
        let bare = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\ndate: Sat\r\n\r\n";
        let ours = b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: 0\r\n\r\n";
        assert_eq!((bare_refusal(bare), bare_refusal(ours)), (Some(431), None));
        let seats = seats();
        let mut it = pair(&seats).await;
        it.client.write_all(b"POST /v1/messages?x HTTP/1.1\r\nbad").await.unwrap();
        let mut read = [0; 33];
        it.served.read_exact(&mut read).await.unwrap();
        it.served.write_all(bare).await.unwrap();
        drop((it.served, it.place));
        let mut text = String::new();
        it.client.read_to_string(&mut text).await.unwrap();
        assert!(text.starts_with("HTTP/1.1 431 ") && text.ends_with("\r\n\r\n/v1/messages?x"), "{text}");
        assert!(text.contains("content-length: 14\r\n"), "{text}");
    }

    #[tokio::test]
    async fn unfinished_heads_share_their_room_and_give_it_back() {
        let seats = Seats::new(Caps { heads: 20_000, ..Caps::of(64) });
        let head = [b"GET / HTTP/1.1\r\nx: ".as_slice(), &vec![b'a'; 12_000]].concat();
        let mut read = vec![0; head.len()];
        let (mut first, mut second) = (pair(&seats).await, pair(&seats).await);
        first.client.write_all(&head).await.unwrap();
        first.served.read_exact(&mut read).await.unwrap();
        second.client.write_all(&head).await.unwrap();
        assert_eq!(second.served.read_exact(&mut read).await.unwrap_err().kind(), ErrorKind::OutOfMemory);
        drop(second);
        first.client.write_all(b"\r\n\r\n").await.unwrap();
        first.served.read_exact(&mut [0; 4]).await.unwrap();
        let mut third = pair(&seats).await;
        third.client.write_all(&head).await.unwrap();
        third.served.read_exact(&mut read).await.unwrap();
    }
}
