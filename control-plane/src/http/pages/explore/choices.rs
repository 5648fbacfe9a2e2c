use control_plane_core::{
    insight::{Bucket, Metric},
    report::{Dimension, Subject},
};
use web::{Icon, PickOption, Screen, Switch, explore::ChoiceGroup};

use super::{Drawn, Question};
use crate::http::pages::charts::name_of;

/// How many lines can be asked for.
const TOPS: [usize; 4] = [5, 10, 20, 50];

/// Metrics, under what they are about.
const METRICS: [(&str, &[Metric]); 5] = [
    ("Money", &[Metric::Spend]),
    ("Requests", &[Metric::Requests, Metric::Errors, Metric::ErrorRate, Metric::Fallbacks]),
    (
        "Tokens",
        &[
            Metric::Tokens,
            Metric::InputTokens,
            Metric::OutputTokens,
            Metric::CachedInputTokens,
            Metric::ReasoningTokens,
            Metric::TokensPerSecond,
        ],
    ),
    ("Latency", &[Metric::LatencyP50, Metric::LatencyP90, Metric::LatencyP95, Metric::LatencyP99]),
    ("Time to first byte", &[Metric::FirstByteP50, Metric::FirstByteP90, Metric::FirstByteP95, Metric::FirstByteP99]),
];

/// A text as a title has it.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|it| it.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A dimension as people call it.
pub fn dimension(it: Dimension) -> String {
    match it {
        Dimension::Group => "Model group".to_owned(),
        Dimension::Ip => "Address".to_owned(),
        other => capital(other.as_str()),
    }
}

pub fn metrics(question: &Question<'_>) -> Vec<ChoiceGroup> {
    let choice = |&it: &Metric| PickOption {
        value: it.as_str().to_owned(),
        label: capital(&name_of(it)),
        current: it == question.metric,
    };
    METRICS.iter().map(|(title, all)| ChoiceGroup { title, choices: all.iter().map(choice).collect() }).collect()
}

/// What lines are told apart by, first or then.
pub fn groups(chosen: Option<Dimension>) -> Vec<PickOption> {
    let nothing = PickOption { value: String::new(), label: "Nothing".to_owned(), current: chosen.is_none() };
    let all = Subject::Requests.dimensions().iter().filter(|it| **it != Dimension::Hour);
    let choice = |&it: &Dimension| PickOption {
        value: it.as_str().to_owned(),
        label: dimension(it),
        current: chosen == Some(it),
    };
    std::iter::once(nothing).chain(all.map(choice)).collect()
}

pub fn buckets(question: &Question<'_>) -> Vec<PickOption> {
    let asked = question.address.own("bucket").unwrap_or_default();
    let usual = PickOption { value: String::new(), label: "Automatic".to_owned(), current: asked.is_empty() };
    let choice = |it: Bucket| PickOption {
        value: it.as_str().to_owned(),
        label: if it == Bucket::None { "Whole period".to_owned() } else { capital(it.as_str()) },
        current: it.as_str() == asked,
    };
    std::iter::once(usual).chain(Bucket::ALL.map(choice)).collect()
}

pub fn tops(question: &Question<'_>) -> Vec<PickOption> {
    let mut all = TOPS.to_vec();
    if !all.contains(&question.request.top) {
        all.push(question.request.top);
        all.sort_unstable();
    }
    let choice =
        |it: usize| PickOption { value: it.to_string(), label: it.to_string(), current: it == question.request.top };
    all.into_iter().map(choice).collect()
}

pub fn kinds(question: &Question<'_>) -> Vec<Switch> {
    let names = [
        (Drawn::Lines, "Lines", "chart-line"),
        (Drawn::Stack, "Stack", "chart-area-line"),
        (Drawn::Bars, "Bars", "chart-bar"),
        (Drawn::Heat, "Heat map", "grid-4x4"),
        (Drawn::Table, "Table", "table"),
    ];
    let able = names.into_iter().filter(|(it, ..)| it.can_draw(question.metric));
    able.map(|(it, label, icon)| Switch {
        label: label.to_owned(),
        icon: Some(Icon(icon)),
        href: question.address.with("kind", it.as_str()).href(Screen::Explore.path()),
        current: it == question.drawn,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_can_be_chosen() {
        let offered: Vec<Metric> = METRICS.iter().flat_map(|(_, all)| all.iter().copied()).collect();
        for metric in Metric::ALL {
            assert_eq!(offered.iter().filter(|it| **it == metric).count(), 1, "{}", metric.as_str());
        }
    }
}
