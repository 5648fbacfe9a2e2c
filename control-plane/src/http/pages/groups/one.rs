use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    Document,
    document::{Caller, Group, GroupTarget, TargetState},
    permission::Action,
};
use web::{
    Screen, Shown,
    groups::{GroupPage, GroupTargetRow},
    parts::{Absent, Crumb, Fact, Table, Why},
    show::{Count, Money, UnitPrice},
};

use super::{Ground, Reader, Traffic, Wrong, href, lives, meant, sees, this_month};
use crate::{
    clock::now_ms,
    http::{
        App,
        input::InPath,
        pages::{address::Address, catalogue, editing, ground::step},
    },
};

/// One group.
pub async fn show(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    let ground = Ground::of(&app, &reader).await?;
    let group = ground.group(&id)?;
    let view = view(&app, &reader, &ground, &id, group).await?;
    Ok(reader.shows_titled(Screen::Groups, &id, &view).into_response())
}

async fn view(app: &App, reader: &Reader, ground: &Ground, id: &str, group: &Group) -> Result<GroupPage, Wrong> {
    let now = now_ms();
    let document = &ground.document;
    let traffic = Traffic::of(app, reader, now).await?;
    let of_it = Address { since: "24h".to_owned(), filters: vec![format!("group={id}")], ..Address::default() };
    let grants = &reader.admin.grants;
    let there = |screen: Screen, href: String| if sees(grants, screen) { href } else { String::new() };
    Ok(GroupPage {
        crumbs: vec![Crumb::new("Model groups", "/groups")],
        name: id.to_owned(),
        purpose: group.contract.purpose.clone().unwrap_or_default(),
        state: traffic.together(&lives(document, group)),
        editing: editing::editing(app, reader, Action::GroupWrite, group.project.as_deref()),
        edit_href: format!("{}/edit", href(id)),
        remove_href: format!("{}/remove", href(id)),
        requests_href: there(Screen::Requests, of_it.href(Screen::Requests.path())),
        explore_href: there(Screen::Explore, of_it.href(Screen::Explore.path())),
        explain_href: there(Screen::Playground, Address::default().with("group", id).href(Screen::Playground.path())),
        contract: contract(group),
        rules: rules(group),
        meant: meant(document, group),
        was: traffic.split(id),
        targets: group.targets.iter().map(|it| target(document, &traffic, id, it, now)).collect(),
        callers: callers(app, reader, document, id, now).await?,
        command: format!("smart-router report --filter group={id} --group-by model --since 24h"),
    })
}

fn words<'a>(all: impl IntoIterator<Item = &'a str>) -> String {
    all.into_iter().collect::<Vec<_>>().join(", ")
}

fn contract(group: &Group) -> Vec<Fact> {
    let contract = &group.contract;
    vec![
        Fact::new("Aliases", Shown::text(words(group.aliases.iter().map(String::as_str)), "none")),
        Fact::new("Dialects", Shown::text(words(contract.dialects.iter().map(|it| it.as_str())), "all")),
        Fact::new(
            "Modalities",
            Shown::text(words(contract.modalities.iter().map(|it| it.as_str())), "all that targets read"),
        ),
        Fact::new("Project", Shown::text(group.project.clone().unwrap_or_default(), "none: offered to all")),
    ]
}

fn rules(group: &Group) -> Vec<Fact> {
    let text = |name, value: &str| Fact::new(name, Shown::Text(value.to_owned()));
    let told: Vec<&str> = [(group.reveal.target, "target"), (group.reveal.cost, "cost")]
        .into_iter()
        .filter(|it| it.0)
        .map(|it| it.1)
        .collect();
    vec![
        text("Policy", group.policy.kind.as_str()),
        text("Attempts", &format!("at most {}", group.fallback.max_attempts)),
        Fact::new("Moves on after", Shown::text(words(group.fallback.on.iter().map(|it| it.as_str())), "nothing")),
        text("Fidelity", group.fidelity.as_str()),
        text("Early keep-alive", if group.early_keep_alive { "yes" } else { "no" }),
        Fact::new("Reveals", Shown::text(told.join(", "), "nothing")),
    ]
}

fn target(document: &Document, traffic: &Traffic, group: &str, it: &GroupTarget, now_ms: i64) -> GroupTargetRow {
    let model = document.target(&it.model).map(|it| it.1);
    let life = model.map_or(TargetState::Retired, |it| it.state);
    let standing = traffic.target(&it.model, life, Some(group));
    let price = model.and_then(|it| catalogue::price_at(&it.prices, now_ms));
    GroupTargetRow {
        name: it.model.clone(),
        href: catalogue::href(&it.model),
        weight: Count(it.weight.into()),
        state: standing.state,
        why: standing.why,
        requests: standing.requests,
        failed: standing.failed,
        first_byte: standing.first_byte,
        prices: price.map(|it| (UnitPrice(it.input.nanos().into()), UnitPrice(it.output.nanos().into()))),
    }
}

async fn callers(app: &App, reader: &Reader, document: &Document, id: &str, now_ms: i64) -> Result<Table, Wrong> {
    let used = this_month(app, reader, "caller", &[format!("group={id}")], now_ms).await?;
    let may = document.callers.iter().filter(|caller| caller.allow.iter().any(|it| it == id));
    let leads = sees(&reader.admin.grants, Screen::Projects);
    let row = |it: &Caller| {
        let (requests, spend) = used.get(&it.id).copied().unwrap_or_default();
        vec![
            if leads {
                Shown::Link(it.id.clone(), format!("/callers/{}", step(&it.id)))
            } else {
                Shown::Text(it.id.clone())
            },
            Shown::text(it.project.clone().unwrap_or_default(), "none"),
            Shown::Count(Count(requests)),
            Shown::Money(Money(spend.into())),
        ]
    };
    let mut rows: Vec<(u64, Vec<Shown>)> = may.map(|it| (used.get(&it.id).map_or(0, |it| it.0), row(it))).collect();
    rows.sort_by_key(|it| std::cmp::Reverse(it.0));
    let absent =
        Absent::new(Why::NotYet, "Nobody may use it", "A caller may use the groups that its allow list names.");
    Ok(Table {
        caption: "Callers that may use it".to_owned(),
        columns: vec!["Caller", "Project", "Requests this month", "Spend this month"],
        rows: rows.into_iter().map(|it| it.1).collect(),
        absent: if leads { absent.go("Callers", "/projects") } else { absent },
    })
}
