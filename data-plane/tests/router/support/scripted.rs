use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::PATIENCE;

/// What a scripted upstream does once it has read a request.
#[derive(Clone)]
pub enum Step {
    Send(String),
    Wait(Duration),
    /// Until the router closes the connection.
    WaitForClose,
}

/// An upstream that plays a script on every connection and then closes it.
pub struct Scripted {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    closed: watch::Receiver<u32>,
}

impl Scripted {
    pub async fn start(steps: Vec<Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let (closing, closed) = watch::channel(0);
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(play(stream, steps.clone(), Arc::clone(&seen), closing.clone()));
            }
        });
        Self { address, requests, closed }
    }

    /// One answer as soon as a request begins; the rest of the request is not read.
    pub async fn impatient(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let (_, closed) = watch::channel(0);
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                stream.readable().await.unwrap();
                seen.lock().unwrap().push(String::new());
                stream.write_all(answer.as_bytes()).await.unwrap();
                open.push(stream);
            }
        });
        Self { address, requests, closed }
    }

    /// One whole answer with a length. It says that the connection closes: a router that kept it could send the next request in
    /// the moment of that.
    pub async fn answering(status: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n");
        Self::start(vec![Step::Send(head + body)]).await
    }

    /// A stream whose end is the connection's.
    pub async fn streaming(mut steps: Vec<Step>) -> Self {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
        steps.insert(0, Step::Send(head.to_owned()));
        Self::start(steps).await
    }

    /// The requests so far, heads and bodies.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Waits until the router has closed so many connections.
    pub async fn closed(&mut self, count: u32) {
        let waiting = self.closed.wait_for(|it| *it >= count);
        tokio::time::timeout(PATIENCE, waiting).await.expect("the router closes").unwrap();
    }
}

async fn play(mut stream: TcpStream, steps: Vec<Step>, requests: Arc<Mutex<Vec<String>>>, closing: watch::Sender<u32>) {
    let Some(request) = read_request(&mut stream).await else { return };
    requests.lock().unwrap().push(request);
    for step in steps {
        match step {
            Step::Send(text) => {
                if stream.write_all(text.as_bytes()).await.is_err() {
                    closing.send_modify(|it| *it += 1);
                    return;
                }
            }
            Step::Wait(duration) => tokio::time::sleep(duration).await,
            Step::WaitForClose => {
                let mut rest = [0; 64];
                while matches!(stream.read(&mut rest).await, Ok(1..)) {}
                closing.send_modify(|it| *it += 1);
            }
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let count = stream.read(&mut buffer).await.ok()?;
        if count == 0 {
            return None;
        }
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|it| it.strip_prefix("content-length: ")).map_or(0, |it| it.parse().unwrap());
            if body.len() >= length {
                return Some(text.into_owned());
            }
        }
    }
}

/// An upstream that gives the same answer to every request and keeps its connections.
pub struct KeptOpen {
    pub address: SocketAddr,
}

impl KeptOpen {
    pub async fn answering(body: &str) -> Self {
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let answer = answer.clone();
                tokio::spawn(async move {
                    while read_request(&mut stream).await.is_some() {
                        if stream.write_all(answer.as_bytes()).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self { address }
    }
}
