//! How a provider's key is shown: where it comes from, and whether there is one.

use control_plane_core::permission::{Action, permit};
use web::{
    Tag, Tone,
    form::{self, Entry, FormField, FormSection},
    providers::ProviderKey,
};

use super::{Ground, Reader, Wrong, href};
use crate::{
    http::{App, moment::rfc3339},
    manage::credential::{self, KeyOrigin, KeySource, KeyStanding},
};

/// Where the keys of all providers come from; none where there is no configuration.
pub(super) async fn all(app: &App, ground: &Ground) -> Result<Vec<KeyOrigin>, Wrong> {
    if ground.version == 0 {
        return Ok(Vec::new());
    }
    Ok(credential::list(&app.control).await?)
}

/// How a key is, in a word.
pub(super) fn state(key: Option<&KeyOrigin>) -> Tag {
    match key.map(|it| (&it.source, &it.standing)) {
        None | Some((KeySource::None, _)) => Tag::plain("no key"),
        Some((_, KeyStanding::Unusable(_))) => Tag::new(Tone::Bad, "missing"),
        Some((_, KeyStanding::WithRouters)) => Tag::new(Tone::Note, "with routers"),
        Some((KeySource::Env(_), _)) => Tag::new(Tone::Good, "variable"),
        Some((KeySource::File(_), _)) => Tag::new(Tone::Good, "file"),
        Some((KeySource::Sealed { .. }, _)) => Tag::new(Tone::Good, "sealed"),
    }
}

/// A key as its provider's page shows it; `refused`: why another was not sealed.
pub(super) fn shown(reader: &Reader, id: &str, key: Option<&KeyOrigin>, refused: Option<String>) -> ProviderKey {
    let is_sealed = matches!(key.map(|it| &it.source), Some(KeySource::Sealed { .. }));
    let is_referred = matches!(key.map(|it| &it.source), Some(KeySource::Env(_) | KeySource::File(_)));
    let may = permit(&reader.admin.grants, Action::CredentialWrite, None).is_ok();
    ProviderKey {
        state: state(key),
        text: text(key),
        why: match key.map(|it| &it.standing) {
            Some(KeyStanding::Unusable(why)) => why.clone(),
            _ => String::new(),
        },
        form: (may && !is_referred).then(|| form(id, is_sealed, refused)),
        remove_href: if is_sealed && may { format!("{}/key/remove", href(id)) } else { String::new() },
    }
}

fn text(key: Option<&KeyOrigin>) -> String {
    let Some(KeyOrigin { source, standing, .. }) = key else { return "It has none.".to_owned() };
    let referred = |kind: &str, name: &str| match standing {
        KeyStanding::WithRouters => format!(
            "From the {kind} {name}. This control plane does not have it: each router looks for it where it runs."
        ),
        KeyStanding::Usable => {
            format!("From the {kind} {name}, which this control plane has: routers get it from here.")
        }
        KeyStanding::Unusable(_) => format!("From the {kind} {name}."),
    };
    match source {
        KeySource::Env(name) => referred("variable", name),
        KeySource::File(path) => referred("file", path),
        KeySource::Sealed { origin, set_ms, set_by } => {
            let when = rfc3339(*set_ms);
            let day = when.split('T').next().unwrap_or_default();
            let bound = origin.as_deref().map_or_else(String::new, |it| format!(" for {it} alone"));
            format!("Sealed in the database{bound}, set on {day} by {set_by}. Another address does not get it.")
        }
        KeySource::None => "It has none: requests go there without one.".to_owned(),
    }
}

fn form(id: &str, is_sealed: bool, refused: Option<String>) -> form::Form {
    let field =
        FormField::new("value", if is_sealed { "New key" } else { "Key" }, Entry::Secret { known: String::new() })
            .help("Sealed in the database for the provider's address of now, and shown to nobody, ever again.")
            .error(refused.unwrap_or_default())
            .required();
    form::Form {
        action: format!("{}/key", href(id)),
        sections: vec![FormSection { title: String::new(), help: String::new(), fields: vec![field] }],
        button: if is_sealed { "Replace the key" } else { "Set the key" }.to_owned(),
        command: format!("smart-router credential set {id} --file key.txt"),
        ..form::Form::default()
    }
}
