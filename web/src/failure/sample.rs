use super::{FailureKind, FailurePage};
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
            detail: match of {
                Sample::Empty => String::new(),
                _ => of.name(&["It has not answered for 20 seconds."], 0),
            },
            request_id: "adm_01jdc8k2f0m7".to_owned(),
            ways: vec![("Overview".to_owned(), "/overview".to_owned()), ("Nodes".to_owned(), "/nodes".to_owned())],
            kept: match of {
                Sample::Normal => vec![kept(0)],
                Sample::Huge | Sample::Hostile => (0..3).map(kept).collect(),
                Sample::Empty => Vec::new(),
            },
        }
    }
}
