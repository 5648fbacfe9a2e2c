use super::{AuditPage, AuditRow};
use crate::{
    Sample, Sampled, Tag, Tone,
    parts::{Absent, Exports, Pager, Sieve, SieveChoice, Tab, Why},
    sample::NOW_MS,
    show::Moment,
};

impl Sampled for AuditPage {
    fn sample(of: Sample) -> Self {
        let tab = |text: &str, current| Tab { text: text.to_owned(), href: "/audit".to_owned(), count: None, current };
        let options = |all: &str, some: &[&str]| {
            let each = some.iter().map(|&it| (it.to_owned(), it.to_owned()));
            std::iter::once((String::new(), all.to_owned())).chain(each).collect()
        };
        let choice = |name, label, options| SieveChoice { name, label, options, value: String::new() };
        let row = |at: usize| AuditRow {
            id: (4_120 - at).to_string(),
            at: Moment { at_ms: NOW_MS - at as i64 * 5_400_000, now_ms: NOW_MS },
            who: of.name(&["Ana Lovelace", "admin-token/ci", "system"], at),
            from: of.name(&["192.0.2.7", ""], at),
            what: [Tag::plain("config.apply"), Tag::new(Tone::Bad, "token.revoke"), Tag::plain("node.join")][at % 3]
                .clone(),
            target: of.name(&["version/41", "token/a1b2c3d4", "node/edge-fra-1"], at),
            href: if at % 3 == 2 { String::new() } else { "/tokens/a1b2c3d4".to_owned() },
            version: if at % 3 == 2 { String::new() } else { (41 - at % 30).to_string() },
            detail: of.name(&["More for the cheap one", "laptop was lost", ""], at),
        };
        Self {
            tabs: vec![tab("Changes", true), tab("Admin access", false)],
            sieve: Sieve {
                choices: vec![
                    choice("actor", "Who", options("Anybody", &["Ana Lovelace", "system"])),
                    choice("action", "What", options("Any action", &["config.apply", "token.revoke"])),
                    choice("since", "Since", options("Ever", &["24h", "7d", "30d"])),
                ],
                kept: Vec::new(),
                placeholder: "Target or text",
                ..Sieve::sample(of, "/audit")
            },
            rows: (0..of.rows(7, 100)).map(row).collect(),
            absent: Absent::new(Why::NotKept, "Nothing is kept of that time", "Admin access is kept for 90 days."),
            pager: Pager { first_href: Some("/audit".to_owned()), next_href: Some("/audit?before=4000".to_owned()) },
            exports: Exports::sample("/audit/export"),
            command: "smart-router audit".to_owned(),
        }
    }
}
