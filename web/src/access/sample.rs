use super::{Access, AccessAnswer, AccessCell, AccessReason, AccessRow, AccessVerdict};
use crate::{
    Sample, Sampled,
    form::Choice,
    parts::{Absent, Exports, Pager, Sieve, Why},
};

impl Sampled for Access {
    fn sample(of: Sample) -> Self {
        let verdicts = [AccessVerdict::Default, AccessVerdict::No, AccessVerdict::Yes, AccessVerdict::Blocked];
        let groups = of.rows(4, 40);
        let group = |at: usize| of.name(&["fast", "smart", "agent", "private"], at);
        let caller = |at: usize| of.name(&["ana-search-dev", "support-bot", "batch-eval", "ci"], at);
        let choice = |name: String, on| Choice { value: name.clone(), text: name, on };
        let reason = |holds, text: &str| AccessReason { holds, text: text.to_owned() };
        Self {
            sieve: Sieve {
                choices: Vec::new(),
                kept: Vec::new(),
                placeholder: "Caller or project",
                ..Sieve::sample(of, "/access")
            },
            groups: (0..groups).map(|at| (group(at), "/groups/fast".to_owned())).collect(),
            rows: (0..of.rows(5, 60))
                .map(|at| AccessRow {
                    caller: caller(at),
                    href: "/callers/ana".to_owned(),
                    project: of.name(&["search", "", "support"], at),
                    cells: (0..groups)
                        .map(|it| AccessCell {
                            verdict: verdicts[(at + it * 3) % 4],
                            why_href: "/access?caller=ana&group=fast".to_owned(),
                        })
                        .collect(),
                })
                .collect(),
            absent: Absent::new(Why::FilteredOut, "No caller is like that", "Look for something else.")
                .go("All callers", "/access"),
            pager: Pager::default(),
            exports: Exports::sample("/access/export"),
            ask_callers: (0..of.rows(4, 60)).map(|at| choice(caller(at), at == 1)).collect(),
            ask_groups: (0..groups).map(|at| choice(group(at), at == 0)).collect(),
            answer: (of != Sample::Empty).then(|| AccessAnswer {
                text: format!("{} cannot use {} now.", caller(1), group(0)),
                verdict: AccessVerdict::Blocked,
                reasons: vec![
                    reason(true, "Its allow list names the group."),
                    reason(true, "The group belongs to no project: all may be allowed to use it."),
                    reason(true, "The caller is not disabled."),
                    reason(false, "It has no token that is active."),
                    reason(true, "2 of 3 targets of the group serve."),
                ],
                go: Some(("New token".to_owned(), "/tokens/new?caller=support-bot".to_owned())),
            }),
            command: "smart-router route explain --caller support-bot --group fast".to_owned(),
        }
    }
}
