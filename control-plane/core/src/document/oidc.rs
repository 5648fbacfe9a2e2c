use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use vocabulary::defaults;

use super::{CredentialRef, Duration, is_default};
use crate::permission::Role;

/// An OpenID provider that people log in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OidcProvider {
    /// Its name in addresses: `/login/oidc/<id>`.
    pub id: String,
    /// What people see on the login page. Left out: the id.
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: String,
    /// Its issuer, exactly as it names itself: `https://id.example.com/realms/corp`. `https://`, but on this machine.
    pub issuer: String,
    /// What it knows this installation as.
    pub client_id: String,
    /// Where the client's secret comes from. Left out: a public client, which proves itself by PKCE alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<CredentialRef>,
    /// What is asked for beside `openid`.
    #[serde(default = "scopes", skip_serializing_if = "are_default_scopes")]
    #[schemars(extend("uniqueItems" = true, "default" = scopes()))]
    pub scopes: Vec<String>,
    /// Nobody logs in without an e-mail address that the provider has verified.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = false))]
    pub require_verified_email: bool,
    /// Nobody logs in without a verified e-mail address of one of these domains. Left out: any, or none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("uniqueItems" = true))]
    pub email_domains: Vec<String>,
    /// Nobody logs in with it, and who has is logged out.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = false))]
    pub disabled: bool,
    /// What claims give. Whom no rule gives a role cannot log in; a rule that is gone takes it at the next request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleRule>,
}

/// A role for whom a claim names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleRule {
    /// The claim by its name, such as `groups`; where there is none of that name, dots lead into it: `realm_access.roles`.
    pub claim: String,
    /// What it must be, or have among its entries.
    pub value: String,
    /// What this gives.
    #[schemars(schema_with = "role_schema")]
    pub role: Role,
    /// The projects in which it gives that. Left out: everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub projects: Option<Vec<String>>,
}

/// How long a login lasts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdminSessions {
    /// Without a request.
    #[serde(skip_serializing_if = "is_usual_idle")]
    #[schemars(extend("default" = Duration::from(defaults::SESSION_IDLE)))]
    pub idle_timeout: Duration,
    /// In all.
    #[serde(skip_serializing_if = "is_usual_absolute")]
    #[schemars(extend("default" = Duration::from(defaults::SESSION_ABSOLUTE)))]
    pub absolute_timeout: Duration,
    /// How long after it what reveals or destroys is done without another login.
    #[serde(skip_serializing_if = "is_usual_recent")]
    #[schemars(extend("default" = Duration::from(defaults::RECENT_LOGIN)))]
    pub recent_login: Duration,
}

impl Default for AdminSessions {
    fn default() -> Self {
        Self {
            idle_timeout: defaults::SESSION_IDLE.into(),
            absolute_timeout: defaults::SESSION_ABSOLUTE.into(),
            recent_login: defaults::RECENT_LOGIN.into(),
        }
    }
}

impl OidcProvider {
    /// What people see.
    pub fn shown(&self) -> &str {
        if self.name.is_empty() { &self.id } else { &self.name }
    }
}

fn scopes() -> Vec<String> {
    ["profile", "email"].map(str::to_owned).to_vec()
}

fn are_default_scopes(value: &[String]) -> bool {
    value == scopes()
}

fn role_schema(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = Role::ALL.into_iter().map(Role::as_str).collect();
    json_schema!({"type": "string", "enum": names})
}

/// Whether a length is its default, for `skip_serializing_if`: one function for each, as serde takes no argument.
macro_rules! is_usual {
    ($($function:ident: $field:ident),*) => {
        $(
            fn $function(value: &Duration) -> bool {
                *value == AdminSessions::default().$field
            }
        )*
    };
}

is_usual!(is_usual_idle: idle_timeout, is_usual_absolute: absolute_timeout, is_usual_recent: recent_login);
