use control_plane_core::insight::{Amounts, Metric, SeriesLine};
use web::{
    chart::Spark,
    overview::Tile,
    show::{Count, Delta, Millis, Money, Percent, Wish},
};

use super::{Glance, Wrong};
use crate::manage::insight;

/// What goes with time on the tiles.
const SPARKS: [Metric; 6] =
    [Metric::Spend, Metric::Requests, Metric::Tokens, Metric::ErrorRate, Metric::LatencyP95, Metric::FirstByteP95];

impl Glance<'_> {
    /// The figures on top, beside those of the period before.
    pub(super) async fn tiles(&self) -> Result<Vec<Tile>, Wrong> {
        let totals = insight::totals(self.store, self.seen, self.totals()?).await?;
        let over_time = insight::series(self.store, self.seen, self.series(&SPARKS, "", "", 1)?).await?;
        let (now, before) = (&totals.now, &totals.before);
        let minutes = (totals.request.period.until_ms() - totals.request.period.since_ms()) as f64 / 60_000.0;
        let tile = |metric: Metric, name, value: String, wish, detail: String| Tile {
            name,
            value,
            delta: delta(metric, now, before, wish),
            detail,
            spark: spark(&over_time.now.total, metric),
            href: self.explore(&[("metric", metric.as_str())]),
        };
        let sums = &now.measures;
        let money = Money(sums.cost_nanousd.into());
        let each = Money(sums.cost_nanousd.checked_div(sums.requests).unwrap_or_default().into());
        let millis = |metric: Metric| Millis(metric.value(now));
        Ok(vec![
            tile(Metric::Spend, "Spend", money.to_string(), Wish::Neither, format!("{} a request", each.short())),
            tile(
                Metric::Requests,
                "Requests",
                Count(sums.requests).to_string(),
                Wish::More,
                pace(sums.requests as f64 / minutes.max(1.0)),
            ),
            tile(
                Metric::Tokens,
                "Tokens",
                Count(sums.input_tokens.saturating_add(sums.output_tokens)).to_string(),
                Wish::Neither,
                tokens(now),
            ),
            tile(
                Metric::ErrorRate,
                "Errors",
                Percent(Metric::ErrorRate.value(now).unwrap_or_default()).to_string(),
                Wish::Less,
                format!("{} failed, {} fell back", Count(sums.errors).short(), Count(sums.fallbacks).short()),
            ),
            tile(
                Metric::LatencyP95,
                "Latency p95",
                millis(Metric::LatencyP95).to_string(),
                Wish::Less,
                format!("p50 {}", millis(Metric::LatencyP50).short()),
            ),
            tile(
                Metric::FirstByteP95,
                "Time to first byte p95",
                millis(Metric::FirstByteP95).to_string(),
                Wish::Less,
                format!("p50 {}", millis(Metric::FirstByteP50).short()),
            ),
        ])
    }
}

fn tokens(of: &Amounts) -> String {
    let sums = &of.measures;
    let cached = if sums.input_tokens > 0 { sums.cached_input_tokens as f64 / sums.input_tokens as f64 } else { 0.0 };
    format!(
        "{} in ({} cached), {} out",
        Count(sums.input_tokens).short(),
        Percent(cached).short(),
        Count(sums.output_tokens).short()
    )
}

fn delta(metric: Metric, now: &Amounts, before: &Amounts, wish: Wish) -> Option<Delta> {
    Some(Delta { now: metric.value(now)?, before: metric.value(before)?, wish })
}

fn spark(line: &SeriesLine, metric: Metric) -> Spark {
    Spark(line.points.iter().map(|it| metric.value(it).unwrap_or_default()).collect())
}

/// So many a minute, an hour or a day: the shortest of which there is one.
fn pace(a_minute: f64) -> String {
    let (number, unit) = match a_minute {
        it if it >= 0.95 => (it, "minute"),
        it if it * 60.0 >= 0.95 => (it * 60.0, "hour"),
        it => (it * 1440.0, "day"),
    };
    format!(
        "{} {unit}",
        if number >= 99.5 { format!("{} a", Count(number as u64).short()) } else { format!("{number:.1} a") }
    )
}
