use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    Document,
    document::{Model, Price, UsdPerMtok},
    permission::Action,
};
use web::{
    Screen, Shown, Tag, Tone,
    catalogue::ModelPage,
    parts::{Absent, Crumb, Fact, Table, Why},
    show::{Count, UnitPrice},
};

use super::{Ground, Reader, Wrong, href, life, missing, price_at, sees};
use crate::{
    clock::now_ms,
    http::{
        App,
        input::InPath,
        pages::{editing, link},
    },
};

/// One model.
pub async fn show(
    State(app): State<App>,
    reader: Reader,
    InPath((provider, name)): InPath<(String, String)>,
) -> Result<Response, Wrong> {
    let ground = Ground::of(&app, &reader).await?;
    let target = format!("{provider}/{name}");
    let (_, model) = ground.document.target(&target).ok_or_else(|| missing("model", &target))?;
    let editing = editing::editing(&app, &reader, Action::ProviderWrite, None);
    let mut crumbs = vec![Crumb::new("Catalogue", "/catalogue")];
    if sees(&reader.admin.grants, Screen::Providers) {
        crumbs.push(Crumb::new(provider.clone(), link::provider(&provider)));
    }
    let price_href = format!("{}/price", href(&target));
    let view = ModelPage {
        crumbs,
        state: life(model.state),
        edit_href: format!("{}/edit", href(&target)),
        remove_href: format!("{}/remove", href(&target)),
        abilities: abilities(model),
        prices: prices(model, now_ms(), editing.is_open().then_some(price_href.as_str())),
        groups: serving(&ground.document, &target),
        command: format!("smart-router report --filter model={target} --since 24h"),
        name: target,
        price_href,
        editing,
    };
    let title = view.name.clone();
    Ok(reader.shows_titled(Screen::Catalogue, &title, &view).into_response())
}

fn abilities(model: &Model) -> Vec<Fact> {
    let text = |name, value: String| Fact::new(name, Shown::Text(value));
    let kinds = |all: &[control_plane_core::document::Modality]| {
        all.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(", ")
    };
    let tools: Vec<String> =
        model.tools.iter().map(|(dialect, types)| format!("{}: {}", dialect.as_str(), types.join(", "))).collect();
    let yes = |it: bool| if it { "yes" } else { "no" }.to_owned();
    let cap = &model.output_cap;
    let field = cap.field.map_or("as the client says", |it| it.as_str());
    vec![
        text("Provider's name", model.model.clone()),
        Fact::new("Context", Shown::count(model.context_tokens, "not checked")),
        Fact::new("Most output", Shown::count(model.max_output_tokens, "not checked")),
        text("Reads", kinds(&model.modalities.input)),
        text("Writes", kinds(&model.modalities.output)),
        Fact::new("Tools", Shown::text(tools.join("; "), "all that clients run themselves")),
        text("Structured outputs", yes(model.structured_outputs)),
        text(
            "Reasoning",
            match (&model.reasoning.efforts[..], model.reasoning.supported) {
                (_, false) => "no".to_owned(),
                ([], true) => "yes".to_owned(),
                (efforts, true) => efforts.join(", "),
            },
        ),
        text("Output cap", format!("{field}{}", if cap.honored { "" } else { ", not honoured" })),
    ]
}

/// All prices, the latest first, those of the future on top.
fn prices(model: &Model, now_ms: i64, price_href: Option<&str>) -> Table {
    let applies = price_at(&model.prices, now_ms);
    let mut all: Vec<&Price> = model.prices.iter().collect();
    all.sort_by_key(|it| std::cmp::Reverse(it.from));
    let money = |it: UsdPerMtok| Shown::Price(UnitPrice(it.nanos().into()));
    let or_input = |it: Option<UsdPerMtok>| it.map_or(Shown::Missing("as input"), money);
    let row = |it: &Price| {
        let state = if Some(it) == applies {
            Tag::new(Tone::Good, "applies now")
        } else if it.from.is_some_and(|it| it.start_ms() > now_ms) {
            Tag::new(Tone::Note, "to come")
        } else {
            Tag::plain("past")
        };
        vec![
            it.from.map_or(Shown::Missing("always"), |it| Shown::Text(it.to_string())),
            Shown::Tag(state),
            money(it.input),
            or_input(it.cached_input),
            or_input(it.cache_write_5m),
            or_input(it.cache_write_1h),
            money(it.output),
            Shown::text(it.source.clone().unwrap_or_default(), "not said"),
        ]
    };
    let absent = Absent::new(Why::NotYet, "No price", "Its requests count as free until there is one.");
    Table {
        caption: "Prices".to_owned(),
        columns: vec!["From", "State", "Input", "Cached", "Written, 5 min", "Written, 1 h", "Output", "Source"],
        rows: all.into_iter().map(row).collect(),
        absent: price_href.map_or(absent.clone(), |it| absent.go("New price", it)),
    }
}

fn serving(document: &Document, target: &str) -> Table {
    let rows = document.groups.iter().filter_map(|(id, group)| {
        let it = group.targets.iter().find(|it| it.model == target)?;
        Some(vec![
            Shown::Link(id.clone(), link::group(id)),
            Shown::Text(group.policy.kind.as_str().to_owned()),
            Shown::Count(Count(it.weight.into())),
        ])
    });
    Table {
        caption: "Groups".to_owned(),
        columns: vec!["Group", "Policy", "Weight"],
        rows: rows.collect(),
        absent: Absent::new(Why::NotYet, "No group", "Nobody can call it until a group has it as a target.")
            .go("Groups", "/groups"),
    }
}
