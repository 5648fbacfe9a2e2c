//! The reference of the configuration, made from its schema.

use std::fmt::Write as _;

use serde_json::Value;

use crate::schema;

const INTRODUCTION: &str = include_str!("reference/introduction.md");
/// A document with every key.
pub(crate) const EXAMPLE: &str = include_str!("reference/example.yaml");

/// Every key of `smart-router.yaml`, as Markdown.
pub fn markdown() -> String {
    let mut out = format!("{INTRODUCTION}\n## An example with every key\n\n```yaml\n{EXAMPLE}```\n");
    section(&mut out, schema::schema(), "");
    out
}

/// A table of the members of a mapping, then a section for each member that is a mapping itself.
fn section(out: &mut String, rule: &Value, path: &str) {
    let Some(members) = rule["properties"].as_object() else { return };
    let title = if path.is_empty() { "The file".to_owned() } else { format!("`{path}`") };
    let _ = writeln!(out, "\n## {title}\n");
    if let Some(about) = rule["description"].as_str() {
        let _ = writeln!(out, "{about}\n");
    }
    out.push_str("| key | value | default | |\n| --- | --- | --- | --- |\n");
    for (key, member) in members {
        let required = rule["required"].as_array().is_some_and(|it| it.iter().any(|it| it == key));
        let default = match member.get("default") {
            Some(default) => format!("`{}`", default.to_string().replace('"', "").replace(',', ", ")),
            None if required => "required".to_owned(),
            None => String::new(),
        };
        let about = member["description"].as_str().or(schema::follow(member)["description"].as_str());
        let about = format!("{}{}", about.unwrap_or_default(), values(member));
        let _ = writeln!(out, "| `{key}` | {} | {default} | {} |", kind(member), about.replace('|', "\\|"));
    }
    for (key, member) in members {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let (inner, path) = entity(member, path);
        section(out, inner, &path);
    }
}

/// What a member's own section is about, and how its path is written.
fn entity(member: &Value, path: String) -> (&Value, String) {
    let rule = schema::follow(member);
    if rule["additionalProperties"].is_object() {
        return (schema::follow(&rule["additionalProperties"]), format!("{path}.<name>"));
    }
    if rule["items"].is_object() {
        return (schema::follow(&rule["items"]), format!("{path}[]"));
    }
    // Its members are lists, each with a name of the table above.
    if member["properties"]["openai-chat"].is_object() { (&Value::Null, path) } else { (rule, path) }
}

/// The kind of a value, in words.
fn kind(member: &Value) -> String {
    let rule = schema::follow(member);
    let bounds =
        |it: &Value| it["minimum"].as_u64().filter(|it| *it > 0).map_or(String::new(), |it| format!(", from {it}"));
    match member["$ref"].as_str().and_then(|it| it.rsplit('/').next()) {
        Some("Duration") => return "duration".to_owned(),
        Some("UsdPerMtok") => return "US dollars".to_owned(),
        Some("Date") => return "day".to_owned(),
        _ => {}
    }
    match rule["type"].as_str() {
        Some("string") if rule["enum"].is_array() => "name".to_owned(),
        Some("string") => "text".to_owned(),
        Some("integer") => format!("whole number{}", bounds(rule)),
        Some("boolean") => "`true` or `false`".to_owned(),
        Some("array") if schema::follow(&rule["items"])["enum"].is_array() => "list of names".to_owned(),
        Some("array") if schema::follow(&rule["items"])["properties"].is_object() => "list of mappings".to_owned(),
        Some("array") => "list of text".to_owned(),
        _ => "mapping".to_owned(),
    }
}

/// The names that a value or the entries of a list may be, each with what it means.
fn values(member: &Value) -> String {
    let rule = schema::follow(member);
    let rule = if rule["items"].is_object() { schema::follow(&rule["items"]) } else { rule };
    let strings = |it: &Value| -> Vec<String> {
        it.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let about = strings(&rule["enumDescriptions"]);
    let names = strings(&rule["enum"]).into_iter().zip(about);
    names.fold(String::new(), |text, (name, about)| format!("{text}<br>`{name}`: {about}"))
}

#[cfg(test)]
mod tests;
