//! `config check`: every mistake in a file, without a server.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::Args;
use control_plane::secrets::{KeyFiles, NoKey, as_key};
use control_plane_core::document::{CredentialRef, Egress};
use control_plane_core::parse::{Parsed, parse, parse_within};
use control_plane_core::variables::{Env, Surroundings, Use};
use control_plane_core::{Document, Problem};
use serde_json::{Value, json};

use crate::exit::{Exit, Failure};
use crate::input;
use crate::output::{self, Output, Table};

/// What is checked.
#[derive(Args)]
pub struct CheckArgs {
    /// The configuration; `-` for standard input
    file: PathBuf,
    /// Looks for the keys and files that it names, too: in this environment, on this machine. What is not here is a mistake;
    /// what is here is not shown
    #[arg(long, env = "SMART_ROUTER_RESOLVE")]
    resolve: bool,
    /// How it is told
    #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
    output: Output,
}

/// Tells every mistake at once.
pub async fn run(CheckArgs { file, resolve, output }: &CheckArgs) -> Result<(), Failure> {
    let text = super::read(file)?;
    let name = input::name(file);
    let lines = |problems: &[Problem]| problems.iter().map(|it| format!("{name}:{it}")).collect::<Vec<_>>().join("\n");
    let tell = |problems: &[Problem]| {
        if *output == Output::Table {
            return Ok(());
        }
        let mut table = Table::new(&["file", "line", "column", "severity", "path", "message"]);
        table.extend_from_json(&problems.iter().map(|it| problem(&name, it)).collect::<Vec<_>>());
        output::print(&table.render(*output))
    };
    match checked(&text, *resolve, &|name| std::env::var(name).ok()).await {
        Err(problems) => {
            tell(&problems)?;
            Err(Failure::new(Exit::Configuration, lines(&problems)))
        }
        Ok(parsed) if *output == Output::Json => tell(&parsed.warnings),
        Ok(parsed) => {
            tell(&parsed.warnings)?;
            if !parsed.warnings.is_empty() {
                crate::output::say!("{}", lines(&parsed.warnings));
            }
            crate::output::say!(
                "{name} is valid{}.",
                if *resolve { ", and the keys and files that it names are here" } else { "" }
            );
            Ok(())
        }
    }
}

async fn checked(text: &str, resolve: bool, env: &Env<'_>) -> Result<Parsed, Vec<Problem>> {
    let parsed = parse(text, env)?;
    if !resolve {
        return Ok(parsed);
    }
    let missing = missing(&parsed.document, env).await;
    let refusal = |asked: Use<'_>| match asked {
        Use::Key(name) | Use::File(name) => missing.get(name).map(|why| format!("`{name}`: {why}")),
        Use::Text(_) | Use::Template(_) => None,
    };
    parse_within(text, &Surroundings { env: Some(env), refusal: &refusal })
}

/// The variables and files that are named and cannot be used here, each with the reason.
async fn missing(document: &Document, env: &Env<'_>) -> HashMap<String, &'static str> {
    let (files, mut missing) = (KeyFiles::default(), HashMap::new());
    let keys = document.providers.values().filter_map(|it| it.credential.as_ref());
    let secrets = document.oidc.iter().filter_map(|it| it.client_secret.as_ref());
    for reference in keys.chain(secrets) {
        let (name, key) = match reference {
            CredentialRef::Env(name) => {
                let value = env(name).ok_or(NoKey::Absent("the variable is not set here"));
                (name, value.and_then(|value| as_key(&value)))
            }
            CredentialRef::File(path) => (path, files.read(Path::new(path)).await),
        };
        if let Err(NoKey::Absent(why) | NoKey::Bad(why)) = key {
            missing.insert(name.clone(), why);
        }
    }
    for provider in document.providers.values() {
        for (_, path) in provider.egress.iter().flat_map(Egress::files) {
            if std::fs::metadata(path).is_ok_and(|it| it.is_file()) && std::fs::File::open(path).is_ok() {
                continue;
            }
            missing.insert(path.to_owned(), "there is no file that can be read");
        }
    }
    missing
}

fn problem(file: &str, problem: &Problem) -> Value {
    json!({
        "file": file, "line": problem.line, "column": problem.column, "severity": problem.severity.as_str(),
        "path": problem.path, "message": problem.message,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[tokio::test]
    async fn what_is_named_and_is_not_here_is_told_where_it_stands_and_without_values() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name).display().to_string();
        std::fs::write(at("good"), "sk-planted-file\n").unwrap();
        std::fs::write(at("bad"), "sk-planted\nsk-planted\n").unwrap();
        let text = format!(
            "version: 1\nproviders:\n  a: {{base_url: 'https://a', dialects: [openai-chat], credential: {{env: A_API_KEY}}}}\n  \
             b: {{base_url: 'https://b', dialects: [openai-chat], credential: {{env: B_API_KEY}}}}\n  \
             c: {{base_url: 'https://c', dialects: [openai-chat], credential: {{file: {good}}}}}\n  \
             d: {{base_url: 'https://d', dialects: [openai-chat], credential: {{file: {bad}}}}}\n  \
             e: {{base_url: 'https://e', dialects: [openai-chat], egress: {{ca_file: {absent}}}}}\n",
            good = at("good"),
            bad = at("bad"),
            absent = at("absent"),
        );
        let env = |name: &str| (name == "A_API_KEY").then(|| "sk-planted-variable".to_owned());
        assert!(checked(&text, false, &env).await.is_ok());
        let told = checked(&text, true, &env).await.unwrap_err();
        let told: Vec<(usize, String)> =
            told.iter().filter(|it| it.severity.as_str() == "error").map(|it| (it.line, it.to_string())).collect();
        assert_eq!(told.iter().map(|it| it.0).collect::<Vec<_>>(), [4, 6, 7], "{told:?}");
        assert!(told[0].1.contains("`B_API_KEY`: the variable is not set here"), "{told:?}");
        assert!(told[1].1.contains("providers.d.credential.file") && told[1].1.contains("bad"), "{told:?}");
        assert!(told[2].1.contains("providers.e.egress.ca_file") && told[2].1.contains("absent"), "{told:?}");
        assert!(told.iter().all(|it| !it.1.contains("planted")), "{told:?}");
        let both = |name: &str| name.ends_with("_API_KEY").then(|| "sk-planted-variable".to_owned());
        let kept = text.lines().take(5).collect::<Vec<_>>().join("\n");
        assert!(checked(&kept, true, &both).await.is_ok());
    }
}
