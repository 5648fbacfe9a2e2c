//! `config watch`: a file that is applied whenever it changes.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::admin_client::AdminClient;
use crate::commands::in_force::WaitArgs;
use crate::exit::{Exit, Failure};
use crate::output::{self, Output};
use crate::shutdown::Signals;
use crate::{input, values};

/// What is watched, and how closely.
#[derive(Args)]
pub struct WatchArgs {
    /// The configuration
    file: PathBuf,
    /// Why, for the list of versions
    #[arg(long, env = "SMART_ROUTER_COMMENT", default_value = "")]
    comment: String,
    /// How often the file is looked at: `1s`. A change is applied once it is the same at two looks
    #[arg(long, env = "SMART_ROUTER_WATCH_INTERVAL", default_value = "1s", value_parser = values::duration)]
    interval: Duration,
    /// How each change is told; `json` has a line for each
    #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
    output: Output,
    #[command(flatten)]
    wait: WaitArgs,
}

/// What the file held at the last look, and which of it was sent.
#[derive(Default)]
struct Watched {
    seen: Option<String>,
    sent: Option<String>,
}

impl Watched {
    /// The text to apply, if it has settled and was not sent yet.
    fn look(&mut self, text: String) -> Option<&str> {
        let settled = self.seen.as_ref() == Some(&text);
        self.seen = Some(text);
        if !settled || self.sent == self.seen {
            return None;
        }
        self.sent.clone_from(&self.seen);
        self.sent.as_deref()
    }
}

/// Looks until a signal comes. A mistake is told and the next change awaited: what is in force stays.
pub async fn run(args: &WatchArgs, client: &AdminClient) -> Result<(), Failure> {
    if input::is_standard(&args.file) {
        return Err(Failure::new(Exit::Usage, "standard input cannot be watched: name a file"));
    }
    // A file that is not there at the start is a mistake in the command, later it is being replaced.
    let mut watched = Watched { seen: Some(input::text(&args.file, Exit::Configuration)?), sent: None };
    let mut ticks = tokio::time::interval(args.interval.max(Duration::from_millis(50)));
    let mut signals = Signals::listen()?;
    loop {
        tokio::select! {
            () = signals.stop() => return Ok(()),
            _ = ticks.tick() => {}
        }
        let Ok(text) = input::text(&args.file, Exit::Configuration) else { continue };
        let Some(text) = watched.look(text) else { continue };
        match apply(args, client, text).await {
            Ok(()) => {}
            // Whoever cannot be reached may come back, and has not got it yet.
            Err(failure) if failure.exit == Exit::Unavailable => {
                crate::output::say!("{}", failure.message);
                watched.sent = None;
            }
            Err(failure) if failure.exit == Exit::Denied => return Err(failure),
            Err(failure) => crate::output::say!("{}", failure.message),
        }
    }
}

async fn apply(args: &WatchArgs, client: &AdminClient, text: &str) -> Result<(), Failure> {
    let body = json!({"document": text, "comment": args.comment});
    let mut answer = client.post("/config/apply", &body).await.map_err(|error| super::in_file(&args.file, error))?;
    let name = input::name(&args.file);
    if args.output == Output::Json {
        args.wait.ask(client, &mut answer).await;
        super::print_warnings(&name, &answer)?;
        return output::print(&format!("{answer}\n"));
    }
    super::published(client, &name, answer, &args.wait, args.output).await
}

#[cfg(test)]
mod tests {
    use super::Watched;

    #[test]
    fn what_has_settled_is_sent_once() {
        let mut watched = Watched { seen: Some("a".to_owned()), sent: None };
        let looks = [("a", true), ("a", false), ("b", false), ("bc", false), ("bc", true), ("bc", false), ("a", false)];
        for (text, sent) in looks {
            assert_eq!(watched.look(text.to_owned()), sent.then_some(text), "{text}");
        }
    }
}
