//! The reference of the admin API, made from its `OpenAPI` document and the table of routes.

use std::fmt::Write as _;

use control_plane_core::permission::{Action, Extent, Role};
use serde_json::Value;

use super::{
    openapi,
    route::{Access, Listed},
    routes::listed,
};

const INTRODUCTION: &str = include_str!("reference.md");

/// The sections: the tag of their routes, and their title.
const SECTIONS: [(&str, &str); 15] = [
    ("config", "Configuration"),
    ("drafts", "Drafts of the configuration"),
    ("tokens", "Caller tokens"),
    ("access", "Who may use what"),
    ("providers", "Provider keys"),
    ("nodes", "Routers"),
    ("models", "Model groups"),
    ("reports", "Reports"),
    ("report-schedules", "Reports by a schedule"),
    ("requests", "Requests"),
    ("audit", "Audit log"),
    ("admin-tokens", "Admin tokens"),
    ("admin-sessions", "People who are logged in"),
    ("health", "Health and metrics"),
    ("docs", "Documentation"),
];

const ROLES: &str = "\
## Roles

A role holds everywhere, or in some projects alone; several add up. What all share (providers, routers, settings) takes a role that
holds everywhere. Of the things of projects (groups, callers and their tokens, usage), a role that holds in some projects alone shows
and changes those of these projects; others are not found. What belongs to no project takes a role that holds everywhere.

People are asked to log in again for an action with \\*, unless they did a short while ago.
";

/// Every route: what it does, who may call it, what it takes and what it answers, as Markdown.
pub fn reference() -> String {
    let document = serde_json::to_value(openapi::document()).expect("a description becomes JSON");
    let page = ReferencePage { schemas: &document["components"]["schemas"] };
    let mut out = INTRODUCTION.to_owned();
    roles(&mut out);
    page.errors(&mut out);
    for (tag, title) in SECTIONS {
        let _ = writeln!(out, "\n## {title}");
        for route in listed() {
            let operation = operation(&document, &route);
            if operation["tags"][0] == tag {
                page.route(&mut out, &route, operation);
            }
        }
    }
    out
}

fn operation<'a>(document: &'a Value, route: &Listed) -> &'a Value {
    &document["paths"][described(route)][route.method.as_str().to_ascii_lowercase()]
}

/// The path as the description has it: it does not mark the rest of a path.
fn described(route: &Listed) -> String {
    route.path.replace("{*", "{")
}

fn roles(out: &mut String) {
    let names = Role::ALL.map(Role::as_str);
    let _ = writeln!(
        out,
        "\n{ROLES}\n| action | done to | {} |\n| --- | --- |{}",
        names.join(" | "),
        " --- |".repeat(names.len())
    );
    for action in Action::ALL {
        let given = Role::ALL.map(|role| if action.is_given_to(role) { "yes" } else { "" });
        let again = if action.needs_recent_login() { " \\*" } else { "" };
        let extent = match action.extent() {
            Extent::Everywhere => "what all share",
            Extent::InProjects => "things of projects",
        };
        let _ = writeln!(out, "| `{}`{again} | {extent} | {} |", action.as_str(), given.join(" | "));
    }
}

fn who(access: Access) -> String {
    let (first, action, place) = match access {
        Access::Public => return "Needs no token.".to_owned(),
        Access::Anyone => return "Needs any role.".to_owned(),
        Access::Caller => return "Needs a caller's session.".to_owned(),
        Access::Needs(action) | Access::NeedsOrScope(action, _) => ("Needs", action, "everywhere"),
        Access::Within(action) => ("Needs", action, "in one project at least"),
        Access::CallerOr(action) => ("Needs a caller's token, or", action, "in one project at least"),
    };
    let or_scope = access
        .scope()
        .map_or_else(String::new, |it| format!(" A caller's token with the scope `{}` will do.", it.as_str()));
    let roles = Role::ALL.into_iter().filter(|role| action.is_given_to(*role)).map(Role::as_str);
    format!("{first} `{}` {place}: {}.{or_scope}", action.as_str(), roles.collect::<Vec<_>>().join(", "))
}

/// The page that is being written, with the schemas that its routes refer to.
struct ReferencePage<'a> {
    schemas: &'a Value,
}

/// A line of a table of fields.
struct Field {
    path: String,
    kind: String,
    optional: bool,
    about: String,
}

impl<'a> ReferencePage<'a> {
    fn errors(&self, out: &mut String) {
        out.push_str(
            "\n## Errors\n\nAn error is a problem of RFC 9457, of the type `application/problem+json`. Programs go by \
             its `code`.\n",
        );
        self.table(out, &self.schemas["Problem"]);
    }

    fn route(&self, out: &mut String, route: &Listed, operation: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let _ = writeln!(out, "\n### `{} {}`\n\n{}", route.method, described(route), text(&operation["summary"]));
        let more = text(&operation["description"]);
        if !more.is_empty() {
            let _ = writeln!(out, "\n{more}");
        }
        let _ = writeln!(out, "\n{}", who(route.access));
        self.parameters(out, &operation["parameters"]);
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        if body.is_object() {
            out.push_str("\nBody:\n");
            self.table(out, body);
        }
        self.answers(out, &operation["responses"]);
    }

    fn parameters(&self, out: &mut String, parameters: &Value) {
        // The conventions tell of the one that all writes have.
        let all = parameters.as_array().into_iter().flatten();
        let parameters: Vec<&Value> = all.filter(|it| it["name"] != openapi::IDEMPOTENCY_KEY).collect();
        if parameters.is_empty() {
            return;
        }
        out.push_str("\n| parameter | in | value | |\n| --- | --- | --- | --- |\n");
        for it in parameters {
            let optional = if it["required"] == true { "" } else { ", optional" };
            let (name, place) = (it["name"].as_str().unwrap_or_default(), it["in"].as_str().unwrap_or_default());
            let about = cell(it["description"].as_str().unwrap_or_default());
            let _ = writeln!(out, "| `{name}` | {place} | {}{optional} | {about} |", self.kind(&it["schema"]));
        }
    }

