//! Many routers at one control plane: how long a revocation takes to each, and what it costs. The control plane is a process
//! of the binary under test; the routers are light clients over real gRPC, each with a connection of its own, that acknowledge
//! what they are sent; one more is a real router, asked over HTTP until it refuses the token.
//!
//! `cargo run --release --example fleet -- --binary target/release/smart-router` (see docs/performance.md)

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use proto::v1::config_service_client::ConfigServiceClient;
use proto::v1::enrolment_service_client::EnrolmentServiceClient;
use proto::v1::push::Content;
use proto::v1::subscribe_request::Message;
use proto::v1::{Ack, EnrolRequest, Hello, Push, SubscribeRequest};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio_stream::wrappers::ReceiverStream;
use tonic::codec::CompressionEncoding;
use tonic::transport::Channel;

const ADMIN_TOKEN: &str = "sra_an-admin-token-of-this-measurement-and-no-other";
/// What is tried at the same time while the fleet is set up.
const HELPERS: usize = 16;

/// Many routers at one control plane
#[derive(Parser)]
struct Args {
    /// The binary under test
    #[arg(long)]
    binary: PathBuf,
    #[arg(long, default_value_t = 200)]
    routers: usize,
    #[arg(long, default_value_t = 10_000)]
    callers: usize,
    #[arg(long, default_value_t = 500)]
    groups: usize,
    #[arg(long, default_value_t = 1_000)]
    targets: usize,
    /// One for each caller, up to this number
    #[arg(long, default_value_t = 300)]
    tokens: usize,
    /// Revocations, one after the other
    #[arg(long, default_value_t = 40)]
    rounds: usize,
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Process {
    fn start(binary: &Path, arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new(binary);
        command.args(arguments).args(["--log", "error"]).stdin(Stdio::null()).stdout(Stdio::null());
        command.env("SMART_ROUTER_ADMIN_TOKEN", ADMIN_TOKEN);
        Ok(Self(command.spawn().with_context(|| format!("cannot start {}", binary.display()))?))
    }

    /// CPU seconds since its start.
    fn cpu(&self) -> Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|it| it.parse::<f64>().ok()).unwrap_or(0.0);
        // Clock ticks of 10 ms, as on every Linux that matters.
        Ok((ticks(11) + ticks(12)) / 100.0)
    }

    /// Resident memory, now and at most, in MiB.
    fn memory(&self) -> Result<(f64, f64)> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let of = |name: &str| {
            let line = status.lines().find(|it| it.starts_with(name)).unwrap_or_default();
            line.split_whitespace().nth(1).and_then(|it| it.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
        };
        Ok((of("VmRSS:"), of("VmHWM:")))
    }
}

/// The admin API.
#[derive(Clone)]
struct Admin {
    client: reqwest::Client,
    base: String,
}

impl Admin {
    async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let request = self.client.post(format!("{}{path}", self.base)).bearer_auth(ADMIN_TOKEN).json(body);
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{path}: {status} {text}");
        Ok(serde_json::from_str(&text)?)
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    rustls::crypto::ring::default_provider().install_default().ok();
    let directory = tempfile::TempDir::new()?;
    let [http, grpc, callers] = [free_address()?, free_address()?, free_address()?];
    let path = |name: &str| directory.path().join(name).display().to_string();
    let listeners = ["--admin-listen", &http.to_string(), "--grpc-listen", &grpc.to_string()];
    let control_plane = Process::start(
        &args.binary,
        &[&["control-plane", "--data-dir", &path("control-plane")], &listeners[..]].concat(),
    )?;
    let admin = Admin { client: reqwest::Client::new(), base: format!("http://{http}/api/v1") };
    until_ready(&format!("http://{http}/readyz")).await?;
    let began = Instant::now();
    admin.post("/config/apply", &json!({"document": document(&args)})).await?;
    println!("configuration applied in {:.1} s", began.elapsed().as_secs_f64());
    let tokens = Arc::new(tokens(&admin, args.tokens.min(args.callers)).await?);
    println!("{} tokens after {:.1} s", tokens.len(), began.elapsed().as_secs_f64());

