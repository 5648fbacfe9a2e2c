use std::collections::BTreeSet;

use super::{Facts, PriceEffect};
use crate::Document;
use crate::document::{Date, Price};

/// Targets that are in both documents, and whose prices differ, day by day.
pub(super) fn changed(before: &Document, after: &Document, facts: &Facts) -> Vec<PriceEffect> {
    let both = before.target_ids().filter(|it| after.target(it).is_some());
    both.flat_map(|target| {
        let prices = |document: &Document| document.target(&target).map(|it| it.1.prices.clone()).unwrap_or_default();
        let (had, has) = (prices(before), prices(after));
        let days: BTreeSet<Option<Date>> = had.iter().chain(&has).map(|it| it.from).collect();
        let on = |prices: &[Price], day: &Option<Date>| prices.iter().find(|it| it.from == *day).map(told);
        let requests_last_day = facts.by_target.get(&target).copied().unwrap_or(0);
        let effect = |day: &Option<Date>| PriceEffect {
            target: target.clone(),
            requests_last_day,
            before: on(&had, day),
            after: on(&has, day),
            from: day.map(|it| it.to_string()),
        };
        days.iter().map(effect).filter(|it| it.before != it.after).collect::<Vec<_>>()
    })
    .collect()
}

/// Everything of a price that somebody pays.
fn told(price: &Price) -> String {
    let Price { input, cached_input, cache_write_5m, cache_write_1h, output, .. } = price;
    let more = [("cached", cached_input), ("write 5m", cache_write_5m), ("write 1h", cache_write_1h)];
    let more = more.into_iter().filter_map(|(name, it)| it.map(|it| format!(", {name} {it}")));
    format!("{input} / {output} USD/Mtok{}", more.collect::<String>())
}
