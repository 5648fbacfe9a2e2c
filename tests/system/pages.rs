//! The pages that people type from, typed: every fenced block runs, from a page's first line to its last.
//!
//! What a page leaves open is filled in, the same everywhere: `sr_…`, `sra_…` and `srj_…` are the token that was printed last,
//! addresses and folders those of this test (`names`), `cargo run --release` the binary under test, and a file is written where the
//! page last named one in backticks. What serves goes on in the background; typed again it replaces the one before. A new kind of
//! gap is better closed in the page. A line that is not typed at all stands in `LEFT_OUT`, with its reason.

mod block;
mod session;

use std::path::{Path, PathBuf};
use std::process::Command;

use block::{Block, blocks};
use session::Session;

use crate::support::database::Server;
use crate::support::free_address;

const PAGES: [&str; 4] = ["README.md", "docs/clients.md", "docs/quickstart.md", "docs/operations.md"];

/// Lines that are not typed, by their page and how they begin, and why.
const LEFT_OUT: [(&str, &str, &str); 3] = [
    ("README.md", "cargo xtask test ", "it is what runs this test"),
    ("docs/operations.md", "smart-router report-schedule create ", "its webhook is somebody else's"),
    ("docs/operations.md", "smart-router report-schedule send ", "the same"),
];

/// What has to come of a block, by how it begins. It may need a moment: a usage row, a new token.
const PRINTS: [(&str, &str); 13] = [
    ("curl ", ANSWER),
    ("import os", ANSWER),
    ("from openai ", ANSWER),
    ("from anthropic ", ANSWER),
    ("import OpenAI ", ANSWER),
    ("import Anthropic ", ANSWER),
    ("codex ", DONE),
    ("SMART_ROUTER_TOKEN=sr_… codex ", DONE),
    ("export ANTHROPIC_BASE_URL=", DONE),
    ("opencode ", DONE),
    ("export PATH=\"$PWD/target/release:$PATH\"", "| demo | sandbox/fast | 1 |"),
    ("echo '{\"model\":\"fast\"", "openai/mini  yes"),
    ("token=", "\"version\":2"),
];

/// The sandbox's answer, and what it says when an agent has run a tool.
const ANSWER: &str = "Hello from the sandbox";
const DONE: &str = "The tool has answered, so the task is done.";

#[test]
fn the_readme_starts_what_the_page_on_clients_calls() {
    let mut session = on_one_machine();
    type_page(&mut session, PAGES[0]);
    type_page(&mut session, PAGES[1]);
}

#[test]
fn the_quickstart_runs() {
    type_page(&mut on_one_machine(), PAGES[2]);
}

#[tokio::test]
async fn operations_run() {
    let database = Server::start().await;
    let [listen, admin, grpc] = addresses();
    let secure = format!("https://{grpc}");
    let mut session = Session::new(
        &[
            ("postgres://router@db.internal/router", &database.url()),
            ("https://control-plane.internal:50050", &secure),
            ("0.0.0.0:8801", &listen),
            ("0.0.0.0:8080", &admin),
            ("127.0.0.1:8080", &admin),
            ("0.0.0.0:50050", &grpc),
            ("/var/lib/smart-router", "$WORK/var"),
            ("/etc/smart-router", "$WORK/etc"),
            ("/backups", "$WORK/backups"),
        ],
        &[("SMART_ROUTER_LISTEN", &listen), ("SMART_ROUTER_ADMIN_LISTEN", &admin), ("VALKEY_PASSWORD", "made-up")],
        &[],
    );
    let certificates = repository("control-plane/tests/routers/testdata");
    std::fs::create_dir(session.work().join("etc")).unwrap();
    for (from, to) in [("ca.pem", "ca.crt"), ("server.pem", "tls.crt"), ("server.key", "tls.key")] {
        std::fs::copy(certificates.join(from), session.work().join("etc").join(to)).unwrap();
    }
    let quickstart = blocks(PAGES[2]);
    let configuration = quickstart.iter().find(|it| it.file.as_deref() == Some("smart-router.yaml"));
    session.run(configuration.expect("the page that this one refers to writes it"), None).unwrap();
    type_page(&mut session, PAGES[3]);
}

/// The lists shrink when the pages do.
#[test]
fn what_is_listed_stands_in_a_page() {
    for (page, line, _) in LEFT_OUT {
        let found = blocks(page).iter().filter(|block| block.lines().any(|it| it.starts_with(line))).count();
        assert_eq!(found, 1, "{page}: {line}");
    }
    let all: Vec<Block> = PAGES.iter().flat_map(|it| blocks(it)).collect();
    for (line, _) in PRINTS {
        assert!(all.iter().any(|block| block.first().starts_with(line)), "no block begins with {line}");
    }
}

fn type_page(session: &mut Session, page: &str) {
    let left_out: Vec<&str> = LEFT_OUT.iter().filter(|(of, ..)| *of == page).map(|(_, line, _)| *line).collect();
    for block in blocks(page) {
        let prints = PRINTS.iter().find(|(of, _)| block.first().starts_with(of)).map(|(_, prints)| *prints);
        session.run(&block.without(&left_out), prints).unwrap_or_else(|said| panic!("{said}"));
    }
}

/// A checkout with real clients beside it, and addresses of this test's own.
fn on_one_machine() -> Session {
    let [listen, admin, grpc] = addresses();
    let (sandbox, url) = (free_address().to_string(), format!("http://{listen}"));
    let variables = [
        ("SMART_ROUTER_LISTEN", listen.as_str()),
        ("SMART_ROUTER_ADMIN_LISTEN", &admin),
        ("SMART_ROUTER_GRPC_LISTEN", &grpc),
        ("SMART_ROUTER_SANDBOX_LISTEN", &sandbox),
        ("SMART_ROUTER_URL", &url),
        // Clients call nobody but the router.
        ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
        ("DISABLE_AUTOUPDATER", "1"),
    ];
    let (python, node) = clients();
    let session = Session::new(
        &[("127.0.0.1:8801", &listen), ("sk-…", "sk-made-up")],
        &variables,
        &[python.join("bin"), node.join("node_modules/.bin")],
    );
    // Where `import` looks, and where Codex is willing to work.
    std::os::unix::fs::symlink(node.join("node_modules"), session.work().join("node_modules")).unwrap();
    assert!(Command::new("git").args(["init", "--quiet"]).arg(session.work()).status().unwrap().success());
    session
}

fn addresses() -> [String; 3] {
    [free_address(), free_address(), free_address()].map(|it| it.to_string())
}

/// Where the clients for Python and for Node are installed.
fn clients() -> (PathBuf, PathBuf) {
    let output = Command::new("python3").arg(repository("tests/clients/run.py")).arg("--prepare").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let (python, node) = text.trim().split_once('\n').expect("a folder for each");
    (python.into(), node.into())
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
