use super::{Findings, names, url};
use crate::document::{CredentialRef, Egress, Modality, Model, Price, Provider, Timeouts};
use crate::draft::Draft;
use crate::path::{at_index, at_key};
use vocabulary::forwarding::is_kept_back;

pub(super) fn check(draft: &Draft, found: &mut Findings) {
    for (id, it) in draft.providers.iter().flatten() {
        let path = at_key("providers", id);
        names::check(names::PLAIN, id, &path, found);
        if let Some(provider) = &it.provider {
            check_provider(provider, &path, found);
        }
        let models = at_key(&path, "models");
        for (name, model) in it.models.iter().flatten() {
            let path = at_key(&models, name);
            names::check(names::MODEL, name, &path, found);
            if let Some(model) = model {
                check_model(model, it.provider.as_ref(), &path, found);
            }
        }
    }
}

fn check_provider(provider: &Provider, path: &str, found: &mut Findings) {
    if let Some(refusal) = url::refusal(&provider.base_url, provider.network) {
        found.error(at_key(path, "base_url"), refusal);
    }
    if let Some(credential) = &provider.credential {
        check_credential(credential, &at_key(path, "credential"), found);
    }
    if let Some(egress) = &provider.egress {
        check_egress(egress, &at_key(path, "egress"), found);
        if egress.proxy.is_some() && provider.base_url.starts_with("http://") {
            found.error(at_key(path, "egress"), "a proxy would read the key of an `http://` provider: use `https://`");
        }
    }
    check_headers(&provider.forward_headers, &at_key(path, "forward_headers"), found);
    check_timeouts(&provider.timeouts, &at_key(path, "timeouts"), found);
}

/// Checks where a secret comes from.
pub(super) fn check_credential(credential: &CredentialRef, path: &str, found: &mut Findings) {
    match credential {
        CredentialRef::Env(name) => check_variable(name, &at_key(path, "env"), found),
        CredentialRef::File(file) if file.trim().is_empty() => {
            found.error(at_key(path, "file"), "expected the path of a file");
        }
        CredentialRef::File(file) if !file.starts_with('/') => found.warning(
            at_key(path, "file"),
            "a relative path depends on where each process was started; write an absolute one",
        ),
        CredentialRef::File(_) => {}
    }
}

fn check_egress(egress: &Egress, path: &str, found: &mut Findings) {
    if let Some(refusal) = egress.proxy.as_deref().and_then(url::proxy_refusal) {
        found.error(at_key(path, "proxy"), refusal);
    }
    for (key, file) in egress.files() {
        if !file.starts_with('/') {
            found.error(at_key(path, key), "expected the absolute path of a PEM file on the routers");
        }
    }
    match (&egress.certificate_file, &egress.key_file) {
        (Some(_), None) => found.error(at_key(path, "certificate_file"), "a certificate needs its `key_file`"),
        (None, Some(_)) => found.error(at_key(path, "key_file"), "a key needs its `certificate_file`"),
        _ => {}
    }
}

/// The name itself is not repeated: a key that was pasted in its place must not reach a log.
fn check_variable(name: &str, path: &str, found: &mut Findings) {
    let well_formed = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
    if !well_formed {
        found.error(path, "expected the name of a variable, such as `OPENAI_API_KEY`: never the key itself");
    } else if name.to_ascii_uppercase().starts_with("SMART_ROUTER_") {
        found.error(
            path,
            "variables that start with `SMART_ROUTER_` are the router's own, and never sent to a provider",
        );
    }
}

fn check_headers(names: &[String], path: &str, found: &mut Findings) {
    for (at, name) in names.iter().enumerate() {
        let lower = name.to_ascii_lowercase();
        let path = at_index(path, at);
        if name.is_empty() || !name.bytes().all(|it| it.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&it)) {
            found.error(path, "expected the name of a header, such as `x-cost-centre`");
        } else if is_kept_back(&lower) {
            found.error(path, format!("`{lower}` is never sent to a provider"));
        }
    }
}

fn check_timeouts(timeouts: &Timeouts, path: &str, found: &mut Findings) {
    let Timeouts { connect, first_byte, stream_idle, total } = timeouts;
    let usual = Timeouts::default();
    for (name, value, usual) in [
        ("connect", connect, usual.connect),
        ("first_byte", first_byte, usual.first_byte),
        ("stream_idle", stream_idle, usual.stream_idle),
        ("total", total, usual.total),
    ] {
        if value.millis() == 0 {
            found.error(at_key(path, name), "must be more than nothing");
        } else if value > total && *value != usual {
            found.warning(at_key(path, name), format!("is longer than the whole call may take, which is {total}"));
        }
    }
}

fn check_model(model: &Model, provider: Option<&Provider>, path: &str, found: &mut Findings) {
    if let (Some(output), Some(context)) = (model.max_output_tokens, model.context_tokens)
        && output > context
    {
        found.error(at_key(path, "max_output_tokens"), format!("is more than `context_tokens`, which is {context}"));
    }
    if model.modalities.input.contains(&Modality::Embedding) {
        found.error(at_key(&at_key(path, "modalities"), "input"), "`embedding` can only be an output");
    }
    for dialect in model.tools.keys() {
        if provider.is_some_and(|it| !it.dialects.contains(dialect)) {
            let path = at_key(&at_key(path, "tools"), dialect.as_str());
            found.error(path, format!("its provider does not speak `{}`", dialect.as_str()));
        }
    }
    if !model.reasoning.supported && !model.reasoning.efforts.is_empty() {
        found.error(at_key(&at_key(path, "reasoning"), "efforts"), "makes no sense with `supported: false`");
    }
    check_prices(&model.prices, &at_key(path, "prices"), found);
}

fn check_prices(prices: &[Price], path: &str, found: &mut Findings) {
    for (at, pair) in prices.windows(2).enumerate() {
        let path = at_key(&at_index(path, at + 1), "from");
        match (pair[0].from, pair[1].from) {
            (before, after) if before == after => {
                let day = after.map_or_else(|| "without a day".to_owned(), |it| format!("from {it}"));
                found.error(path, format!("there is a price {day} already"));
            }
            (before, after) if before > after => {
                found.error(path, "prices must stand in the order of their days, the earliest first");
            }
            _ => {}
        }
    }
}
