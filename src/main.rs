//! Smart Router: one binary, one file per command. What must never be here: rules, SQL, HTML.

mod admin_client;
mod allocator;
mod build;
mod cli;
mod command_line;
mod commands;
mod defaults;
mod examples;
mod exit;
mod fresh_dir;
mod input;
mod logging;
mod memory;
mod output;
mod shutdown;
mod telling;
mod values;

use std::process::ExitCode;
use std::time::Duration;

use crate::cli::{Cli, Command};
use crate::commands::{
    access, admin_session, admin_token, audit, completions, config, conformance, control_plane, credential, data_plane,
    db, doctor, health, node, report, report_schedule, request, route, sandbox, standalone, token, version,
};
use crate::exit::Failure;

/// How long work that blocks a thread may take to end after everything else has.
const LAST_WORDS: Duration = Duration::from_millis(300);

fn main() -> ExitCode {
    let (cli, telling) = match command_line::parse() {
        Ok(read) => read,
        Err(exit) => return exit,
    };
    if let Err(failure) = logging::start(cli.log_format, &cli.log) {
        telling.tell(&failure);
        return ExitCode::from(failure.exit as u8);
    }
    // Only one crypto provider is compiled in, but rustls wants to be told.
    rustls::crypto::ring::default_provider().install_default().ok();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            telling.tell(&Failure::failed(format!("error: cannot start the runtime: {error}")));
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(run(cli));
    // Who does not want to wait has said so, and what blocks has had its time.
    runtime.shutdown_timeout(LAST_WORDS);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            telling.tell(&failure);
            ExitCode::from(failure.exit as u8)
        }
    }
}

async fn run(cli: Cli) -> Result<(), Failure> {
    tokio::spawn(allocator::give_back());
    match cli.command.unwrap_or(Command::Standalone(cli.standalone)) {
        Command::Standalone(args) => standalone::run(args).await,
        Command::ControlPlane(args) => control_plane::run(args).await,
        Command::DataPlane(args) => data_plane::run(args).await,
        Command::Sandbox(args) => sandbox::run(args).await,
        Command::Config(args) => config::run(args).await,
        Command::Token(args) => token::run(args).await,
        Command::AdminSession(args) => admin_session::run(args).await,
        Command::AdminToken(args) => admin_token::run(args).await,
        Command::Credential(args) => credential::run(args).await,
        Command::Audit(args) => audit::run(args).await,
        Command::Report(args) => report::run(args).await,
        Command::ReportSchedule(args) => report_schedule::run(args).await,
        Command::Access(args) => access::run(args).await,
        Command::Request(args) => request::run(args).await,
        Command::Route(args) => route::run(args).await,
        Command::Conformance(args) => conformance::run(args).await,
        Command::Node(args) => node::run(args).await,
        Command::Db(args) => db::run(args).await,
        Command::Doctor(args) => doctor::run(args).await,
        Command::Health(args) => health::run(args).await,
        Command::Version(args) => version::run(&args),
        Command::Completions(args) => completions::run(&args, &mut command_line::command()),
    }
}
