//! Targets that speak one dialect each: whatever a caller speaks, two of three are across a translation.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::cluster::{ControlPlane, Router, Sandbox};
use super::{PATIENCE, client, eventually};

/// A provider for each dialect, with the dialect's name.
pub const PROVIDERS: [(&str, &str); 3] =
    [("chat", "openai-chat"), ("responses", "openai-responses"), ("messages", "anthropic-messages")];

/// Providers of one dialect each, each the only one that takes its own reasoning back, with a model for each behaviour and
/// a group `<provider>-<behaviour>` for each model. Each group has one more target that can serve nobody, so that the router
/// has to tell providers apart.
pub fn configuration(sandbox: SocketAddr, providers: &[(&str, &str)], behaviours: &[(&str, &str)]) -> String {
    let mut text = "version: 1\nproviders:\n".to_owned();
    let mut groups: Vec<(String, Vec<String>)> = vec![];
    for (provider, dialect) in providers {
        let path = if *dialect == "anthropic-messages" { "" } else { "/v1" };
        text.push_str(&format!(
            "  {provider}:\n    base_url: http://{sandbox}{path}\n    dialects: [{dialect}]\n    network: private\n    \
             credential: {{env: PLANTED_PROVIDER_API_KEY}}\n    \
             timeouts: {{connect: 1s, first_byte: 10s, stream_idle: 10s, total: 60s}}\n    models:\n"
        ));
        for (name, pairs) in behaviours {
            text.push_str(&format!(
                "      {name}: {{model: \"sandbox:realm={provider}-realm{pairs}\", state: active, \
                 modalities: {{input: [text, image, file], output: [text]}}, structured_outputs: true, \
                 reasoning: {{supported: true}}, prices: [{{input: 0.25, cached_input: 0.025, output: 2.00}}]}}\n"
            ));
            groups.push((format!("{provider}-{name}"), vec![format!("{provider}/{name}"), "nobody/short".to_owned()]));
        }
    }
    text.push_str(&format!(
        "  nobody:\n    base_url: http://{sandbox}/v1\n    dialects: [openai-chat]\n    network: private\n    \
         models:\n      short: {{model: short, state: active, context_tokens: 1}}\n"
    ));
    text + &rest(&groups)
}

/// The groups of targets, and a caller who may use them all.
pub fn rest(groups: &[(String, Vec<String>)]) -> String {
    let mut text = "groups:\n".to_owned();
    for (name, targets) in groups {
        let targets: Vec<String> = targets.iter().map(|target| format!("{{model: {target}}}")).collect();
        text.push_str(&format!("  {name}: {{policy: {{kind: failover}}, targets: [{}]}}\n", targets.join(", ")));
    }
    let names: Vec<&str> = groups.iter().map(|(name, _)| name.as_str()).collect();
    text + &format!(
        "projects:\n  search: {{owner: platform}}\ncallers:\n  - {{id: tester, user: ana, project: search, environment: test, \
         allow: [{}], scopes: [inference]}}\n",
        names.join(", ")
    )
}

/// A control plane and a router with a configuration.
pub struct World {
    pub control_plane: ControlPlane,
    pub router: Router,
    pub token: String,
    _directory: TempDir,
}

impl World {
    pub async fn start(configuration: &str) -> Self {
        let directory = TempDir::new().unwrap();
        let database = format!("sqlite://{}/cp.db", directory.path().display());
        let control_plane = ControlPlane::start(directory.path().join("control-plane"), database).await;
        control_plane.apply(configuration);
        let token = control_plane.token("tester");
        let router = Router::join(directory.path().join("router"), &control_plane).await;
        eventually("the token works", || async {
            client().get(router.url("/v1/models")).bearer_auth(&token).send().await.unwrap().status() == 200
        })
        .await;
        Self { control_plane, router, token, _directory: directory }
    }

    /// Runs client scripts against a group; the error is what they said.
    pub fn clients(&self, scripts: &[&str], group: &str, environment: &[(&str, &str)]) -> Result<(), String> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/run.py");
        let mut command = Command::new("python3");
        command.arg(script).args(scripts).env("SMART_ROUTER_URL", self.router.url(""));
        command.env("SMART_ROUTER_TOKEN", &self.token).env("SMART_ROUTER_GROUP", group);
        command.envs(environment.iter().copied());
        let output = command.output().unwrap();
        let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let log = self.router.process.log();
        if output.status.success() {
            Ok(())
        } else {
            Err(format!("{scripts:?} with {group}:\n{text}\n{errors}\n{log}"))
        }
    }

    /// Waits until the usage rows of a group add up to that.
    pub async fn assert_metered(&self, group: &str, counts: Counts) {
        let polls = async {
            while self.metered(group) != counts {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, polls).await.ok();
        assert_eq!(self.metered(group), counts, "the usage rows of {group} and what the upstream said");
    }

    /// What the usage rows of a group add up to.
    fn metered(&self, group: &str) -> Counts {
        let report = self.control_plane.report("group");
        let rows = report["rows"].as_array().cloned().unwrap_or_default();
        let row = rows.into_iter().find(|row| row["group"] == group).unwrap_or(Value::Null);
        let count = |key: &str| row[key].as_u64().unwrap_or_default();
        Counts { input: count("input_tokens"), cached: count("cached_input_tokens"), output: count("output_tokens") }
    }
}

/// Tokens of several requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub input: u64,
    pub cached: u64,
    pub output: u64,
}

/// What the sandbox said that it counted since its journal was forgotten.
pub async fn reported(sandbox: &Sandbox) -> Counts {
    let requests = sandbox.requests().await;
    let sum = |key: &str| requests.iter().filter_map(|request| request["usage"][key].as_u64()).sum();
    Counts { input: sum("input"), cached: sum("cached"), output: sum("output") }
}
