use axum::{extract::State, response::Response};
use control_plane_core::resource::Resource;
use serde_json::{Value, json};
use web::{
    Screen,
    form::{FormSection, Mistake},
    parts::Crumb,
};

use super::{
    Reader, Wrong,
    form::{about, section},
    href,
};
use crate::{
    http::{
        App,
        input::InPath,
        pages::edit::{self as flow, About, EditedPart, Filled, Spec, SpecKind, field_at},
    },
    manage::config::edit::Edit,
};

/// A price as it is added, in the list of its model.
static NEW_PRICE: [Spec; 7] = [
    Spec {
        name: "from",
        label: "From",
        help: "The first day on which it applies, at 00:00 UTC. Empty: always. One of that day is replaced.",
        at: &["from"],
        kind: SpecKind::Line("2026-12-01"),
    },
    Spec {
        name: "input",
        label: "Input",
        help: "US dollars per million tokens.",
        at: &["input"],
        kind: SpecKind::Needed("0.25"),
    },
    Spec {
        name: "cached_input",
        label: "Cached input",
        help: "Empty: as input.",
        at: &["cached_input"],
        kind: SpecKind::Line("0.025"),
    },
    Spec {
        name: "cache_write_5m",
        label: "Written to the cache, 5 minutes",
        help: "Empty: as input.",
        at: &["cache_write_5m"],
        kind: SpecKind::Line(""),
    },
    Spec {
        name: "cache_write_1h",
        label: "Written to the cache, 1 hour",
        help: "Empty: as input.",
        at: &["cache_write_1h"],
        kind: SpecKind::Line(""),
    },
    Spec { name: "output", label: "Output", help: "Reasoning included.", at: &["output"], kind: SpecKind::Needed("2") },
    Spec {
        name: "source",
        label: "Source",
        help: "Where it was found.",
        at: &["source"],
        kind: SpecKind::Line("https://openai.com/pricing"),
    },
];

/// The form of a price of a model.
struct PriceForm {
    provider: String,
    model: String,
}

impl EditedPart for PriceForm {
    fn about(&self) -> About {
        let target = format!("{}/{}", self.provider, self.model);
        let path = href(&target);
        let crumbs = vec![Crumb::new("Catalogue", "/catalogue"), Crumb::new(&target, &path)];
        about(Screen::Catalogue, crumbs, format!("New price of {target}"), format!("{path}/price"), path)
    }

    fn filled(&self, _: &Value) -> Filled {
        NEW_PRICE.iter().fold(Filled::default(), |filled, it| it.fill(filled, &Value::Null))
    }

    fn sections(&self, filled: &Filled, _: &Value) -> Vec<FormSection> {
        let fields = NEW_PRICE.iter().map(|it| it.shown(filled)).collect();
        vec![section("Price", "What was paid before stays as it was: requests keep the price of their day.", fields)]
    }

    fn edit(&self, filled: &Filled, document: &Value) -> Result<Edit, Vec<Mistake>> {
        let resource = Resource::Prices(self.provider.clone(), self.model.clone());
        let mut all = resource.get(document).and_then(Value::as_array).cloned().unwrap_or_default();
        let mut price = json!({});
        for it in &NEW_PRICE {
            it.take(filled, &mut price);
        }
        match all.iter_mut().find(|it| it.get("from") == price.get("from")) {
            Some(there) => *there = price,
            None => all.push(price),
        }
        Ok(Edit::Put(resource, Value::from(all)))
    }

    fn field(&self, pointer: &str) -> String {
        let Some((_, rest)) = pointer.split_once("/prices/") else { return String::new() };
        rest.find('/').map_or_else(String::new, |at| field_at(&NEW_PRICE, &rest[at..]))
    }

    fn done(&self, _: &Filled) -> String {
        href(&format!("{}/{}", self.provider, self.model))
    }
}

/// The form of a price.
pub async fn price(
    State(app): State<App>,
    reader: Reader,
    InPath((provider, model)): InPath<(String, String)>,
) -> Result<Response, Wrong> {
    flow::is_there(&app, &reader, &Resource::Model(provider.clone(), model.clone())).await?;
    flow::open(&app, reader, &PriceForm { provider, model }).await
}

/// Adds it.
pub async fn add_price(
    State(app): State<App>,
    reader: Reader,
    InPath((provider, model)): InPath<(String, String)>,
    filled: Filled,
) -> Result<Response, Wrong> {
    flow::sent(&app, reader, &PriceForm { provider, model }, filled).await
}
