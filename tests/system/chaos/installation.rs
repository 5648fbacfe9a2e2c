//! Everything that runs: two control planes on PostgreSQL, three routers, an upstream, and the links between them.

use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::link::Link;
use super::member::Member;
use crate::support::database::Server;
use crate::support::disk::Disk;
use crate::support::secrets::{self, PROVIDER_KEY};
use crate::support::{answers, eventually, free_address, process};

pub const ROUTERS: usize = 3;
pub const PROVIDER_VARIABLE: &str = "PLANTED_PROVIDER_API_KEY";
const ADMIN_TOKEN: &str = "sra_chaos_an-administrator-of-the-chaos-run";
/// 32 bytes, in base64: both control planes open what either has sealed.
const MASTER_KEY: &str = "Y2hhb3MtY2hhb3MtY2hhb3MtY2hhb3MtY2hhb3MtY2g=";
/// In mebibytes. A router needs little; what PostgreSQL needs grows with the rows of an hour.
const ROUTER_DISK: u32 = 64;
const DATABASE_DISK: u32 = 1_500;
/// So little that its files change every few seconds.
const USAGE_LOG: &str = "2097152";
const COMMAND: Duration = Duration::from_secs(5);
/// A copy has all rows of all rounds.
const COPYING: Duration = Duration::from_mins(3);

// Fields are dropped in this order: processes before their disks, those before the directory.
pub struct Installation {
    pub control_planes: Vec<Member>,
    pub routers: Vec<Member>,
    pub upstream: Member,
    pub database: Server,
    pub upstream_link: Link,
    pub control_link: Link,
    pub database_links: Vec<Link>,
    pub router_disks: Vec<Disk>,
    pub database_disk: Disk,
    /// Of the callers.
    pub token: String,
    /// Tokens that were revoked for good.
    pub revoked: Vec<String>,
    pub directory: TempDir,
}

impl Installation {
    pub async fn start() -> Self {
        let directory = TempDir::new().unwrap();
        let at = |name: &str| directory.path().join(name);
        let database_disk = Disk::mount(&at("postgres"), DATABASE_DISK);
        let database = Server::start_in(&at("postgres")).await;
        let (upstream, upstream_link) = upstream(&at("upstream")).await;
        let mut database_links = Vec::new();
        let mut control_planes = Vec::new();
        let mut grpc = Vec::new();
        for number in 1..=2 {
            let link = Link::to(vec![database.address()]).await;
            let (member, address) = control_plane(&at(&format!("control-plane-{number}")), number, &link);
            database_links.push(link);
            control_planes.push(member);
            grpc.push(address);
        }
        let control_link = Link::to(grpc).await;
        let mut this = Self {
            control_planes,
            routers: Vec::new(),
            upstream,
            database,
            upstream_link,
            control_link,
            database_links,
            router_disks: Vec::new(),
            database_disk,
            token: String::new(),
            revoked: Vec::new(),
            directory,
        };
        this.begin().await;
        this
    }

    /// One control plane after the other: the first makes the tables.
    async fn begin(&mut self) {
        for member in &mut self.control_planes {
            member.start();
            eventually("a control plane is ready", || member.is_ready()).await;
        }
        let file = self.directory.path().join("smart-router.yaml");
        std::fs::write(&file, configuration(&self.upstream_link)).unwrap();
        self.admin(&["config", "apply", file.to_str().unwrap()]).await.unwrap();
        self.token = self.new_token().await.unwrap();
        for number in 1..=ROUTERS {
            let directory = self.directory.path().join(format!("router-{number}"));
            self.router_disks.push(Disk::mount(&directory, ROUTER_DISK));
            let listen = free_address();
            let control_plane = format!("http://{}", self.control_link.address);
            let (data_dir, address) = (directory.display().to_string(), listen.to_string());
            let name = format!("router-{number}");
            let mut arguments = vec!["data-plane", "--data-dir", &data_dir, "--listen", &address];
            arguments.extend(["--control-plane", &control_plane, "--name", &name, "--region", "chaos"]);
            arguments.extend(["--usage-log-bytes", USAGE_LOG]);
            let mut member = Member::new(&name, &directory, listen, &arguments);
            self.join(&mut member).await;
            self.routers.push(member);
        }
    }

    /// Starts a router that is no node yet.
    pub async fn join(&self, member: &mut Member) {
        let join_token = self.admin(&["node", "join-token"]).await.unwrap();
        secrets::plant(&join_token);
        member.start_with(&["--join-token", &join_token]);
        eventually("a router is ready", || member.is_ready()).await;
    }

    pub async fn new_token(&self) -> Result<String, String> {
        let token = self.admin(&["token", "create", "--caller", "tester"]).await?;
        secrets::plant(&token);
        Ok(token)
    }

