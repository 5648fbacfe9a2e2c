//! The admin API as the commands use it: where the server is, who asks, and what its refusals mean to a script.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use crate::build::BUILD;
use crate::defaults;
use crate::exit::{Exit, Failure};
use crate::values;

/// Who is asked why it does not know something does not make anybody wait.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where the control plane is. A local one is found by its data dir.
#[derive(Args, Clone, Debug)]
pub struct ServerArgs {
    /// The control plane's URL, or `localhost:8080`; by default the one that serves from the data dir
    #[arg(long, env = "SMART_ROUTER_SERVER", value_parser = values::url, global = true, help_heading = "Connection")]
    server: Option<String>,
    /// Certificates (PEM) that the control plane's may be signed by, beside those that the system trusts
    #[arg(long, env = "SMART_ROUTER_SERVER_CA", global = true, help_heading = "Connection", value_name = "FILE")]
    server_ca: Option<PathBuf>,
    /// Where a local control plane keeps its state
    #[arg(
        long,
        env = "SMART_ROUTER_DATA_DIR",
        default_value = defaults::DATA_DIR,
        global = true,
        help_heading = "Connection"
    )]
    data_dir: PathBuf,
}

impl ServerArgs {
    /// Where a local control plane keeps its state.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Whether a server was named, so that a data dir is not needed to find one.
    pub fn names_a_server(&self) -> bool {
        self.server.is_some()
    }
}

fn authorities(file: &Path) -> Result<Vec<reqwest::Certificate>, Failure> {
    let wrong = |why: &dyn fmt::Display| {
        Failure::new(Exit::Configuration, format!("error: cannot use the certificates in {}: {why}", file.display()))
    };
    let text = std::fs::read(file).map_err(|error| wrong(&error))?;
    reqwest::Certificate::from_pem_bundle(&text).map_err(|error| wrong(&error))
}

/// A connection to the admin API.
pub struct AdminClient {
    http: reqwest::Client,
    server: String,
    token: String,
}

#[derive(Deserialize)]
struct LocalServer {
    server: String,
    token: String,
}

/// A refusal of the admin API (RFC 9457).
#[derive(Deserialize, Default)]
struct ProblemDetails {
    #[serde(default)]
    code: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    problems: Vec<ConfigProblem>,
}

/// A mistake in a configuration, as the server found it.
#[derive(Deserialize)]
pub struct ConfigProblem {
    severity: String,
    line: u64,
    column: u64,
    path: String,
    message: String,
}

impl fmt::Display for ConfigProblem {
    /// `line:column: path: message`, as `config check` prints them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.line, self.column)?;
        if self.severity == "warning" {
            f.write_str("warning: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl AdminClient {
    /// Finds the server and the admin token: `--server` with `SMART_ROUTER_ADMIN_TOKEN`, else a local control plane.
    pub fn connect(args: &ServerArgs) -> Result<Self, Failure> {
        let from_env = std::env::var("SMART_ROUTER_ADMIN_TOKEN").ok().filter(|it| !it.is_empty());
        let from_env = from_env.map(|it| values::secret(&it)).transpose();
        let from_env =
            from_env.map_err(|why| Failure::new(Exit::Denied, format!("SMART_ROUTER_ADMIN_TOKEN: {why}")))?;
        let (server, token) = match (&args.server, from_env) {
            (Some(server), Some(token)) => (server.clone(), token),
            (Some(_), None) => {
                let failure = Failure::new(Exit::Denied, "--server needs an admin token");
                return Err(failure.with_hint("Set SMART_ROUTER_ADMIN_TOKEN."));
            }
            (None, from_env) => {
                let local = local_server(&args.data_dir)?;
                (local.server, from_env.unwrap_or(local.token))
            }
        };
        let roots = args.server_ca.as_deref().map_or_else(|| Ok(Vec::new()), authorities)?;
        let builder = roots.into_iter().fold(reqwest::Client::builder(), reqwest::ClientBuilder::add_root_certificate);
        let http = builder.build().map_err(Failure::failed)?;
        Ok(Self { http, server: server.trim_end_matches('/').to_owned(), token })
    }

    /// Where it is.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Whether the control plane can do its work; no token is needed for that.
    pub async fn ready(&self) -> Result<(), Failure> {
        self.send(self.http.get(format!("{}/readyz", self.server))).await.map(drop)
    }

    /// How the control plane stands; no token is needed for that.
    pub async fn health(&self) -> Result<Value, Failure> {
        parse(&self.send(self.http.get(format!("{}/healthz", self.server))).await?)
    }

    /// `GET`, answered with JSON.
    pub async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, Failure> {
        let request = self.http.get(self.url(path)?).query(query);
        parse(&self.send(request).await?)
    }

    /// `GET`, answered with text.
    pub async fn get_text(&self, path: &str, query: &[(&str, String)]) -> Result<String, Failure> {
        self.send(self.http.get(self.url(path)?).query(query)).await
    }

    /// `POST` of JSON, answered with JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        parse(&self.send(self.http.post(self.url(path)?).json(body)).await?)
    }

    /// `PATCH` with JSON, answered with JSON.
    pub async fn patch(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        parse(&self.send(self.http.patch(self.url(path)?).json(body)).await?)
    }

    /// `PUT` of JSON, answered with JSON.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        parse(&self.send(self.http.put(self.url(path)?).json(body)).await?)
    }

