//! The command line as it is read: options stand before or after the command, an empty variable is none, and every help
//! ends with examples.

use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

use clap::error::Error;
use clap::{ArgAction, Command, CommandFactory, FromArgMatches};

use crate::cli::Cli;
use crate::examples::examples;
use crate::telling::Telling;

/// Reads the process's arguments, and how its failure is to be told. Where they make no sense, or ask for help, that is told, and the
/// process ends with this code.
pub fn parse() -> Result<(Cli, Telling), ExitCode> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    read(arguments.clone()).map_err(|error| Telling::refuse(&arguments, &error))
}

/// The whole command line, with examples.
pub fn command() -> Command {
    finished(Cli::command(), "")
}

fn read(arguments: Vec<OsString>) -> Result<(Cli, Telling), Error> {
    let mut command = command();
    // What a command inherits from those above it is known from here on.
    command.build();
    let matches = command.clone().try_get_matches_from(in_order(&command, with_its_length(arguments)))?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    Ok((cli, Telling::of(&matches)))
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
    let long = option.strip_prefix("--").filter(|it| !it.contains('='));
    // A short one with more behind it has its value there.
    let mut short = option.chars().skip(1);
    let short = short.next().filter(|it| *it != '-' && short.next().is_none());
    if long.is_none() && short.is_none() {
        return false;
    }
    let is_meant = |it: &&clap::Arg| {
        long.is_some_and(|name| it.get_long() == Some(name)) || short.is_some_and(|name| it.get_short() == Some(name))
    };
    let own = command.get_arguments().find(is_meant);
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
    fn failures_are_told_as_the_command_tells_what_it_finds() {
        for (given, telling) in [
            ("token list", Telling::Words),
            ("token list -o json", Telling::Json),
            ("--output=json token list", Telling::Json),
            ("report -o csv", Telling::Words),
            ("report --output json", Telling::Json),
            ("config export --json", Telling::Json),
            ("config export", Telling::Words),
            ("standalone", Telling::Words),
        ] {
            let read = read(words(&format!("smart-router {given}")));
            assert_eq!(read.ok().map(|it| it.1), Some(telling), "{given}");
        }
    }

    #[test]
    fn a_variable_feeds_one_flag_unless_it_means_the_same_in_all() {
        // What each of them is does not depend on the command.
        let shared = [
            ("SMART_ROUTER_OUTPUT", "--output"),
            ("SMART_ROUTER_WAIT", "--wait"),
            ("SMART_ROUTER_DATA_DIR", "--data-dir"),
            ("SMART_ROUTER_DATABASE_URL", "--database-url"),
            // What a change was made from, however it is made.
            ("SMART_ROUTER_EXPECTED_VERSION", "--expected-version"),
            // Why a version was made.
            ("SMART_ROUTER_COMMENT", "--comment"),
            // The router that is asked, and a caller's token for it.
            ("SMART_ROUTER_URL", "--router --base-url"),
            ("SMART_ROUTER_TOKEN", "--token"),
            ("SMART_ROUTER_SANDBOX_LISTEN", "--listen --sandbox-listen"),
            // Who did something, and how much of a log is listed.
            ("SMART_ROUTER_ACTOR", "--actor"),
            ("SMART_ROUTER_LIMIT", "--limit"),
            ("SMART_ROUTER_SINCE", "--since"),
        ];
        let mut fed: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, command) in every(&Cli::command(), "") {
            for flag in command.get_arguments().filter(|it| !it.is_global_set()) {
                let Some(variable) = flag.get_env().and_then(OsStr::to_str) else { continue };
                let long = flag.get_long().unwrap_or_default();
                let meant = shared
                    .iter()
                    .any(|(it, flags)| *it == variable && flags.split(' ').any(|it| it == format!("--{long}")));
                if !meant {
                    fed.entry(variable.to_owned()).or_default().push(format!("{name} --{long}"));
                }
            }
        }
        // Both planes in one process, and each alone, have the same flags; so has what looks at their files.
        let processes =
            ["smart-router", "smart-router standalone", "smart-router control-plane", "smart-router data-plane"];
        let looks = [
            "smart-router doctor",
            "smart-router db rotate-master-key",
            "smart-router db backup",
            "smart-router db restore",
        ];
        for (variable, flags) in fed {
            let commands = |it: &String| it.split(" --").next().unwrap_or_default().to_owned();
            let alone: Vec<&String> = flags
                .iter()
                .filter(|it| !processes.contains(&commands(it).as_str()) && !looks.contains(&commands(it).as_str()))
                .collect();
            let names: std::collections::BTreeSet<_> = flags.iter().filter_map(|it| it.split(" --").nth(1)).collect();
            assert!(
                names.len() == 1 && alone.len() <= 1 && (alone.is_empty() || flags.len() == 1),
                "{variable} feeds {flags:?}"
            );
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
            ("sr -o json token list", "sr token list -o json"),
            ("sr -ojson token list", "sr token list -ojson"),
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
