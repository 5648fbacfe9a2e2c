//! `admin-token`: who may use the admin API.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::admin_client::{AdminClient, ServerArgs};
use crate::exit::Failure;
use crate::output::{self, Output, Table};
use crate::values;

/// Admin tokens: who may use the admin API, and how far
#[derive(Args)]
pub struct AdminTokenArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    action: AdminTokenAction,
}

#[derive(Subcommand)]
enum AdminTokenAction {
    /// Creates an admin token and prints it; it cannot be shown again
    Create {
        /// What it is for
        #[arg(long, env = "SMART_ROUTER_ADMIN_TOKEN_NAME")]
        name: String,
        /// What it may do; may be repeated: several add up
        #[arg(long = "role", env = "SMART_ROUTER_ROLE", value_enum, required = true, value_delimiter = ',')]
        roles: Vec<RoleArg>,
        /// A project in which it may do that; may be repeated; everywhere when left out
        #[arg(long = "project", env = "SMART_ROUTER_PROJECT", value_name = "PROJECT", value_delimiter = ',')]
        projects: Vec<String>,
        /// How long it lives: `90d`, `24h`; for ever when left out
        #[arg(long, allow_hyphen_values = true, env = "SMART_ROUTER_ADMIN_TOKEN_EXPIRES_IN")]
        expires_in: Option<String>,
        /// How it is printed
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Lists admin tokens, without their secrets
    List {
        /// How the list is printed
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Refuses an admin token for ever
    Revoke {
        /// The token's id
        #[arg(value_parser = values::admin_token_id)]
        id: String,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleArg {
    /// Looks, and changes nothing
    Viewer,
    /// Reads all usage; saves and schedules reports
    ReportAdmin,
    /// Groups, policies, callers and their tokens of its projects, and their usage
    ProjectAdmin,
    /// Configuration, caller tokens and routers; neither providers' keys nor admin tokens
    Operator,
    /// Reads the audit log, administrators, configuration and usage; changes nothing
    Auditor,
    /// Everything
    Admin,
}

impl RoleArg {
    fn name(self) -> String {
        self.to_possible_value().map(|it| it.get_name().to_owned()).unwrap_or_default()
    }
}

/// Runs the action against the admin API.
pub async fn run(args: AdminTokenArgs) -> Result<(), Failure> {
    let client = AdminClient::connect(&args.server)?;
    match args.action {
        AdminTokenAction::Create { name, roles, projects, expires_in, output } => {
            let projects = (!projects.is_empty()).then_some(projects);
            let grant = |role: RoleArg| match &projects {
                None => json!({"role": role.name()}),
                Some(projects) => json!({"role": role.name(), "projects": projects}),
            };
            let grants: Vec<Value> = roles.into_iter().map(grant).collect();
            let body = json!({"name": name, "grants": grants, "expires_in": expires_in});
            let mut answer = client.post("/admin-tokens", &body).await?;
            in_words(&mut answer, output);
            let word = |name: &str| answer[name].as_str().unwrap_or_default();
            output::tell(&answer, &["id", "name", "grants", "expires_at", "token"], output, || {
                crate::output::say!("Admin token {} is created. It is shown this once:", word("id"));
                output::print(&format!("{}\n", word("token")))
            })
        }
        AdminTokenAction::List { output } => {
            let mut answer = client.get("/admin-tokens", &[]).await?;
            let mut table = Table::new(&["id", "name", "grants", "created_at", "created_by", "expires_at"]);
            answer["admin_tokens"].as_array_mut().into_iter().flatten().for_each(|it| in_words(it, output));
            table.extend_from_json(answer["admin_tokens"].as_array().map_or(&[], Vec::as_slice));
            output::print(&table.render(output))
        }
        AdminTokenAction::Revoke { id, output } => {
            client.delete(&format!("/admin-tokens/{id}")).await?;
            output::tell(&json!({"id": id, "state": "revoked"}), &["id", "state"], output, || {
                crate::output::say!("Admin token {id} is revoked.");
                Ok(())
            })
        }
    }
}

/// What a token may do, as it fits into a cell: `project-admin (search) and viewer`.
fn in_words(token: &mut Value, output: Output) {
    if output == Output::Json {
        return;
    }
    let words = token["grants"].as_array().into_iter().flatten().map(|it| {
        let role = it["role"].as_str().unwrap_or_default();
        let projects: Vec<&str> = it["projects"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if projects.is_empty() { role.to_owned() } else { format!("{role} ({})", projects.join(", ")) }
    });
    let words = words.collect::<Vec<_>>().join(" and ");
    token["grants"] = words.into();
}
