//! The command line as it is read: options stand before or after the command, an empty variable is none, and every help
//! ends with examples.

use std::ffi::{OsStr, OsString};

use clap::error::Error;
use clap::{ArgAction, Command, CommandFactory, FromArgMatches};

use crate::cli::Cli;
use crate::examples::examples;

/// Reads the process's arguments; ends the process when they make no sense, or ask for help.
pub fn parse() -> Cli {
    read(std::env::args_os().collect()).unwrap_or_else(|error| error.exit())
}

/// The whole command line, with examples.
pub fn command() -> Command {
    finished(Cli::command(), "")
}

fn read(arguments: Vec<OsString>) -> Result<Cli, Error> {
    let mut command = command();
    // What a command inherits from those above it is known from here on.
    command.build();
    let matches = command.clone().try_get_matches_from(in_order(&command, with_its_length(arguments)))?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Adds its examples to a command and to all below it, and takes variables that are set to nothing for unset.
fn finished(command: Command, above: &str) -> Command {
    let name = if above.is_empty() { "smart-router".to_owned() } else { format!("{above} {}", command.get_name()) };
    let below: Vec<String> = command.get_subcommands().map(|it| it.get_name().to_owned()).collect();
    let command = below.into_iter().fold(command, |all, one| {
        let path = name.clone();
        all.mut_subcommand(one, move |it| finished(it, &path))
    });
    let empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    let command = command.mut_args(|arg| if arg.get_env().is_some_and(empty) { arg.env(None::<&str>) } else { arg });
    let lines: Vec<String> = examples(&name).iter().map(|it| format!("  {it}\n")).collect();
    if lines.is_empty() { command } else { command.after_help(format!("Examples:\n{}", lines.concat().trim_end())) }
}

/// `--wait` may stand alone, so that its length has to be tied to it: no id looks like one.
fn with_its_length(arguments: Vec<OsString>) -> Vec<OsString> {
    let mut tied: Vec<OsString> = Vec::new();
    for argument in arguments {
        let is_length = argument.to_str().is_some_and(|it| crate::values::duration(it).is_ok());
        match tied.last_mut() {
            Some(wait) if wait == "--wait" && is_length => *wait = format!("--wait={}", argument.display()).into(),
            _ => tied.push(argument),
        }
    }
    tied
}

/// The arguments with options that stand before a command moved behind it. Everything else stays as and where it is.
fn in_order(command: &Command, arguments: Vec<OsString>) -> Vec<OsString> {
    let mut rest = arguments.into_iter();
    let mut ordered: Vec<OsString> = rest.next().into_iter().collect();
    let mut early = Vec::new();
    let mut at = command;
    while let Some(argument) = rest.next() {
        let Some(text) = argument.to_str().filter(|it| *it != "--") else {
            return joined(ordered, early, Some(argument), rest);
        };
        if let Some(below) = at.find_subcommand(text) {
            at = below;
            ordered.push(argument);
        } else if text.len() > 1 && text.starts_with('-') {
            let takes_more = takes_value(command, text);
            early.push(argument);
            early.extend(takes_more.then(|| rest.next()).flatten());
        } else {
            return joined(ordered, early, Some(argument), rest);
        }
    }
    joined(ordered, early, None, rest)
}

fn joined(
    mut ordered: Vec<OsString>,
    early: Vec<OsString>,
    next: Option<OsString>,
    rest: impl Iterator<Item = OsString>,
) -> Vec<OsString> {
    ordered.extend(early);
    ordered.extend(next);
    ordered.extend(rest);
    ordered
}

/// Whether the word after an option is its value. An option of one name is of one kind in all commands.
fn takes_value(command: &Command, option: &str) -> bool {
    let Some(name) = option.strip_prefix("--").filter(|it| !it.contains('=')) else { return false };
    let own = command.get_arguments().find(|it| it.get_long() == Some(name));
    own.is_some_and(|it| matches!(it.get_action(), ArgAction::Set | ArgAction::Append))
        || command.get_subcommands().any(|it| takes_value(it, option))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Every command by its full name.
    fn every(command: &Command, above: &str) -> BTreeMap<String, Command> {
        let name = if above.is_empty() { "smart-router".to_owned() } else { format!("{above} {}", command.get_name()) };
        let below = command.get_subcommands().filter(|it| it.get_name() != "help").flat_map(|it| every(it, &name));
        below.chain([(name.clone(), command.clone())]).collect()
    }

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    /// The command of a shell's line, without what else stands there.
    fn own_part(example: &str) -> Vec<OsString> {
        let part = example.split(['|', '>', '<']).find(|it| it.contains("smart-router")).unwrap_or_default();
        let mut quoted = false;
        let unquoted = part.trim().chars().filter_map(|it| match it {
            '\'' | '"' => {
                quoted = !quoted;
                None
            }
            ' ' if quoted => Some('\u{a0}'),
            it => Some(it),
        });
        unquoted.collect::<String>().split(' ').filter(|it| !it.is_empty()).map(OsString::from).collect()
    }

    #[test]
    fn every_command_has_examples_and_they_are_read() {
        for name in every(&command(), "").keys() {
            assert!(!examples(name).is_empty(), "`{name}` has no example in src/examples.rs");
            for example in examples(name) {
                assert!(example.contains("smart-router"), "{name}: {example}");
                let given = own_part(example);
                let given = given.into_iter().skip_while(|it| it != "smart-router");
                assert!(read(given.collect()).is_ok(), "{name}: `{example}` is not read");
            }
        }
    }

    #[test]
    fn every_command_that_tells_something_tells_it_as_json() {
        let serve = ["standalone", "control-plane", "data-plane", "sandbox"];
        let own_form = ["completions", "config schema", "config export"];
        for (name, command) in every(&command(), "") {
            let name = name.strip_prefix("smart-router ").unwrap_or_default();
            if command.has_subcommands() || serve.contains(&name) || own_form.contains(&name) {
                continue;
            }
            let output = command.get_arguments().find(|it| it.get_long() == Some("output"));
            let forms: Vec<_> = output.map(clap::Arg::get_possible_values).unwrap_or_default();
            assert!(forms.iter().any(|it| it.get_name() == "json"), "`{name}` has no `--output json`");
        }
    }

    #[test]
    fn options_of_one_name_are_of_one_kind() {
        let mut kinds = BTreeMap::new();
        for (name, command) in every(&command(), "") {
            for option in command.get_arguments().filter_map(|it| Some((it.get_long()?.to_owned(), it.get_action()))) {
                let takes = matches!(option.1, ArgAction::Set | ArgAction::Append);
                assert_eq!(*kinds.entry(option.0.clone()).or_insert(takes), takes, "{name} --{}", option.0);
            }
        }
    }

    #[test]
    fn a_wait_may_stand_alone_or_with_its_length() {
        for given in [
            "token revoke id --wait",
            "token revoke --wait=5s id",
            "token revoke --wait 5s id",
            "--wait 5 config apply f",
        ] {
            assert!(read(words(&format!("smart-router {given}"))).is_ok(), "{given}");
        }
        for given in ["token revoke id --wait=abc", "token revoke id --wait=6m", "token rotate id --overlap x"] {
            assert!(read(words(&format!("smart-router {given}"))).is_err(), "{given}");
        }
    }

    #[test]
    fn options_stand_before_or_after_the_command() {
        let mut command = command();
        command.build();
        for (given, ordered) in [
            ("sr --data-dir d token list", "sr token list --data-dir d"),
            ("sr token --output json list --data-dir d", "sr token list --output json --data-dir d"),
            ("sr --output=json --server s config diff f", "sr config diff --output=json --server s f"),
            ("sr --comment token config apply f", "sr config apply --comment token f"),
            ("sr --help token", "sr token --help"),
            ("sr --data-dir d", "sr --data-dir d"),
            ("sr config check -", "sr config check -"),
            ("sr route explain -- list", "sr route explain -- list"),
        ] {
            assert_eq!(in_order(&command, words(given)), words(ordered), "{given}");
        }
        for given in ["smart-router --data-dir d --output json token list", "smart-router --config f standalone"] {
            assert!(read(words(given)).is_ok(), "{given}");
        }
    }
}
