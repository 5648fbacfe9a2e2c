use data_plane_core::config::Caller;
use sha2::{Digest as _, Sha256};

/// Whose stored responses they are: a project's, or one caller's where it has no project. Nobody else finds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scope {
    kind: &'static str,
    id: String,
}

/// Under which a record is kept. It tells nothing about whose it is, nor its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct RecordKey(pub [u8; 32]);

impl Scope {
    pub fn of(caller: &Caller) -> Self {
        if caller.project.is_empty() {
            Self { kind: "caller", id: caller.id.clone() }
        } else {
            Self { kind: "project", id: caller.project.clone() }
        }
    }

    /// Of a whole answer.
    pub fn response(&self, id: &str) -> RecordKey {
        self.key("response", id)
    }

    /// Of one output item, which later requests may refer to by its id alone.
    pub fn item(&self, id: &str) -> RecordKey {
        self.key("item", id)
    }

    fn key(&self, what: &str, id: &str) -> RecordKey {
        let mut hasher = Sha256::new();
        for part in ["smart-router/stored-response/v1", what, self.kind, &self.id, id] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        RecordKey(hasher.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Scope;

    #[test]
    fn no_two_records_share_a_key() {
        let scope = |kind, id: &str| Scope { kind, id: id.to_owned() };
        let scopes = [scope("project", "a"), scope("project", "ab"), scope("caller", "a"), scope("caller", "")];
        let ids = ["", "a", "b", "resp_1"];
        let keys: HashSet<_> =
            scopes.iter().flat_map(|scope| ids.iter().flat_map(|id| [scope.response(id), scope.item(id)])).collect();
        assert_eq!(keys.len(), scopes.len() * ids.len() * 2);
    }
}
