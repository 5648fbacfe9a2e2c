//! Models of all providers: what they can do, and what they cost since when.

pub(super) mod form;
mod one;
mod price;

use std::collections::BTreeSet;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    Document,
    document::{Modality, Model, Price, TargetState},
    permission::Action,
};
use url::form_urlencoded::Serializer;
use web::{
    Screen, Tag, Tone,
    catalogue::{Catalogue, ModelPrice, ModelRow},
    parts::{Absent, Sieve, SieveChoice, Why},
    show::{Count, UnitPrice},
};

use super::{
    address::Address,
    editing, export,
    ground::{Ground, missing},
    reader::{Reader, sees},
    wrong::Wrong,
};
use crate::{clock::now_ms, http::App};

pub use form::{ask_removal, change, create, new, remove, save};
pub use one::show;
pub use price::{add_price, price};

pub use super::link::target as href;

/// The price that applies at a time: of several, the latest that is not in the future.
pub fn price_at(prices: &[Price], now_ms: i64) -> Option<&Price> {
    let begun = prices.iter().filter(|it| it.from.is_none_or(|from| from.start_ms() <= now_ms));
    begun.max_by_key(|it| it.from)
}

/// The life of a target, as a word with its colour.
fn life(state: TargetState) -> Tag {
    match state {
        TargetState::Active => Tag::new(Tone::Good, state.as_str()),
        TargetState::Validating => Tag::new(Tone::Note, state.as_str()),
        TargetState::Catalog | TargetState::Retired => Tag::plain(state.as_str()),
    }
}

/// All models.
pub async fn list(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let (ground, now) = (Ground::of(&app, &reader).await?, now_ms());
    let (asked, document) = (&reader.address, &ground.document);
    let rows = models(document).filter(|(name, it)| is_asked_for(name, it, asked, now)).map(|(name, model)| ModelRow {
        href: href(&name),
        name,
        model: model.model.clone(),
        state: life(model.state),
        context: model.context_tokens.map(Count),
        abilities: abilities(model),
        price: price_at(&model.prices, now).map(|it| ModelPrice {
            input: UnitPrice(it.input.nanos().into()),
            cached: UnitPrice(it.cached_input.unwrap_or(it.input).nanos().into()),
            output: UnitPrice(it.output.nanos().into()),
        }),
    });
    let editing = editing::making(&app, &reader, Action::ProviderWrite);
    let absent = if models(document).next().is_some() {
        Absent::new(Why::FilteredOut, "No model is like that", "Look for something else.")
            .go("All models", "/catalogue")
    } else if editing.is_open() {
        Absent::new(Why::NotYet, "No models yet", "Models belong to providers.").go("Add a provider", "/providers/new")
    } else {
        Absent::new(Why::NotYet, "No models yet", "Models belong to providers.")
    };
    let view = Catalogue {
        sieve: sieve(asked, document),
        rows: rows.collect(),
        absent,
        exports: export::exports("/catalogue/export", &query(asked)),
        command: "smart-router config export".to_owned(),
        editing,
    };
    Ok(reader.shows(Screen::Catalogue, &view).into_response())
}

/// The columns of the catalogue as a file: a row for each price of each model, and one for a model without.
const COLUMNS: [&str; 16] = [
    "target",
    "model",
    "state",
    "context_tokens",
    "max_output_tokens",
    "input_modalities",
    "output_modalities",
    "structured_outputs",
    "reasoning",
    "price_from",
    "applies",
    "input_usd_per_mtok",
    "cached_input_usd_per_mtok",
    "cache_write_5m_usd_per_mtok",
    "cache_write_1h_usd_per_mtok",
    "output_usd_per_mtok",
];

/// The list as a file, with all prices.
pub async fn exported(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let (ground, now) = (Ground::of(&app, &reader).await?, now_ms());
    let asked = &reader.address;
    let wanted = models(&ground.document).filter(|(name, it)| is_asked_for(name, it, asked, now));
    let rows = wanted.flat_map(|(name, model)| {
        let applies = price_at(&model.prices, now);
        let of = |price: Option<&Price>| {
            let mut row = described(&name, model);
            row.extend(priced(price, price.is_some() && price == applies, now));
            row
        };
        if model.prices.is_empty() { vec![of(None)] } else { model.prices.iter().map(|it| of(Some(it))).collect() }
    });
    export::file("catalogue", asked.own("format").unwrap_or_default(), &COLUMNS, rows)
}

fn described(name: &str, model: &Model) -> Vec<String> {
    let number = |it: Option<u64>| it.map(|it| it.to_string()).unwrap_or_default();
    let kinds = |all: &[Modality]| all.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(" ");
    vec![
        name.to_owned(),
        model.model.clone(),
        model.state.as_str().to_owned(),
        number(model.context_tokens),
        number(model.max_output_tokens),
        kinds(&model.modalities.input),
        kinds(&model.modalities.output),
        model.structured_outputs.to_string(),
        model.reasoning.supported.to_string(),
    ]
}

