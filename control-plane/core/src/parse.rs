//! `smart-router.yaml` as text: read strictly, with a position for every mistake, and all mistakes at once.

mod check;
mod explain;
mod repair;
mod replaced;
mod reserved;
mod value;

use std::collections::HashSet;

use self::value::Converted;
use crate::document::CredentialRef;
use crate::draft::Draft;
use crate::path::{at_index, at_key};
use crate::problem::MAX_PROBLEMS;
use crate::shared_state::valkey_url;
use crate::variables::{Env, Surroundings, Use};
use crate::{Document, Finding, Problem, Severity, validate, yaml};

/// How often a problem is searched for what a variable holds.
const MAX_SEARCHES: usize = 100_000;

/// A configuration that can be applied.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// What it says, variables replaced.
    pub document: Document,
    /// What works, but hardly as meant.
    pub warnings: Vec<Problem>,
}

/// Reads and checks a configuration: YAML (or JSON, which is YAML), with `${VAR}` and `${VAR:-default}` in string values.
/// Fails with every mistake (and every warning), in the order of the text.
pub fn parse(text: &str, env: &Env<'_>) -> Result<Parsed, Vec<Problem>> {
    parse_within(text, &Surroundings::open(env))
}

/// The same for a document to which not everything is open. No problem repeats what a variable holds.
pub fn parse_within(text: &str, surroundings: &Surroundings<'_>) -> Result<Parsed, Vec<Problem>> {
    let yaml::Read { root, problems: mut all } = yaml::read(text)?;
    let Some(root) = root else {
        return Err(vec![Problem {
            severity: Severity::Error,
            line: 1,
            column: 1,
            path: String::new(),
            message: "the file is empty; the least that it may say is `version: 1`".to_owned(),
        }]);
    };
    let converted = value::convert(&root, surroundings);
    all.extend(converted.problems.iter().cloned());
    judge(converted, all, surroundings)
}

/// A document that somebody writes as text and that need not be valid.
#[derive(Clone, Debug)]
pub struct Written {
    /// What it says, variables replaced.
    pub value: serde_json::Value,
    /// All that is to be said of it, in the order of the text.
    pub problems: Vec<Problem>,
}

/// Reads a text of which something is kept even where it is wrong. Fails where it is no document at all, or where what would be kept
/// is not what was written: a key that stands twice, a variable that is not there.
pub fn read_within(text: &str, surroundings: &Surroundings<'_>) -> Result<Written, Vec<Problem>> {
    let yaml::Read { root, problems } = yaml::read(text)?;
    let Some(root) = root.filter(|_| problems.is_empty()) else { return parse_within(text, surroundings).map(whole) };
    let converted = value::convert(&root, surroundings);
    if !converted.problems.is_empty() || !converted.value.is_object() {
        return parse_within(text, surroundings).map(whole);
    }
    let value = converted.value.clone();
    let problems = match judge(converted, Vec::new(), surroundings) {
        Ok(parsed) => parsed.warnings,
        Err(problems) => problems,
    };
    Ok(Written { value, problems })
}

fn whole(parsed: Parsed) -> Written {
    let value = serde_json::to_value(&parsed.document).expect("a document has string keys and finite numbers");
    Written { value, problems: parsed.warnings }
}

/// Checks a document that comes as a value and not as a text, such as one that was edited: no variable in it is replaced, and
/// problems have a path and no position.
pub fn check_value(value: serde_json::Value, surroundings: &Surroundings<'_>) -> Result<Parsed, Vec<Problem>> {
    let (positions, replaced, problems) = Default::default();
    judge(Converted { value, positions, replaced, problems }, Vec::new(), surroundings)
}

