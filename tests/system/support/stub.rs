//! An upstream that answers with bytes of the test's choice, because the sandbox is too well-behaved.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Answers every connection with the same pieces, each written by itself.
pub async fn start(content_type: &'static str, status: u16, pieces: Vec<Vec<u8>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, content_type, status, pieces.clone()));
        }
    });
    address
}

async fn answer(mut stream: TcpStream, content_type: &'static str, status: u16, pieces: Vec<Vec<u8>>) {
    stream.set_nodelay(true).unwrap();
    let mut request = vec![0; 64 * 1024];
    let mut read = 0;
    while !request[..read].ends_with(b"}") {
        match stream.read(&mut request[read..]).await {
            Ok(0) | Err(_) => return,
            Ok(more) => read += more,
        }
    }
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\nset-cookie: a=b\r\nopenai-organization: org-secret\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.ok();
    for piece in pieces {
        stream.write_all(&piece).await.ok();
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
}