    /// What is answered on success, with its fields, and which errors mean something of their own.
    fn answers(&self, out: &mut String, answers: &Value) {
        for (status, answer) in answers.as_object().into_iter().flatten() {
            let (media_type, schema) = content(answer);
            let about = answer["description"].as_str().filter(|it| !it.is_empty());
            if status == "default" {
                continue;
            }
            if status.starts_with(['4', '5']) {
                if let Some(about) = about {
                    let _ = writeln!(out, "\nError `{status}`: {about}.");
                }
                continue;
            }
            let form = media_type.filter(|it| *it != "application/json").map(|it| format!(", `{it}`"));
            let about = about.or(self.follow(schema)["description"].as_str()).unwrap_or_default().trim_end_matches('.');
            let _ = writeln!(out, "\nAnswer `{status}`{}: {about}.", form.unwrap_or_default());
            if schema.is_object() {
                self.table(out, schema);
            }
        }
    }

    fn table(&self, out: &mut String, schema: &'a Value) {
        let fields = self.fields(schema, "");
        if !fields.is_empty() {
            out.push_str("\n| field | value | |\n| --- | --- | --- |\n");
        }
        for Field { path, kind, optional, about } in fields {
            let optional = if optional { ", optional" } else { "" };
            let _ = writeln!(out, "| `{path}` | {kind}{optional} | {} |", cell(&about));
        }
    }

    /// The fields of an object, each followed by those of the objects in it.
    fn fields(&self, schema: &Value, prefix: &str) -> Vec<Field> {
        let schema = self.follow(schema);
        if let Some(parts) = schema["allOf"].as_array() {
            return parts.iter().flat_map(|part| self.fields(part, prefix)).collect();
        }
        let mut fields = Vec::new();
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{prefix}{name}");
            let required = schema["required"].as_array().is_some_and(|it| it.iter().any(|it| it == name));
            let member = present(member);
            let about = member["description"].as_str().or(self.follow(member)["description"].as_str());
            let about = about.unwrap_or_default().to_owned();
            let mut field = Field { kind: self.kind(member), optional: !required, about, path: path.clone() };
            // The section on errors has the fields of a mistake; they need not be repeated.
            if name == "warnings" && is_list_of(member, "Place") {
                "Each as one of the `problems` of an [error](#errors).".clone_into(&mut field.about);
                fields.push(field);
                continue;
            }
            fields.push(field);
            fields.extend(self.fields(member, &format!("{path}.")));
            fields.extend(self.fields(&member["items"], &format!("{path}[].")));
        }
        fields
    }

    /// The kind of a value, in words.
    fn kind(&self, schema: &Value) -> String {
        let schema = self.follow(schema);
        let names = schema["type"].as_array().into_iter().flatten();
        let name = schema["type"].as_str().or(names.filter_map(Value::as_str).find(|it| *it != "null"));
        match name {
            Some("string") => "text".to_owned(),
            Some("integer") => "whole number".to_owned(),
            Some("boolean") => "`true` or `false`".to_owned(),
            Some("array") if self.kind(&schema["items"]) == "object" => "list of objects".to_owned(),
            Some("array") => format!("list of {}", self.kind(&schema["items"])),
            _ => "object".to_owned(),
        }
    }

    fn follow<'b>(&self, schema: &'b Value) -> &'b Value
    where
        'a: 'b,
    {
        let name = schema["$ref"].as_str().and_then(|it| it.rsplit('/').next());
        name.map_or(schema, |name| &self.schemas[name])
    }
}

fn is_list_of(member: &Value, schema: &str) -> bool {
    member["items"]["$ref"].as_str().and_then(|it| it.rsplit('/').next()) == Some(schema)
}

/// What a field holds when it is there.
fn present(member: &Value) -> &Value {
    let either = member["oneOf"].as_array().into_iter().flatten();
    either.into_iter().find(|it| it["type"] != "null").unwrap_or(member)
}

/// The first form of an answer.
fn content(answer: &Value) -> (Option<&str>, &Value) {
    let first = answer["content"].as_object().and_then(|it| it.iter().next());
    first.map_or((None, &Value::Null), |(media_type, it)| (Some(media_type), &it["schema"]))
}

/// What stands in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::RouteKind;

    #[test]
    fn every_route_has_its_section_and_its_access() {
        let page = reference();
        let document = serde_json::to_value(openapi::document()).expect("a description becomes JSON");
        // Pages are for people; those that programs look at, too, are described.
        for route in listed().into_iter().filter(|it| it.kind == RouteKind::Api || !operation(&document, it).is_null())
        {
            let title = format!("\n### `{} {}`\n", route.method, described(&route));
            assert_eq!(page.matches(&title).count(), 1, "{title}");
            let section = page.split(&title).nth(1).and_then(|it| it.split("\n#").next()).unwrap_or_default();
            assert!(section.contains(&who(route.access)), "{section}");
        }
    }

    #[test]
    fn fields_of_fields_are_listed_with_their_path() {
        let page = reference();
        for line in [
            "| `nodes[].rejection.errors[].message` | text |",
            "| `nodes[].rejection` | object, optional | The newest version",
            "| `expected_version` | whole number, optional |",
            "| `credential.write` \\* | what all share |  |  |  |  |  | yes |",
        ] {
            assert!(page.contains(line), "{line}");
        }
        assert!(!page.contains("$ref") && !page.contains("null |"));
    }
}
