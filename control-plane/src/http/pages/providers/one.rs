use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    Document,
    document::{Provider, Timeouts},
    permission::Action,
};
use web::{
    Screen, Shown,
    parts::{Crumb, Fact},
    providers::{ProviderPage, ProviderTarget},
};

use super::{Ground, Reader, Traffic, Wrong, href, key_shown, lives, sees};
use crate::{
    clock::now_ms,
    http::{
        App,
        input::InPath,
        pages::{address::Address, editing, link},
    },
};

/// One provider.
pub async fn show(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    let view = view(&app, &reader, &id, None).await?;
    Ok(reader.shows_titled(Screen::Providers, &id, &view).into_response())
}

/// The page of a provider; `refused`: why its key was not sealed.
pub(super) async fn view(app: &App, reader: &Reader, id: &str, refused: Option<String>) -> Result<ProviderPage, Wrong> {
    let ground = Ground::of(app, reader).await?;
    let provider = ground.provider(id)?;
    let traffic = Traffic::of(app, reader, now_ms()).await?;
    let keys = key_shown::all(app, &ground).await?;
    let of_it = Address { since: "24h".to_owned(), filters: vec![format!("provider={id}")], ..Address::default() };
    let requests = sees(&reader.admin.grants, Screen::Requests);
    Ok(ProviderPage {
        crumbs: vec![Crumb::new("Providers", "/providers")],
        name: id.to_owned(),
        state: traffic.together(&lives(id, provider)),
        editing: editing::editing(app, reader, Action::ProviderWrite, None),
        edit_href: format!("{}/edit", href(id)),
        add_href: format!("{}/models/new", href(id)),
        remove_href: format!("{}/remove", href(id)),
        requests_href: if requests { of_it.href(Screen::Requests.path()) } else { String::new() },
        facts: facts(provider),
        key: key_shown::shown(reader, id, keys.iter().find(|it| it.provider == id), refused),
        targets: targets(reader, &ground.document, &traffic, id, provider),
        command: format!("smart-router report --attempts --filter provider={id} --since 1h"),
    })
}

fn facts(provider: &Provider) -> Vec<Fact> {
    let Timeouts { connect, first_byte, stream_idle, total } = &provider.timeouts;
    let text = |name, value: String| Fact::new(name, Shown::Text(value));
    let speaks: Vec<&str> = provider.dialects.iter().map(|it| it.as_str()).collect();
    let mut facts = vec![
        text("Address", provider.base_url.clone()),
        text("Speaks", speaks.join(", ")),
        text("Kind", provider.kind.as_str().to_owned()),
        text("Network", provider.network.as_str().to_owned()),
        text("Account", provider.tenancy.as_str().to_owned()),
        text("Timeouts", format!("connect {connect}, first byte {first_byte}, idle {stream_idle}, whole {total}")),
        Fact::new("Forwarded headers", Shown::text(provider.forward_headers.join(", "), "those of its dialects")),
    ];
    if let Some(egress) = &provider.egress {
        facts.push(Fact::new("Proxy", Shown::text(egress.proxy.clone().unwrap_or_default(), "none")));
        facts.extend(egress.files().map(|(name, file)| {
            let name = match name {
                "ca_file" => "Trusts",
                "certificate_file" => "Own certificate",
                _ => "Its private key",
            };
            text(name, file.to_owned())
        }));
    }
    facts
}

fn targets(
    reader: &Reader,
    document: &Document,
    traffic: &Traffic,
    id: &str,
    provider: &Provider,
) -> Vec<ProviderTarget> {
    let may_try = sees(&reader.admin.grants, Screen::Playground);
    let models = provider.models.iter();
    models
        .map(|(name, model)| {
            let target = format!("{id}/{name}");
            let standing = traffic.target(&target, model.state, None);
            let of: Vec<&String> = serves(document, &target).collect();
            let trying = of.first().filter(|_| may_try);
            ProviderTarget {
                href: link::target(&target),
                name: name.clone(),
                model: model.model.clone(),
                state: standing.state,
                why: standing.why,
                requests: standing.requests,
                failed: standing.failed,
                first_byte: standing.first_byte,
                try_href: trying.map_or_else(String::new, |group| {
                    Address::default().with("group", group).href(Screen::Playground.path())
                }),
                groups: of.into_iter().map(|it| (it.clone(), link::group(it))).collect(),
            }
        })
        .collect()
}

/// The groups that a target serves.
fn serves<'a>(document: &'a Document, target: &'a str) -> impl Iterator<Item = &'a String> {
    document.groups.iter().filter(move |(_, it)| it.targets.iter().any(|it| it.model == target)).map(|it| it.0)
}
