use std::collections::HashMap;

use super::{Caller, Token};

/// What is closed, because a part of the configuration restricts it in a way that this version does not understand. Each
/// door has the reason for which it is closed.
#[derive(Clone, Debug, Default)]
pub struct Closed {
    everything: Option<String>,
    callers: HashMap<String, String>,
    tokens: HashMap<String, String>,
    groups: HashMap<String, String>,
    projects: HashMap<String, String>,
}

impl Closed {
    /// Closes what that key names: `caller/<id>`, `token/<id>`, `group/<id>`, `project/<id>`, `*`. Whatever else it is, it
    /// restricts something that this version cannot tell from the rest: everything is closed.
    pub fn close(&mut self, door: &str, reason: &str) {
        let doors = match door.split_once('/') {
            Some(("caller", id)) => (&mut self.callers, id),
            Some(("token", id)) => (&mut self.tokens, id),
            Some(("group", id)) => (&mut self.groups, id),
            Some(("project", id)) => (&mut self.projects, id),
            _ => {
                self.everything.get_or_insert_with(|| reason.to_owned());
                return;
            }
        };
        doors.0.entry(doors.1.to_owned()).or_insert_with(|| reason.to_owned());
    }

    /// Why the token is, whoever's it is; `None`: it is not.
    pub fn token(&self, token: &Token) -> Option<&str> {
        self.tokens.get(&token.id).map(String::as_str)
    }

    /// Why the caller is, by its name, by its project's, or with everything; `None`: it is not.
    pub fn caller(&self, caller: &Caller) -> Option<&str> {
        let named = self.callers.get(&caller.id).or_else(|| self.projects.get(&caller.project));
        named.or(self.everything.as_ref()).map(String::as_str)
    }

    /// Why the group of that name is; `None`: it is not.
    pub fn group(&self, id: &str) -> Option<&str> {
        self.groups.get(id).map(String::as_str)
    }

    /// How many doors there are.
    pub fn count(&self) -> usize {
        let named = self.callers.len() + self.tokens.len() + self.groups.len() + self.projects.len();
        named + usize::from(self.everything.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Limits;

    fn caller(id: &str, project: &str) -> Caller {
        Caller {
            id: id.to_owned(),
            user: String::new(),
            project: project.to_owned(),
            environment: String::new(),
            allow: Vec::new(),
            default_group: None,
            scopes: Vec::new(),
            limits: Limits::default(),
            disabled: false,
        }
    }

    #[test]
    fn a_door_closes_what_it_names_and_nothing_else() {
        let mut closed = Closed::default();
        closed.close("caller/ana", "one");
        closed.close("caller/ana", "another");
        closed.close("project/search", "two");
        closed.close("group/fast/er", "three");
        assert_eq!(closed.caller(&caller("ana", "")), Some("one"));
        assert_eq!(closed.caller(&caller("bo", "search")), Some("two"));
        assert_eq!(closed.caller(&caller("bo", "")), None);
        assert_eq!((closed.group("fast/er"), closed.group("ana"), closed.count()), (Some("three"), None, 3));
    }

    #[test]
    fn an_unknown_door_closes_everything() {
        for door in ["*", "team/red", "", "caller"] {
            let mut closed = Closed::default();
            closed.close(door, "why");
            assert_eq!(closed.caller(&caller("ana", "")), Some("why"), "{door}");
        }
    }
}
