//! The command line. Every flag has a variable `SMART_ROUTER_…`.

use clap::{Parser, Subcommand};

use crate::commands::access::AccessArgs;
use crate::commands::admin_session::AdminSessionArgs;
use crate::commands::admin_token::AdminTokenArgs;
use crate::commands::audit::AuditArgs;
use crate::commands::completions::CompletionsArgs;
use crate::commands::config::ConfigArgs;
use crate::commands::conformance::ConformanceArgs;
use crate::commands::control_plane::ControlPlaneArgs;
use crate::commands::credential::CredentialArgs;
use crate::commands::data_plane::DataPlaneArgs;
use crate::commands::db::DbArgs;
use crate::commands::doctor::DoctorArgs;
use crate::commands::health::HealthArgs;
use crate::commands::node::NodeArgs;
use crate::commands::report::ReportArgs;
use crate::commands::report_schedule::ReportScheduleArgs;
use crate::commands::request::RequestArgs;
use crate::commands::route::RouteArgs;
use crate::commands::sandbox::SandboxArgs;
use crate::commands::standalone::StandaloneArgs;
use crate::commands::token::TokenArgs;
use crate::commands::version::VersionArgs;
use crate::logging::LogFormat;

/// A governed gateway for LLM traffic.
///
/// Without a command it starts both planes in one process, as `standalone` does.
#[derive(Parser)]
#[command(name = "smart-router", version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// How log lines on stderr look
    #[arg(
        long,
        env = "SMART_ROUTER_LOG_FORMAT",
        value_enum,
        default_value = "auto",
        global = true,
        help_heading = "Logging"
    )]
    pub log_format: LogFormat,
    /// What is logged: `info`, `debug`, `warn,data_plane=debug`; or `@` and a file that says it, read again on SIGHUP
    #[arg(long, env = "SMART_ROUTER_LOG", default_value = "info", global = true, help_heading = "Logging")]
    pub log: String,
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub standalone: StandaloneArgs,
}

/// The commands, each in its own file.
#[derive(Subcommand)]
pub enum Command {
    Standalone(StandaloneArgs),
    ControlPlane(ControlPlaneArgs),
    DataPlane(DataPlaneArgs),
    Sandbox(SandboxArgs),
    Config(ConfigArgs),
    Token(TokenArgs),
    AdminToken(AdminTokenArgs),
    AdminSession(AdminSessionArgs),
    Credential(CredentialArgs),
    Access(AccessArgs),
    Audit(AuditArgs),
    Report(ReportArgs),
    ReportSchedule(ReportScheduleArgs),
    Request(RequestArgs),
    Route(RouteArgs),
    Conformance(ConformanceArgs),
    Node(NodeArgs),
    Db(DbArgs),
    Doctor(DoctorArgs),
    Health(HealthArgs),
    Version(VersionArgs),
    Completions(CompletionsArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// A command and all below it, each by its full name.
    fn every(command: &clap::Command, above: &str) -> Vec<(String, clap::Command)> {
        let name = format!("{above} {}", command.get_name());
        let below = command.get_subcommands().flat_map(|it| every(it, &name));
        below.chain([(name.clone(), command.clone())]).collect()
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_flag_has_a_variable_and_help_and_no_secret_is_shown() {
        for (command, definition) in every(&Cli::command(), "") {
            for flag in definition.get_arguments() {
                let name = format!("{command} --{}", flag.get_id());
                assert!(flag.get_help().is_some(), "{name} has no help");
                if flag.is_positional() {
                    continue;
                }
                let variable = flag.get_env().and_then(|it| it.to_str()).unwrap_or_default();
                assert!(variable.starts_with("SMART_ROUTER_"), "{name} has no variable");
                let secret =
                    variable.ends_with("_TOKEN") || variable.ends_with("_URL") && variable.contains("DATABASE");
                assert!(!secret || flag.is_hide_env_values_set(), "{name} shows the value of {variable}");
            }
        }
    }
}
