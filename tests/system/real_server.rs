//! A real OpenAI-compatible server as the only target: llama.cpp's, built from its source package, with a tiny model that
//! the project makes itself. It is less tidy than the sandbox, and not written by us.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use crate::support::one_dialect::{Counts, World, rest};
use crate::support::process::Process;
use crate::support::{answers, eventually, free_address};

/// What `tests/llama/prepare.py` made.
#[derive(Deserialize)]
struct Prepared {
    server: PathBuf,
    model: PathBuf,
}

fn prepared() -> Prepared {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/llama/prepare.py");
    let output = Command::new("python3").arg(script).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "llama.cpp's server is not there: `cargo xtask test` builds it");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The server; it goes away with the value.
struct Server {
    address: SocketAddr,
    _process: Process,
    _directory: TempDir,
}

impl Server {
    async fn start() -> Self {
        let Prepared { server, model } = prepared();
        let (address, directory) = (free_address(), TempDir::new().unwrap());
        let mut command = Command::new(server);
        command.arg("--model").arg(model).args(["--host", "127.0.0.1", "--port", &address.port().to_string()]);
        command.args(["--ctx-size", "32768", "--parallel", "2", "--threads", "2", "--no-ui", "--alias", "tiny"]);
        let process = Process::start(command, &directory.path().join("llama.log"));
        eventually("llama.cpp's server is ready", || answers_health(address)).await;
        Self { address, _process: process, _directory: directory }
    }
}

async fn answers_health(address: SocketAddr) -> bool {
    answers(&format!("http://{address}/health")).await
}

/// Stands before a server and writes down all that it says.
struct Tee {
    address: SocketAddr,
    said: Arc<Mutex<Vec<u8>>>,
}

impl Tee {
    async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, said) = (listener.local_addr().unwrap(), Arc::default());
        let heard = Arc::clone(&said);
        tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                let server = TcpStream::connect(server).await.unwrap();
                let ((from_caller, to_caller), (from_server, to_server)) = (caller.into_split(), server.into_split());
                tokio::spawn(pass(from_caller, to_server, None));
                tokio::spawn(pass(from_server, to_caller, Some(Arc::clone(&heard))));
            }
        });
        Self { address, said }
    }

    /// What its answers said that they count as.
    fn reported(&self) -> Counts {
        let said = self.said.lock().unwrap();
        let text = String::from_utf8_lossy(&said);
        let after = text.match_indices("\"usage\":").map(|(at, key)| &text[at + key.len()..]);
        let usages =
            after.filter_map(|rest| serde_json::Deserializer::from_str(rest).into_iter::<Value>().next()?.ok());
        usages.fold(Counts::default(), |sum, usage| {
            let count = |pointer: &str| usage.pointer(pointer).and_then(Value::as_u64).unwrap_or_default();
            Counts {
                input: sum.input + count("/prompt_tokens"),
                cached: sum.cached + count("/prompt_tokens_details/cached_tokens"),
                output: sum.output + count("/completion_tokens"),
            }
        })
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, copy: Option<Arc<Mutex<Vec<u8>>>>) {
    let mut piece = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut piece).await {
        if let Some(copy) = &copy {
            copy.lock().unwrap().extend_from_slice(&piece[..read]);
        }
        if to.write_all(&piece[..read]).await.is_err() {
            break;
        }
    }
    to.shutdown().await.ok();
}

fn configuration(server: SocketAddr) -> String {
    let model = "{model: tiny, state: active, structured_outputs: true, reasoning: {supported: true}, \
                 prices: [{input: 0.25, output: 2.00}]}";
    format!(
        "version: 1\nproviders:\n  llama:\n    base_url: http://{server}/v1\n    dialects: [openai-chat]\n    network: private\n    \
         credential: {{env: PLANTED_PROVIDER_API_KEY}}\n    timeouts: {{connect: 1s, first_byte: 20s, stream_idle: 20s, total: 60s}}\n    \
         models:\n      tiny: {model}\n"
    ) + &rest(&[("tiny".to_owned(), vec!["llama/tiny".to_owned()])])
}

// The server's answers pass through this process while it waits for the clients.
#[tokio::test(flavor = "multi_thread")]
async fn a_real_server_serves_callers_of_every_dialect_and_is_metered_as_it_says() {
    let server = Server::start().await;
    let tee = Tee::before(server.address).await;
    let world = World::start(&configuration(tee.address)).await;
    world.clients(&["real_server"], "tiny", &[]).unwrap_or_else(|failures| panic!("{failures}"));
    let reported = tee.reported();
    assert!(reported.input > 1000 && reported.output > 300 && reported.cached > 0, "{reported:?}");
    world.assert_metered("tiny", reported).await;
}
