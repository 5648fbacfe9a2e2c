//! Logs on stderr: JSON for machines, text for a terminal.

use std::io::IsTerminal;
use std::sync::OnceLock;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

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
pub fn start(format: LogFormat, given: &str) -> Result<(), Failure> {
    let builder = tracing_subscriber::fmt().with_env_filter(filter(given)?).with_writer(std::io::stderr);
    let json = match format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !std::io::stderr().is_terminal(),
    };
    let given = given.to_owned();
    let reload: Reload = if json {
        let builder = builder.json().flatten_event(true).with_filter_reloading();
        let handle = builder.reload_handle();
        builder.init();
        Box::new(move || handle.reload(filter(&given)?).map_err(Failure::failed))
    } else {
        let builder = builder.with_target(false).with_filter_reloading();
        let handle = builder.reload_handle();
        builder.init();
        Box::new(move || handle.reload(filter(&given)?).map_err(Failure::failed))
    };
    RELOAD.get_or_init(|| reload);
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
