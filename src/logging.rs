//! Logs on stderr: JSON for machines, text for a terminal. What goes wrong again and again is told once in a while, with how
//! often it was.

mod json_lines;
mod limited;
mod repeats;

use std::io::IsTerminal;
use std::sync::{Arc, OnceLock};
use std::thread;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format;
use tracing_subscriber::fmt::format::JsonFields;

use json_lines::JsonLines;
use limited::Limited;
use repeats::{Repeats, WINDOW};

use crate::exit::{Exit, Failure};

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// One JSON object per line.
    Json,
    /// For people.
    Text,
}

/// Reads the filter again.
type Reload = Box<dyn Fn() -> Result<(), Failure> + Send + Sync>;

static RELOAD: OnceLock<Reload> = OnceLock::new();

/// Starts logging; `given` is as in `RUST_LOG`: `info`, `data_plane=debug`; or `@` and a file that holds it.
pub fn start(log_format: LogFormat, given: &str) -> Result<(), Failure> {
    let builder = tracing_subscriber::fmt().with_env_filter(filter(given)?).with_writer(std::io::stderr);
    let json = match log_format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !std::io::stderr().is_terminal(),
    };
    let given = given.to_owned();
    let repeats = Arc::<Repeats>::default();
    let reload: Reload = if json {
        let builder = builder
            .event_format(Limited::new(JsonLines, &repeats))
            .fmt_fields(JsonFields::new())
            .with_filter_reloading();
        let handle = builder.reload_handle();
        builder.init();
        Box::new(move || handle.reload(filter(&given)?).map_err(Failure::failed))
    } else {
        let builder = builder.event_format(Limited::new(format().with_target(false), &repeats)).with_filter_reloading();
        let handle = builder.reload_handle();
        builder.init();
        Box::new(move || handle.reload(filter(&given)?).map_err(Failure::failed))
    };
    RELOAD.get_or_init(|| reload);
    // Without it, what was left out last would not be told; nothing else depends on it.
    let _told_less = thread::Builder::new().name("log".to_owned()).spawn(move || tell(&repeats));
    Ok(())
}

/// Reads the filter's file again, if it stands in one.
pub fn reload() -> Result<(), Failure> {
    RELOAD.get().map_or(Ok(()), |reload| reload())
}

fn filter(given: &str) -> Result<EnvFilter, Failure> {
    let wrong = |why: &dyn std::fmt::Display| Failure::new(Exit::Usage, format!("error: `--log {given}`: {why}"));
    let text = match given.strip_prefix('@') {
        Some(file) => std::fs::read_to_string(file).map_err(|error| wrong(&error))?,
        None => given.to_owned(),
    };
    EnvFilter::try_new(text.trim()).map_err(|error| wrong(&format!("it is no filter: {error}")))
}

/// Tells from time to time what was left out.
fn tell(repeats: &Repeats) {
    loop {
        thread::sleep(WINDOW);
        repeats.tell();
    }
}