    /// `PUT` of JSON over the revision that was read, answered with JSON.
    pub async fn put_over(&self, path: &str, revision: u64, body: &Value) -> Result<Value, Failure> {
        let request = self.http.put(self.url(path)?).header("if-match", format!("\"{revision}\""));
        parse(&self.send(request.json(body)).await?)
    }

    /// `DELETE`, answered with JSON or nothing.
    pub async fn delete(&self, path: &str) -> Result<Value, Failure> {
        parse(&self.send(self.http.delete(self.url(path)?)).await?)
    }

    /// An id that leads elsewhere is none: `../admin-tokens/x` would do to another thing what was asked for this one.
    fn url(&self, path: &str) -> Result<String, Failure> {
        let steps = path.split('?').next().unwrap_or_default().split(['/', '\\']);
        let mut steps = steps.map(|it| it.replace("%2e", ".").replace("%2E", "."));
        if steps.any(|it| it == "." || it == "..") || path.contains(['\\', '#']) {
            let message = format!("error: `{path}` is no path of the admin API: is that an id?");
            return Err(Failure::new(Exit::Configuration, message));
        }
        Ok(format!("{}/api/v1{path}", self.server))
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<String, Failure> {
        let response = request.bearer_auth(&self.token).send().await.map_err(|error| {
            let message = format!("cannot reach the control plane at {}: {}", self.server, values::cause(&error));
            Failure::new(Exit::Unavailable, message)
        })?;
        let status = response.status();
        let text = response.text().await.map_err(Failure::failed)?;
        if status.is_success() {
            return Ok(text);
        }
        let mut refused = refusal(status.as_u16(), &text);
        if is_unknown(&text)
            && let Some(other) = self.other_build().await
        {
            refused.hint = Some(other);
        }
        Err(refused)
    }

    /// What the control plane is, if it is not of this build: it may be too old for what it is asked.
    async fn other_build(&self) -> Option<String> {
        let answer = self.http.get(format!("{}/version", self.server)).timeout(PATIENCE).send().await.ok()?;
        let theirs: Value = answer.json().await.ok()?;
        let word = |name: &str| theirs[name].as_str().unwrap_or("unknown").to_owned();
        (word("commit") != BUILD.commit).then(|| {
            format!(
                "The control plane does not know what this command asks. It is another build ({} of {}) than this program ({} of \
                 {}): upgrade it, or use its own program",
                word("version"),
                word("build_date"),
                BUILD.version,
                BUILD.date,
            )
        })
    }
}

fn parse(text: &str) -> Result<Value, Failure> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(text).map_err(|error| Failure::failed(format!("the server's answer is not JSON: {error}")))
}

fn local_server(data_dir: &Path) -> Result<LocalServer, Failure> {
    let file = data_dir.join("admin.json");
    let text = std::fs::read_to_string(&file).map_err(|error| {
        let message = format!("no control plane found: {} cannot be read ({error})", file.display());
        Failure::new(Exit::Unavailable, message).with_hint(
            "Start one with `smart-router`, name its data dir with --data-dir, or name a server with --server and \
             SMART_ROUTER_ADMIN_TOKEN.",
        )
    })?;
    serde_json::from_str(&text).map_err(|error| Failure::failed(format!("{} is not valid: {error}", file.display())))
}

/// Whether a refusal is about a path, a field or a parameter that the server has never heard of.
fn is_unknown(text: &str) -> bool {
    let problem: ProblemDetails = serde_json::from_str(text).unwrap_or_default();
    let unheard_of = ["no such path", "unknown field `", "is no parameter of this path", "this path has no parameters"];
    matches!(problem.code.as_str(), "not-found" | "invalid-request")
        && unheard_of.iter().any(|it| problem.detail.contains(it))
}

fn refusal(status: u16, text: &str) -> Failure {
    let problem: ProblemDetails = serde_json::from_str(text).unwrap_or_default();
    let exit = match status {
        401 | 403 => Exit::Denied,
        404 => Exit::NotFound,
        409 | 412 => Exit::Conflict,
        422 if problem.code == "config-invalid" => Exit::Configuration,
        400 | 422 => Exit::Usage,
        502..=504 => Exit::Unavailable,
        _ => Exit::Failed,
    };
    let mut lines: Vec<String> = problem.problems.iter().map(ToString::to_string).collect();
    let summary = if problem.detail.is_empty() { &problem.title } else { &problem.detail };
    if lines.is_empty() || matches!(status, 403 | 409) {
        lines.push(if summary.is_empty() { format!("the server answered {status}") } else { summary.clone() });
    }
    let failure = Failure::new(exit, lines.join("\n"));
    Failure { code: Some(problem.code).filter(|it| !it.is_empty()), ..failure }
}