    /// Takes the token out of use for good.
    pub async fn revoke(&self, token: &str) -> Result<(), String> {
        let id = token.split('_').nth(1).expect("a token has an id");
        self.admin(&["token", "revoke", id]).await.map(drop)
    }

    /// The first control plane's list of routers.
    pub async fn nodes(&self) -> Result<Vec<Value>, String> {
        self.nodes_of(&self.control_planes[0]).await
    }

    /// A control plane's list of routers, without those that were revoked.
    pub async fn nodes_of(&self, control_plane: &Member) -> Result<Vec<Value>, String> {
        let server = ("SMART_ROUTER_SERVER", control_plane.url(""));
        let text = command(&["node", "list", "--output", "json"], &[(server.0, &server.1)]).await?;
        let all: Vec<Value> = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        Ok(all.into_iter().filter(|it| it["status"] != "revoked").collect())
    }

    /// A command to the first control plane that takes it.
    pub async fn admin(&self, arguments: &[&str]) -> Result<String, String> {
        let mut refused = String::new();
        for member in &self.control_planes {
            match command(arguments, &[("SMART_ROUTER_SERVER", &member.url(""))]).await {
                Ok(output) => return Ok(output),
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    /// The newest version's number.
    pub fn version(&self) -> u64 {
        self.database.query("select value from sequences where name = 'version'").trim().parse().unwrap()
    }

    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.control_planes.iter().chain(&self.routers)
    }
}

/// A command of the binary as an administrator's; what it printed, or why it failed.
pub async fn command(arguments: &[&str], environment: &[(&str, &str)]) -> Result<String, String> {
    let mut command = process::command(arguments);
    command.env("SMART_ROUTER_ADMIN_TOKEN", ADMIN_TOKEN).env("SMART_ROUTER_MASTER_KEY", MASTER_KEY);
    command.envs(environment.iter().copied());
    let mut command = tokio::process::Command::from(command);
    let limit = if matches!(arguments, ["db", "backup" | "restore", ..]) { COPYING } else { COMMAND };
    let output = tokio::time::timeout(limit, command.kill_on_drop(true).output()).await;
    let output = output.map_err(|_| format!("{arguments:?} took too long"))?.map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

async fn upstream(directory: &std::path::Path) -> (Member, Link) {
    let address = free_address();
    let arguments = ["sandbox", "--listen", &address.to_string(), "--journal", "100000"];
    let mut member = Member::new("upstream", directory, address, &arguments);
    member.start();
    let url = member.url("/livez");
    eventually("the upstream serves", || answers(&url)).await;
    (member, Link::to(vec![address]).await)
}

fn control_plane(directory: &std::path::Path, number: usize, link: &Link) -> (Member, std::net::SocketAddr) {
    let (admin, grpc) = (free_address(), free_address());
    let database = format!("postgres://postgres@{}/postgres", link.address);
    let (data_dir, http, streams) = (directory.display().to_string(), admin.to_string(), grpc.to_string());
    let mut arguments = vec!["control-plane", "--data-dir", &data_dir, "--database-url", &database];
    arguments.extend(["--admin-listen", &http, "--grpc-listen", &streams]);
    let mut member = Member::new(&format!("control-plane-{number}"), directory, admin, &arguments);
    let secrets = [
        (PROVIDER_VARIABLE, PROVIDER_KEY),
        ("SMART_ROUTER_ADMIN_TOKEN", ADMIN_TOKEN),
        ("SMART_ROUTER_MASTER_KEY", MASTER_KEY),
    ];
    member.environment = secrets.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    (member, grpc)
}

/// A target that speaks every dialect, and one that the others are translated for.
fn configuration(upstream: &Link) -> String {
    let provider = |id: &str, dialects: &str| {
        format!(
            "  {id}:\n    base_url: http://{}/v1\n    dialects: [{dialects}]\n    network: private\n    \
             credential: {{env: {PROVIDER_VARIABLE}}}\n    \
             timeouts: {{connect: 1s, first_byte: 2s, stream_idle: 2s, total: 5s}}\n    models:\n      \
             fast: {{model: sandbox-fast, state: active, prices: [{{input: 0.25, output: 2.00}}]}}\n",
            upstream.address
        )
    };
    format!(
        "version: 1\nproviders:\n{}{}groups:\n  \
         native: {{policy: {{kind: failover}}, targets: [{{model: all/fast}}]}}\n  \
         translated: {{policy: {{kind: failover}}, targets: [{{model: chat/fast}}]}}\n\
         projects:\n  search: {{owner: platform}}\ncallers:\n  - {{id: tester, project: search, \
         allow: [native, translated], limits: {{rpm: 1000000, tpm: 1000000000, concurrency: 1000}}}}\n",
        provider("all", "openai-chat, openai-responses, anthropic-messages"),
        provider("chat", "openai-chat"),
    )
}