fn priced(price: Option<&Price>, applies: bool, now_ms: i64) -> Vec<String> {
    let Some(price) = price else { return vec![String::new(); 7] };
    let is_to_come = price.from.is_some_and(|it| it.start_ms() > now_ms);
    let amount = |it: Option<control_plane_core::document::UsdPerMtok>| it.map(|it| it.to_string()).unwrap_or_default();
    vec![
        price.from.map(|it| it.to_string()).unwrap_or_default(),
        if applies {
            "now"
        } else if is_to_come {
            "to come"
        } else {
            "past"
        }
        .to_owned(),
        price.input.to_string(),
        amount(price.cached_input),
        amount(price.cache_write_5m),
        amount(price.cache_write_1h),
        price.output.to_string(),
    ]
}

fn models(document: &Document) -> impl Iterator<Item = (String, &Model)> {
    document
        .providers
        .iter()
        .flat_map(|(id, provider)| provider.models.iter().map(move |(name, it)| (format!("{id}/{name}"), it)))
}

/// What can be chosen: a word, what it is called, and which models have it.
type Ability = (&'static str, &'static str, fn(&Model, i64) -> bool);

const CAN: [Ability; 6] = [
    ("image", "reads images", |it, _| it.modalities.input.contains(&Modality::Image)),
    ("audio", "reads sound", |it, _| it.modalities.input.contains(&Modality::Audio)),
    ("embedding", "embeddings", |it, _| it.modalities.output.contains(&Modality::Embedding)),
    ("reasoning", "reasoning", |it, _| it.reasoning.supported),
    ("structured", "structured outputs", |it, _| it.structured_outputs),
    ("unpriced", "has no price", |it, now| price_at(&it.prices, now).is_none()),
];

fn abilities(model: &Model) -> Vec<String> {
    let of_text = [Modality::Text];
    let reads = model.modalities.input.iter().filter(|it| !of_text.contains(it)).map(|it| it.as_str());
    let writes = model.modalities.output.iter().filter(|it| !of_text.contains(it)).map(|it| it.as_str());
    let writes: Vec<String> = writes.map(|it| format!("writes {it}")).collect();
    let tools = !model.tools.values().any(Vec::is_empty) || model.tools.is_empty();
    let rest =
        [(tools, "tools"), (model.structured_outputs, "structured outputs"), (model.reasoning.supported, "reasoning")];
    let rest = rest.into_iter().filter(|it| it.0).map(|it| it.1.to_owned());
    reads.map(str::to_owned).chain(writes).chain(rest).collect()
}

fn is_asked_for(name: &str, it: &Model, asked: &Address, now_ms: i64) -> bool {
    let own = |key| asked.own(key).unwrap_or_default();
    let (q, provider, can) = (own("q").to_lowercase(), own("provider"), own("can"));
    let has = |text: &str| text.to_lowercase().contains(&q);
    (q.is_empty() || has(name) || has(&it.model))
        && (provider.is_empty() || name.split_once('/').is_some_and(|it| it.0 == provider))
        && CAN.iter().find(|it| it.0 == can).is_none_or(|(_, _, holds)| holds(it, now_ms))
}

const ASKED: [&str; 3] = ["q", "provider", "can"];

fn query(asked: &Address) -> String {
    let mut query = Serializer::new(String::new());
    let own = ASKED.iter().map(|it| (it, asked.own(it).unwrap_or_default())).filter(|it| !it.1.is_empty());
    query.extend_pairs(own);
    query.finish()
}

fn sieve(asked: &Address, document: &Document) -> Sieve {
    let own = |name| asked.own(name).unwrap_or_default().to_owned();
    let all = |words: &str| std::iter::once((String::new(), words.to_owned()));
    let providers: BTreeSet<&String> = document.providers.keys().collect();
    let providers = providers.into_iter().map(|it| (it.clone(), it.clone()));
    let can = CAN.iter().map(|it| (it.0.to_owned(), it.1.to_owned()));
    Sieve {
        action: "/catalogue".to_owned(),
        search: own("q"),
        placeholder: "Model",
        choices: vec![
            SieveChoice {
                name: "provider",
                label: "Provider",
                options: all("Any provider").chain(providers).collect(),
                value: own("provider"),
            },
            SieveChoice {
                name: "can",
                label: "Can",
                options: all("Any ability").chain(can).collect(),
                value: own("can"),
            },
        ],
        kept: Vec::new(),
        clear_href: ASKED.iter().any(|it| !own(it).is_empty()).then(|| "/catalogue".to_owned()),
    }
}
