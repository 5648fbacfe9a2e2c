//! The load generator: keep-alive HTTP/1.1 connections, closed loop (as fast as it goes) or open loop (at a rate).

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// What to send, and how fast.
#[derive(Clone)]
pub struct Load {
    /// Where to.
    pub address: SocketAddr,
    /// The API's path, of which the body is a request.
    pub path: &'static str,
    /// The caller's token; empty: none is needed.
    pub token: String,
    /// The body of every request.
    pub body: Bytes,
    /// How many connections at the same time.
    pub connections: usize,
    /// Requests per second over all connections; `None`: as fast as it goes.
    pub rate: Option<f64>,
    /// How long.
    pub duration: Duration,
}

/// What was seen.
#[derive(Default)]
pub struct Seen {
    /// Answers with status 200 and a whole body.
    pub requests: u64,
    /// Server-sent events in them.
    pub events: u64,
    /// From the request's due time to the body's end, microseconds, ascending.
    pub latencies_us: Vec<u64>,
    /// From the request's due time to the body's first byte, microseconds, ascending.
    pub first_bytes_us: Vec<u64>,
    /// How long the load lasted.
    pub seconds: f64,
}

/// Applies the load. Any answer that is not a whole 200 ends it with an error: figures of failures mean nothing.
pub async fn apply(load: &Load) -> Result<Seen> {
    let started = Instant::now();
    let ticket = Arc::new(AtomicU64::new(0));
    let workers: Vec<_> =
        (0..load.connections).map(|_| tokio::spawn(worker(load.clone(), Arc::clone(&ticket), started))).collect();
    let mut seen = Seen::default();
    for worker in workers {
        let part = worker.await??;
        seen.requests += part.requests;
        seen.events += part.events;
        seen.latencies_us.extend(part.latencies_us);
        seen.first_bytes_us.extend(part.first_bytes_us);
    }
    seen.latencies_us.sort_unstable();
    seen.first_bytes_us.sort_unstable();
    seen.seconds = started.elapsed().as_secs_f64();
    Ok(seen)
}

async fn worker(load: Load, ticket: Arc<AtomicU64>, started: Instant) -> Result<Seen> {
    let mut connection = connect(load.address).await?;
    let mut seen = Seen::default();
    loop {
        let due = match load.rate {
            None => Instant::now(),
            Some(rate) => {
                let number = ticket.fetch_add(1, Ordering::Relaxed);
                let due = started + Duration::from_secs_f64(number as f64 / rate);
                if due.duration_since(started) < load.duration {
                    tokio::time::sleep_until(due.into()).await;
                }
                due
            }
        };
        if due.duration_since(started) >= load.duration {
            return Ok(seen);
        }
        one(&mut connection, &load, due, &mut seen).await?;
    }
}

async fn connect(address: SocketAddr) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await.with_context(|| format!("cannot connect to {address}"))?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

async fn one(connection: &mut SendRequest<Full<Bytes>>, load: &Load, due: Instant, seen: &mut Seen) -> Result<()> {
    let request = hyper::Request::post(load.path)
        .header("host", "bench")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", load.token))
        .body(Full::new(load.body.clone()))?;
    connection.ready().await?;
    let response = connection.send_request(request).await?;
    let status = response.status();
    let mut body = response.into_body();
    let mut first_byte = None;
    let mut text = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Some(data) = frame?.data_ref() {
            first_byte.get_or_insert_with(|| due.elapsed());
            seen.events += memchr::memmem::find_iter(data, b"data:").count() as u64;
            if status != 200 {
                text.extend_from_slice(data);
            }
        }
    }
    if status != 200 {
        bail!("answered {status}: {}", String::from_utf8_lossy(&text));
    }
    seen.requests += 1;
    seen.latencies_us.push(due.elapsed().as_micros() as u64);
    seen.first_bytes_us.extend(first_byte.map(|it| it.as_micros() as u64));
    Ok(())
}
