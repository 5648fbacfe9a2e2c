//! The generated pages of the documentation are what the code says. `UPDATE_DOCS=1 cargo test --test docs` writes them.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::Command;

fn assert_current(page: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference").join(page);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, generated).unwrap();
        return;
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == generated, "docs/reference/{page} is not current: run `UPDATE_DOCS=1 cargo test --test docs`");
}

#[test]
fn errors() {
    assert_current("errors.md", &data_plane_core::error::reference());
}

#[test]
fn configuration() {
    assert_current("configuration.md", &control_plane_core::reference::markdown());
}

#[test]
fn admin_api() {
    assert_current("admin-api.md", &control_plane::http::reference());
}

const COMMANDS: &str = "\
# Commands

Generated from the binary's own help. Every flag has the variable that its help names; a flag wins over its variable, and an
empty variable is as none. Options stand before or after the command; a file called `-` is standard input. Durations are written
`30s` or `15m`, sizes `32MiB` or `1GiB`, addresses `localhost:8801`; a URL without a scheme is `http://` on this machine and
`https://` elsewhere.

These secrets have a variable and no flag, because other users of a machine can read the arguments of a process:

| variable | for | |
| --- | --- | --- |
| `SMART_ROUTER_ADMIN_TOKEN` | commands, `control-plane`, `standalone` | who asks; for a control plane, a further admin token that it accepts |
| `SMART_ROUTER_MASTER_KEY` | `control-plane`, `standalone`, `doctor` | 32 bytes in base64, instead of a generated key |
| `SMART_ROUTER_NODE_KEY` | `data-plane`, `standalone`, `doctor` | seals a router's snapshots instead of its credential |

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 denied, 5 conflict, 69 not available, 78 wrong configuration.

With `--output json` (`-o json`) a failure is one line of JSON on stderr, wrong arguments included, and stdout stays empty:

```json
{\"error\":{\"code\":\"not-found\",\"message\":\"there is no token `x`\",\"hint\":null,\"exit_code\":3}}
```

`code` is the admin API's where the control plane has refused (`would-undo`, `version-conflict`), else `failed`, `usage`, `not-found`,
`denied`, `conflict`, `unavailable` or `config-invalid`; `hint` says what to do next, or is `null`. What has been found or done is
printed all the same: the findings of `doctor`, `config check`, `conformance` and `health`, and a change that `--wait` did not see in
force everywhere. Secrets of tokens are cut from all errors, down to `sr_<id>_…`.
";

/// Whoever is woken by an alert finds what to do, and nothing is described that cannot fire.
#[test]
fn every_alert_has_its_section_in_the_runbook() {
    let read = |path: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let (alerts, runbook) = (read("deploy/prometheus/alerts.yml"), read("docs/runbook.md"));
    let fired: Vec<&str> = alerts.lines().filter_map(|it| it.trim().strip_prefix("- alert: ")).collect();
    let told: Vec<&str> = runbook.lines().filter_map(|it| it.strip_prefix("## ")).collect();
    assert_eq!(fired, told);
    for name in fired {
        assert!(alerts.contains(&format!("runbook: 'docs/runbook.md#{}'", name.to_lowercase())), "{name}");
    }
}

/// Options that many commands share: they are described once.
const SHARED: [&str; 2] = ["Connection", "Logging"];

#[test]
fn commands() {
    let mut text = COMMANDS.to_owned();
    let any = help("node list");
    for name in SHARED {
        let (_, options) = any.split_once(&format!("\n\n{name}:\n")).unwrap();
        let options = ["\n\nLogging:\n", "\n\nExamples:\n"]
            .into_iter()
            .fold(options, |options, next| options.split_once(next).map_or(options, |(options, _)| options));
        text.push_str(&format!("\n## {name}\n\n```text\n{options}\n```\n"));
    }
    for command in leaves("") {
        let help = help(&command);
        let shared: Vec<&str> = SHARED.into_iter().filter(|name| help.contains(&format!("\n\n{name}:\n"))).collect();
        let own =
            SHARED.into_iter().fold(help.as_str(), |own, name| own.split(&format!("\n\n{name}:\n")).next().unwrap());
        let (own, examples) = own.split_once("\n\nExamples:\n").unwrap_or((own, ""));
        let examples = if examples.is_empty() { help.rsplit_once("\n\nExamples:\n").unwrap().1 } else { examples };
        let examples = examples.lines().map(str::trim).collect::<Vec<_>>().join("\n");
        let links: Vec<String> = shared.iter().map(|it| format!("[{}](#{0})", it.to_lowercase())).collect();
        text.push_str(&format!(
            "\n## `{command}`\n\n```text\n{own}\n```\n\n```sh\n{examples}\n```\n\nAlso: {}.\n",
            links.join(", ")
        ));
    }
    assert_current("commands.md", &text);
}

/// The commands that do something, as the help lists them.
fn leaves(above: &str) -> Vec<String> {
    let help = help(above);
    let Some((_, listed)) = help.split_once("\nCommands:\n") else { return vec![above.to_owned()] };
    let listed = listed.lines().take_while(|it| !it.is_empty());
    // A long description goes on in the next line, further to the right.
    let names = listed.filter_map(|it| it.strip_prefix("  ")?.split(' ').next().filter(|it| !it.is_empty()));
    let names = names.filter(|it| *it != "help").map(|it| format!("{above} {it}").trim().to_owned());
    names.flat_map(|it| leaves(&it)).collect()
}

fn help(command: &str) -> String {
    let mut process = Command::new(env!("CARGO_BIN_EXE_smart-router"));
    process.args(command.split(' ').filter(|it| !it.is_empty())).arg("--help").env("COLUMNS", "100");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SMART_ROUTER_")) {
        process.env_remove(name);
    }
    let output = process.output().unwrap();
    assert!(output.status.success(), "{command}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.trim_end().lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}