/// The document, when nothing is wrong with it; `all` is what is known to be wrong.
fn judge(converted: Converted, mut all: Vec<Problem>, surroundings: &Surroundings<'_>) -> Result<Parsed, Vec<Problem>> {
    let Converted { mut value, positions, replaced, .. } = converted;
    let (faults, mut more) = explain::faults(&value, MAX_PROBLEMS);
    all.extend(faults.iter().map(|fault| fault.problem(&positions)));
    // With so many mistakes, nothing more is to be learnt from others.
    if more == 0 {
        // What is wrong in one place must not hide what is wrong in another, nor be told twice.
        repair::repair(&mut value, faults);
        let told: HashSet<String> =
            all.iter().flat_map(|it| [it.path.as_str(), list_of(&it.path)]).map(str::to_owned).collect();
        let draft = Draft::read(&value);
        let (findings, left_out) = validate::findings(&draft, told.clone());
        more = left_out;
        let outside =
            valkey_url(&draft.settings.shared_state, surroundings).err().filter(|_| surroundings.env.is_some());
        let outside = outside.into_iter().chain(refused_keys(&draft, surroundings));
        let findings = findings.into_iter().chain(outside.filter(|it| it.path.is_empty() || !told.contains(&it.path)));
        all.extend(findings.map(|it| positions.problem(it.severity, &it.path, it.message)));
    }
    let refused = all.iter().any(|it| it.severity == Severity::Error);
    let most = MAX_PROBLEMS.min(MAX_SEARCHES / replaced.len().max(1)).max(1);
    let mut all = cut(all, most, more);
    for problem in &mut all {
        replaced::hide(&replaced, problem);
    }
    if refused {
        return Err(all);
    }
    match serde_json::from_value(value) {
        Ok(document) => Ok(Parsed { document, warnings: all }),
        Err(error) => {
            let mut problem = positions.problem(Severity::Error, "", error.to_string());
            replaced::hide(&replaced, &mut problem);
            Err(vec![problem])
        }
    }
}

/// The first of all problems in the order of the text, mistakes before warnings where not all can be told, and how many there are
/// more.
fn cut(mut all: Vec<Problem>, most: usize, mut more: usize) -> Vec<Problem> {
    let place = |it: &Problem| (it.line, it.column);
    all.sort_by(|a, b| (a.severity, place(a), &a.path).cmp(&(b.severity, place(b), &b.path)));
    if all.len() + more > most {
        let kept = most.saturating_sub(1).max(1);
        more += all.len().saturating_sub(kept);
        all.truncate(kept);
    }
    all.sort_by(|a, b| (place(a), &a.path).cmp(&(place(b), &b.path)));
    if more > 0 {
        let (severity, (line, column)) = all.last().map_or((Severity::Error, (1, 1)), |it| (it.severity, place(it)));
        let message = format!("and {more} more problems, which are not told");
        all.push(Problem { severity, line, column, path: String::new(), message });
    }
    all
}

/// Keys of providers whose sources are not open to the document.
fn refused_keys(draft: &Draft, surroundings: &Surroundings<'_>) -> Vec<Finding> {
    let providers = draft.providers.iter().flatten();
    let of_providers = providers.filter_map(|(id, it)| {
        Some((at_key(&at_key("providers", id), "credential"), it.provider.as_ref()?.credential.as_ref()?))
    });
    let logins = draft.oidc.iter().enumerate();
    let of_logins = logins.filter_map(|(at, it)| {
        Some((at_key(&at_index("oidc", at), "client_secret"), it.as_ref()?.client_secret.as_ref()?))
    });
    let refused = of_providers.chain(of_logins).filter_map(|(path, reference)| {
        let (key, asked) = match reference {
            CredentialRef::Env(name) => ("env", Use::Key(name)),
            CredentialRef::File(path) => ("file", Use::File(path)),
        };
        let path = at_key(&path, key);
        (surroundings.refusal)(asked).map(|message| Finding { severity: Severity::Error, path, message })
    });
    refused.chain(refused_files(draft, surroundings)).collect()
}

/// Files of providers' egress that are not open to the document: a router opens what it is told to.
fn refused_files<'a>(draft: &'a Draft, surroundings: &'a Surroundings<'_>) -> impl Iterator<Item = Finding> + 'a {
    let egress = draft.providers.iter().flatten();
    let egress = egress.filter_map(|(id, it)| Some((id, it.provider.as_ref()?.egress.as_ref()?)));
    egress.flat_map(move |(id, egress)| {
        let at = at_key(&at_key("providers", id), "egress");
        egress.files().filter_map(move |(key, file)| {
            let message = (surroundings.refusal)(Use::File(file))?;
            Some(Finding { severity: Severity::Error, path: at_key(&at, key), message })
        })
    })
}

/// The list that a path names an entry of, else the path itself.
fn list_of(path: &str) -> &str {
    if path.ends_with(']') { path.rsplit_once('[').map_or(path, |(list, _)| list) } else { path }
}

#[cfg(test)]
mod tests;
