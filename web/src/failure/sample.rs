use super::{FailureKind, FailurePage, SentForm};
use crate::{Sample, Sampled};

impl Sampled for FailurePage {
    fn sample(of: Sample) -> Self {
        let kept = |at| (of.name(&["Configuration", "Comment"], at), of.name(&["groups:\n  - name: fast"], at + 1));
        Self {
            kind: match of {
                Sample::Empty => FailureKind::NotFound,
                Sample::Normal => FailureKind::DatabaseAway,
                Sample::Huge => FailureKind::Broken,
                Sample::Hostile => FailureKind::NotPermitted,
            },
            status: match of {
                Sample::Empty => 404,
                Sample::Normal => 503,
                Sample::Huge => 500,
                Sample::Hostile => 403,
            },
            mistakes: match of {
                Sample::Huge | Sample::Hostile => (0..4).map(|at| of.name(&["`since` is no time"], at)).collect(),
                Sample::Empty | Sample::Normal => Vec::new(),
            },
            help: match of {
                Sample::Normal | Sample::Huge => Some(("Try again".to_owned(), "/groups/fast/edit".to_owned())),
                Sample::Empty | Sample::Hostile => None,
            },
            detail: match of {
                Sample::Empty => String::new(),
                _ => of.name(&["It has not answered for 20 seconds."], 0),
            },
            request_id: "req_0f3a8c41d97be2560f3a8c41d97be256".to_owned(),
            ways: vec![("Overview".to_owned(), "/overview".to_owned()), ("Nodes".to_owned(), "/nodes".to_owned())],
            kept: match of {
                Sample::Normal => vec![kept(0)],
                Sample::Huge | Sample::Hostile => (0..3).map(kept).collect(),
                Sample::Empty => Vec::new(),
            },
            again: (of == Sample::Normal).then(|| SentForm {
                action: "/groups/fast/edit".to_owned(),
                fields: vec![("purpose".to_owned(), "Short answers".to_owned())],
            }),
        }
    }
}