    let join_token = admin.post("/nodes/join-tokens", &json!({})).await?;
    let join_token = join_token["token"].as_str().unwrap_or_default().to_owned();
    let real = [
        "data-plane",
        "--data-dir",
        &path("router"),
        "--listen",
        &callers.to_string(),
        "--control-plane",
        &format!("http://{grpc}"),
        "--join-token",
        &join_token,
    ];
    let router = Process::start(&args.binary, &real)?;
    until_ready(&format!("http://{callers}/readyz")).await?;
    let (before, began) = (control_plane.cpu()?, Instant::now());
    let mut fleet = fleet(&admin, grpc, args.routers).await?;
    let newest = fleet.iter_mut().map(|it| it.borrow_and_update().0).max().unwrap_or(0);
    println!(
        "{} routers hold version {newest} after {:.1} s: {:.1} CPU s, memory {:.0} MiB, at most {:.0} MiB",
        fleet.len(),
        began.elapsed().as_secs_f64(),
        control_plane.cpu()? - before,
        control_plane.memory()?.0,
        control_plane.memory()?.1,
    );
    rounds(&args, &admin, &control_plane, &router, callers, &mut fleet, &tokens).await
}

async fn rounds(
    args: &Args,
    admin: &Admin,
    control_plane: &Process,
    router: &Process,
    callers: SocketAddr,
    fleet: &mut [watch::Receiver<(u64, Instant)>],
    tokens: &[String],
) -> Result<()> {
    tokio::time::sleep(Duration::from_secs(3)).await;
    let (cpu, router_cpu) = (control_plane.cpu()?, router.cpu()?);
    let (mut all, mut slowest, mut served) = (Vec::new(), Vec::new(), Vec::new());
    for token in tokens.iter().take(args.rounds) {
        let id = token.split('_').nth(1).unwrap_or_default();
        let began = Instant::now();
        let asking = tokio::spawn(refused(callers, token.clone(), began));
        let version = admin.post(&format!("/tokens/{id}/revoke"), &json!({})).await?["version"].as_u64().unwrap_or(0);
        let mut last = Duration::ZERO;
        for router in fleet.iter_mut() {
            let reached = router.wait_for(|(held, _)| *held >= version).await?.1;
            all.push(reached - began);
            last = last.max(reached - began);
        }
        slowest.push(last);
        served.push(asking.await??);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (cpu, router_cpu) = (control_plane.cpu()? - cpu, router.cpu()? - router_cpu);
    let rounds = args.rounds as f64;
    println!("revocation to each router:      {}", quantiles(&mut all));
    println!("revocation to the slowest:      {}", quantiles(&mut slowest));
    println!("revocation to a served refusal: {}", quantiles(&mut served));
    println!(
        "control plane: {:.1} ms of CPU per revocation, {:.0} MiB",
        1000.0 * cpu / rounds,
        control_plane.memory()?.0
    );
    println!(
        "router:        {:.1} ms of CPU per revocation, {:.0} MiB",
        1000.0 * router_cpu / rounds,
        router.memory()?.0
    );
    Ok(())
}

fn quantiles(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1000.0;
    format!("p50 {:.0} ms, p99 {:.0} ms, at most {:.0} ms", at(0.5), at(0.99), at(1.0))
}

/// Asks the real router until it refuses the token.
async fn refused(router: SocketAddr, token: String, began: Instant) -> Result<Duration> {
    let client = reqwest::Client::new();
    loop {
        let request = client.get(format!("http://{router}/v1/models")).bearer_auth(&token);
        if request.send().await?.status() == 403 {
            return Ok(began.elapsed());
        }
        ensure!(began.elapsed() < Duration::from_mins(1), "the token is never refused");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Routers, each with the version that it holds and since when.
async fn fleet(admin: &Admin, grpc: SocketAddr, routers: usize) -> Result<Vec<watch::Receiver<(u64, Instant)>>> {
    let (helpers, mut joining) = (Arc::new(Semaphore::new(HELPERS)), JoinSet::new());
    for _ in 0..routers {
        let (admin, helpers) = (admin.clone(), Arc::clone(&helpers));
        joining.spawn(async move {
            let _turn = helpers.acquire_owned().await?;
            client(&admin, grpc).await
        });
    }
    let mut fleet = Vec::new();
    while let Some(joined) = joining.join_next().await {
        fleet.push(joined??);
    }
    for router in &mut fleet {
        router.wait_for(|(held, _)| *held > 0).await?;
    }
    Ok(fleet)
}

async fn client(admin: &Admin, grpc: SocketAddr) -> Result<watch::Receiver<(u64, Instant)>> {
    let join_token =
        admin.post("/nodes/join-tokens", &json!({})).await?["token"].as_str().unwrap_or_default().to_owned();
    let channel = Channel::from_shared(format!("http://{grpc}"))?.tcp_nodelay(true).connect().await?;
    let request = EnrolRequest { join_token, region: "fleet".into(), build: "light".into(), name: "light".into() };
    let node = EnrolmentServiceClient::new(channel.clone()).enrol(request).await?.into_inner();
    let (answers, requests) = mpsc::channel(4);
    let hello = Hello { node_id: node.node_id, region: "fleet".into(), build: "light".into(), ..Hello::default() };
    answers.send(SubscribeRequest { message: Some(Message::Hello(hello)) }).await?;
    let mut request = tonic::Request::new(ReceiverStream::new(requests));
    request.metadata_mut().insert("authorization", format!("Bearer {}", node.credential).parse()?);
    let mut client = ConfigServiceClient::new(channel)
        .accept_compressed(CompressionEncoding::Gzip)
        .max_decoding_message_size(proto::MAX_MESSAGE_BYTES);
    let mut pushes = client.subscribe(request).await?.into_inner();
    let (held, holds) = watch::channel((0, Instant::now()));
    tokio::spawn(async move {
        while let Ok(Some(Push { nonce, content: Some(content) })) = pushes.message().await {
            let version = match content {
                Content::Full(it) => it.version,
                Content::Delta(it) => it.version,
            };
            held.send_replace((version, Instant::now()));
            let ack = Ack { nonce, version, ..Ack::default() };
            if answers.send(SubscribeRequest { message: Some(Message::Ack(ack)) }).await.is_err() {
                return;
            }
        }
    });
    Ok(holds)
}

/// A token for each of the first callers.
async fn tokens(admin: &Admin, count: usize) -> Result<Vec<String>> {
    let helpers = Arc::new(Semaphore::new(HELPERS));
    let mut making = JoinSet::new();
    for caller in 0..count {
        let (admin, helpers) = (admin.clone(), Arc::clone(&helpers));
        making.spawn(async move {
            let _turn = helpers.acquire_owned().await?;
            let made = admin.post("/tokens", &json!({"caller": format!("caller-{caller}")})).await?;
            anyhow::Ok(made["token"].as_str().unwrap_or_default().to_owned())
        });
    }
    let mut tokens = Vec::new();
    while let Some(made) = making.join_next().await {
        tokens.push(made??);
    }
    Ok(tokens)
}

fn document(args: &Args) -> String {
    let mut text = "version: 1\nproviders:\n".to_owned();
    let providers = args.targets.div_ceil(50);
    for provider in 0..providers {
        text.push_str(&format!(
            "  p{provider}:\n    base_url: https://p{provider}.example.com/v1\n    dialects: [openai-chat]\n    models:\n"
        ));
        for model in 0..50.min(args.targets - 50 * provider) {
            text.push_str(&format!(
                "      m{model}: {{model: model-{model}, state: active, prices: [{{input: 0.25, output: 2.00}}]}}\n"
            ));
        }
    }
    text.push_str("groups:\n");
    for group in 0..args.groups {
        let target = |it: usize| format!("{{model: p{}/m{}}}", it % args.targets / 50, it % args.targets % 50);
        text.push_str(&format!(
            "  g{group}: {{policy: {{kind: failover}}, targets: [{}, {}]}}\n",
            target(2 * group),
            target(2 * group + 1)
        ));
    }
    text.push_str("callers:\n");
    for caller in 0..args.callers {
        let groups = [caller % args.groups, (caller + 7) % args.groups].map(|it| format!("g{it}")).join(", ");
        text.push_str(&format!(
            "  - {{id: caller-{caller}, user: user-{}, environment: prod, allow: [{groups}], scopes: [inference], \
             limits: {{rpm: 600, tpm: 100000, concurrency: 20}}}}\n",
            caller % 1000
        ));
    }
    text
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

async fn until_ready(url: &str) -> Result<()> {
    let began = Instant::now();
    while !reqwest::get(url).await.is_ok_and(|it| it.status() == 200) {
        ensure!(began.elapsed() < Duration::from_mins(1), "{url} never answers 200");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
