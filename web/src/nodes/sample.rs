use super::{NodeRow, Nodes};
use crate::{
    Sample, Sampled, Tag, Tone,
    parts::{Absent, Exports, Tab, Why},
    sample::NOW_MS,
    show::{Count, Moment},
};

impl Sampled for Nodes {
    fn sample(of: Sample) -> Self {
        let tab = |text: &str, count, current| Tab {
            text: text.to_owned(),
            href: "/nodes".to_owned(),
            count: Some(Count(of.count(count))),
            current,
        };
        let row = |at: usize| NodeRow {
            id: format!("node_{at}"),
            name: of.name(&["edge-fra-1", "edge-fra-2", "edge-iad-1", "edge-iad-2"], at),
            href: "/nodes/node_1".to_owned(),
            region: of.name(&["eu", "us"], at),
            state: [
                Tag::new(Tone::Good, "current"),
                Tag::new(Tone::Warning, "behind"),
                Tag::new(Tone::Bad, "rejecting"),
                Tag::plain("drained"),
            ][at % 4]
                .clone(),
            held: (41 - at % 3).to_string(),
            lag: Count(at as u64 % 3),
            unsent: (at % 4 != 3).then(|| Count(of.count(at as u64 * 412))),
            build: of.name(&["0.1.0"], at),
            seen: (at % 5 != 4).then(|| Moment { at_ms: NOW_MS - at as i64 * 45_000, now_ms: NOW_MS }),
            problems: if at % 4 == 2 {
                vec![
                    of.name(&["Refuses version 41: group/fast: a policy kind that this build does not know."], at),
                    of.name(&["Somebody else used its credential 2 hours ago."], at + 1),
                ]
            } else {
                Vec::new()
            },
        };
        Self {
            tabs: vec![tab("Present", 4, true), tab("All", 9, false)],
            version: "41".to_owned(),
            rows: (0..of.rows(4, 60)).map(row).collect(),
            absent: Absent::new(
                Why::NotYet,
                "No router has joined",
                "A router joins with a command that is good once.",
            )
            .go("Add a router", "/nodes/join")
            .command("smart-router node join-token"),
            exports: Exports::sample("/nodes/export"),
            join_href: Some("/nodes/join".to_owned()),
            command: "smart-router node list".to_owned(),
        }
    }
}
