use std::collections::HashSet;

use url::Url;

use super::{Findings, names, providers::check_credential, url::refusal};
use crate::document::Webhook;
use crate::path::{at_index, at_key};

pub(super) fn check(webhooks: &[Webhook], found: &mut Findings) {
    let mut seen = HashSet::new();
    for (at, webhook) in webhooks.iter().enumerate() {
        let path = at_index("settings.webhooks", at);
        names::check(names::PLAIN, &webhook.id, &at_key(&path, "id"), found);
        if !seen.insert(&webhook.id) {
            found.error(at_key(&path, "id"), format!("a webhook `{}` is there already", webhook.id));
        }
        if let Some(refusal) = url_refusal(webhook) {
            found.error(at_key(&path, "url"), refusal);
        }
        match &webhook.secret {
            Some(secret) => check_credential(secret, &at_key(&path, "secret"), found),
            None => found.warning(path, "has no `secret`: who is told cannot know that it was this installation"),
        }
    }
}

fn url_refusal(webhook: &Webhook) -> Option<String> {
    let Ok(url) = Url::parse(&webhook.url) else {
        return Some("expected an absolute URL such as `https://hooks.example.com/reports`".to_owned());
    };
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Some(
            "a webhook's URL has no credentials, no `?…` and no `#…`: whoever reads the configuration reads it. Messages are \
             signed with `secret`"
                .to_owned(),
        );
    }
    refusal(&webhook.url, webhook.network)
}
