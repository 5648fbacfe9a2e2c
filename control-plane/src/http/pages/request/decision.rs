use control_plane_core::usage::{Candidate, UsageRecord};
use data_plane_core::decide::eligible::Reason;
use web::{
    Tag, Tone,
    request_detail::{CandidateView, DecisionView},
};

/// How the target of a request was chosen, in words.
pub fn view(record: &UsageRecord) -> DecisionView {
    let mut candidates: Vec<&Candidate> = record.candidates.iter().collect();
    candidates.sort_by_key(|it| (!it.eligible, if it.rank == 0 { u32::MAX } else { it.rank }));
    DecisionView {
        words: words(record),
        group: record.group.clone(),
        group_href: String::new(),
        policy: record.policy.clone(),
        candidates: candidates.into_iter().map(|it| candidate(record, it)).collect(),
    }
}

fn words(record: &UsageRecord) -> String {
    if record.candidates.is_empty() {
        return "It was refused before a target was looked for.".to_owned();
    }
    let able = record.candidates.iter().filter(|it| it.eligible).count();
    let all = record.candidates.len();
    let served = record.attempts.iter().find(|it| it.class == "ok").map(|it| it.target.as_str());
    let first = record.candidates.iter().find(|it| it.rank == 1).map(|it| it.target.as_str());
    let could = format!("{able} of {all} targets could serve it.");
    match (served, first) {
        (Some(served), Some(first)) if served == first => {
            format!("{could} The policy {} put {served} first, and it answered.", record.policy)
        }
        (Some(served), Some(first)) => {
            format!("{could} The policy {} put {first} first; it failed, and {served} answered.", record.policy)
        }
        (None, _) if able == 0 => could,
        _ => format!("{could} None of those that were asked answered."),
    }
}

fn candidate(record: &UsageRecord, it: &Candidate) -> CandidateView {
    let tried = record.attempts.iter().rev().find(|attempt| attempt.target == it.target);
    let fate = match tried {
        _ if !it.eligible => Tag::plain("cannot serve"),
        Some(attempt) if attempt.class == "ok" => Tag::new(Tone::Good, "served"),
        Some(_) => Tag::new(Tone::Bad, "failed"),
        None => Tag::plain("not needed"),
    };
    CandidateView {
        target: it.target.clone(),
        rank: (it.rank > 0).then_some(it.rank),
        score: if it.eligible { format!("{:.3}", it.score) } else { String::new() },
        fate,
        reasons: it.reasons.iter().map(|code| (meaning(code), code.clone())).collect(),
    }
}

/// What a reason means; a newer router may have others.
fn meaning(code: &str) -> String {
    let name = code.split(':').next().unwrap_or(code);
    Reason::parse(name).map_or_else(|| code.to_owned(), |it| it.meaning().to_owned())
}
