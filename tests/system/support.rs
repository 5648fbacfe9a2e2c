//! Processes, ports, databases and requests for the tests of the whole system.

pub mod cluster;
pub mod configuration;
pub mod database;
pub mod disk;
pub mod one_dialect;
pub mod process;
pub mod secrets;
pub mod stub;

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

/// No test waits longer for anything: a guard against hanging, not a bound on how fast something is.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// An address that was free a moment ago. Not one of those that the system gives to clients: a process that is killed and started again
/// would find some client of another test there.
pub fn free_address() -> SocketAddr {
    loop {
        let port = 10_000 + rand::random::<u16>() % 20_000;
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return listener.local_addr().unwrap();
        }
    }
}

/// Polls until the condition holds; panics with what was waited for when it never does.
pub async fn eventually<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let polls = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, polls).await.is_ok(), "{what}: it never came");
}

/// Whether that URL answers 200.
pub async fn answers(url: &str) -> bool {
    client().get(url).send().await.is_ok_and(|response| response.status() == 200)
}

/// A client that does not reuse another test's connections.
pub fn client() -> reqwest::Client {
    // Only one crypto provider is compiled in, but rustls wants to be told.
    rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::new()
}
