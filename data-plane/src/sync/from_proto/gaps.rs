use std::sync::Arc;

use data_plane_core::config::Index;
use proto::Word;
use proto::v1::{Gap, Marks, ResourceError};

use crate::sync::apply::HeldVersion;

/// Features that this version knows, beyond what its kinds and fields say.
const FEATURES: [&str; 0] = [];

/// Collects what is not understood of one resource, and what is wrong with it whoever reads it.
pub(super) struct Gaps<'a> {
    key: String,
    held: &'a HeldVersion,
    mistakes: Vec<ResourceError>,
    found: Vec<Gap>,
    /// It cannot be served as it was meant, though all else was read.
    misread: bool,
}

impl<'a> Gaps<'a> {
    pub(super) fn new(key: &str, held: &'a HeldVersion) -> Self {
        Self { key: key.to_owned(), held, mistakes: Vec::new(), found: Vec::new(), misread: false }
    }

    /// Notes what is not understood: its name, and what was found. Unless [`Self::misread`] is called or nothing is made of
    /// the resource, it is left out and the rest serves.
    pub(super) fn add(&mut self, name: &str, what: &str) {
        let message = format!("{name}: {what}");
        self.found.push(Gap { resource: self.key.clone(), message, closes: Vec::new() });
    }

    /// The entry behind a reference. One that was left out is a gap here, too; one that was never sent is a mistake.
    pub(super) fn refer<'i, T>(&mut self, to: &'i Index<T>, kind: &str, id: &str) -> Option<&'i Arc<T>> {
        let entry = to.get(id);
        if entry.is_none() && self.held.resources.contains_key(format!("{kind}/{id}").as_str()) {
            self.add(&format!("left-out-{kind}"), &format!("the {kind} `{id}` is not understood"));
        } else if entry.is_none() {
            let message = format!("dangling-{kind}: there is no {kind} `{id}`");
            self.mistakes.push(ResourceError { resource: self.key.clone(), message });
        }
        entry
    }

    /// What was noted restricts: nothing may be served as if it were not there.
    pub(super) fn misread(&mut self) {
        self.misread = true;
    }

    pub(super) fn is_misread(&self) -> bool {
        self.misread
    }

    /// Whether all that the resource needs is known.
    pub(super) fn needs(&mut self, marks: &Marks) {
        for feature in marks.needs.iter().filter(|it| !FEATURES.contains(&it.as_str())) {
            self.add("unknown-feature", &format!("it needs `{feature}`, which this router's version does not know"));
            self.misread = true;
        }
    }

    /// The value, or a note that there is no such `what`.
    pub(super) fn known<W: Word>(&mut self, number: i32, what: &str) -> Option<W> {
        let value = W::of(number);
        if value.is_none() {
            self.add(&format!("unknown-{what}"), &format!("number {number} is none that this router knows"));
        }
        value
    }

    /// The values that are known. `None`: there were some, and none is: an empty list would say something else.
    pub(super) fn all_known<W: Word>(&mut self, given: &[i32], what: &str) -> Option<Vec<W>> {
        let read: Vec<W> = given.iter().filter_map(|it| self.known(*it, what)).collect();
        (given.is_empty() || !read.is_empty()).then_some(read)
    }

    /// What was noted, with what is closed because of it, and mistakes.
    pub(super) fn finish(self, marks: &Marks, made: bool) -> (Vec<Gap>, Vec<ResourceError>) {
        let Self { key, mut found, misread, mistakes, .. } = self;
        if misread || !made {
            let closes = doors(&key, marks);
            for gap in &mut found {
                gap.closes.clone_from(&closes);
            }
        }
        (found, mistakes)
    }
}

/// What a resource closes that is not understood. A group of which nothing was made cannot serve, whatever else it names.
fn doors(key: &str, marks: &Marks) -> Vec<String> {
    let own = match key.split('/').next() {
        Some("settings") => Some("*"),
        Some("caller" | "token" | "group" | "project") => Some(key),
        _ => None,
    };
    let mut doors = marks.restricts.clone();
    if doors.is_empty() || (key.starts_with("group/") && !doors.iter().any(|it| it == key)) {
        doors.extend(own.map(str::to_owned));
    }
    doors
}
