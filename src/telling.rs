//! How a failure is told: in words, or, with `--output json`, as one line of JSON for programs. No secret of a token is told
//! in either.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::process::ExitCode;

use clap::error::{Error, ErrorKind};
use clap::{ArgMatches, parser::ValueSource};
use control_plane_core::token::without_secrets;
use serde_json::json;

use crate::exit::{Exit, Failure};
use crate::output::say;

/// What a variable says for all commands that have the flag.
const VARIABLE: &str = "SMART_ROUTER_OUTPUT";

/// Who reads of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    Words,
    Json,
}

impl Telling {
    /// As the command that was read wants it.
    pub fn of(matches: &ArgMatches) -> Self {
        let mut at = matches;
        while let Some((_, below)) = at.subcommand() {
            at = below;
        }
        let is_json = |name: &str| match at.try_get_raw(name) {
            Ok(Some(mut values)) => values.next_back().is_some_and(|it| it == "json"),
            _ => false,
        };
        // `config export` has a flag of its own for it.
        let flag =
            at.try_contains_id("json").is_ok_and(|it| it) && at.value_source("json") != Some(ValueSource::DefaultValue);
        if is_json("output") || flag { Self::Json } else { Self::Words }
    }

    /// As arguments want it that could not be read.
    pub fn asked_in(arguments: &[OsString], variable: Option<OsString>) -> Self {
        let mut arguments = arguments.iter().filter_map(|it| it.to_str()).take_while(|it| *it != "--");
        let mut asked = variable.is_some_and(|it| it == "json");
        while let Some(argument) = arguments.next() {
            let tied = ["--output=", "-o"].iter().find_map(|it| argument.strip_prefix(it));
            if argument == "--output" || argument == "-o" {
                asked = arguments.next() == Some("json");
            } else if let Some(form) = tied {
                asked = form.trim_start_matches('=') == "json";
            }
        }
        if asked { Self::Json } else { Self::Words }
    }

    /// Tells it on stderr.
    pub fn tell(self, failure: &Failure) {
        say!("{}", self.told(failure));
    }

    /// Tells of arguments that make no sense, or gives the help that they ask for; the exit code.
    pub fn refuse(arguments: &[OsString], error: &Error) -> ExitCode {
        let text = error.render().to_string();
        let json = Self::asked_in(arguments, std::env::var_os(VARIABLE)) == Self::Json;
        if json && error.use_stderr() {
            Self::Json.tell(&misread(&text, error.kind()));
        } else if without_secrets(&text) != text {
            eprint!("{}", without_secrets(&text));
        } else {
            // In colours. Whoever does not listen is not told.
            drop(error.print());
        }
        if error.use_stderr() { ExitCode::from(Exit::Usage as u8) } else { ExitCode::SUCCESS }
    }

    fn told(self, failure: &Failure) -> String {
        let shown = |text: &str| without_secrets(text).into_owned();
        match self {
            Self::Words => {
                let mut text = shown(&failure.message);
                if let Some(hint) = &failure.hint {
                    let _ = write!(text, "\n{}", shown(hint));
                }
                text
            }
            Self::Json => json!({"error": {
                "code": failure.code.as_deref().unwrap_or(failure.exit.code()),
                "message": shown(failure.message.strip_prefix("error: ").unwrap_or(&failure.message)),
                "hint": failure.hint.as_deref().map(shown),
                "exit_code": failure.exit as u8,
            }})
            .to_string(),
        }
    }
}

/// What clap says: the first paragraph is what is wrong, the others are what would be right.
fn misread(text: &str, kind: ErrorKind) -> Failure {
    let text = text.trim();
    let (message, hint) = if kind == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        ("a command is missing", text)
    } else {
        text.split_once("\n\n").unwrap_or((text, ""))
    };
    let failure = Failure::new(Exit::Usage, message);
    let lines: Vec<&str> = hint.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
    if lines.is_empty() { failure } else { failure.with_hint(lines.join("\n")) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::Value;

    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    fn object(failure: &Failure) -> Value {
        let told = Telling::Json.told(failure);
        assert_eq!(told.lines().count(), 1, "{told}");
        serde_json::from_str(&told).unwrap()
    }

    #[test]
    fn a_failure_is_one_object_with_all_of_its_names() {
        let failure = Failure::new(Exit::NotFound, "error: there is no token\n`x`").with_hint("See `token list`.");
        let error = json!({"code": "not-found", "message": "there is no token\n`x`", "hint": "See `token list`.", "exit_code": 3});
        assert_eq!(object(&failure), json!({"error": error}));
        assert_eq!(Telling::Words.told(&failure), "error: there is no token\n`x`\nSee `token list`.");
        let named = Failure { code: Some("would-undo".to_owned()), ..Failure::new(Exit::Conflict, "x") };
        let error = json!({"code": "would-undo", "message": "x", "hint": null, "exit_code": 5});
        assert_eq!(object(&named), json!({"error": error}));
    }

    #[test]
    fn arguments_that_cannot_be_read_say_how_they_want_it_told() {
        for (line, json) in [
            ("sr token list --output json --nope", true),
            ("sr token --output=json", true),
            ("sr -o json nope", true),
            ("sr nope -ojson", true),
            ("sr nope -o=json", true),
            ("sr nope -o json --output table", false),
            ("sr nope --output", false),
            ("sr nope", false),
            ("sr nope -- --output json", false),
        ] {
            assert_eq!(Telling::asked_in(&words(line), None) == Telling::Json, json, "{line}");
        }
        assert_eq!(Telling::asked_in(&words("sr nope"), Some("json".into())), Telling::Json);
        assert_eq!(Telling::asked_in(&words("sr nope -o csv"), Some("json".into())), Telling::Words);
    }

    #[test]
    fn what_clap_says_is_taken_apart() {
        let error = crate::command_line::command().try_get_matches_from(["sr", "token", "list", "--outptu", "json"]);
        let error = error.err().unwrap();
        let told = object(&misread(&error.render().to_string(), error.kind()))["error"].clone();
        assert_eq!(told["message"], "unexpected argument '--outptu' found");
        assert_eq!((&told["code"], &told["exit_code"]), (&json!("usage"), &json!(2)));
        let hint = told["hint"].as_str().unwrap();
        assert!(hint.starts_with("tip: a similar argument exists: '--output'\nUsage: "), "{hint}");
        let bare = crate::command_line::command().try_get_matches_from(["sr", "token"]).err().unwrap();
        let told = object(&misread(&bare.render().to_string(), bare.kind()));
        assert_eq!(told["error"]["message"], "a command is missing");
    }

    #[test]
    fn no_secret_of_a_token_is_told() {
        let failure = Failure::failed(format!("there is no token `sr_0123456789ab_{}`", "S".repeat(49)));
        for telling in [Telling::Words, Telling::Json] {
            let told = telling.told(&failure);
            assert!(told.contains("`sr_0123456789ab_…`") && !told.contains("SS"), "{told}");
        }
    }
}
