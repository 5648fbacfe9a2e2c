use proto::v1::ResourceError;

/// Collects what is wrong, each with the resource that is being read.
#[derive(Default)]
pub(super) struct Mistakes {
    resource: String,
    errors: Vec<ResourceError>,
}

impl Mistakes {
    /// What follows concerns this resource.
    pub(super) fn at(&mut self, key: &str) {
        self.resource.clear();
        self.resource.push_str(key);
    }

    /// Notes a mistake: its name, and what was found.
    pub(super) fn add(&mut self, name: &str, what: &str) {
        self.errors.push(ResourceError { resource: self.resource.clone(), message: format!("{name}: {what}") });
    }

    /// The value, or a note that there is no such `what`.
    pub(super) fn known<T>(&mut self, value: Option<T>, what: &str, given: &str) -> Option<T> {
        if value.is_none() {
            self.add(&format!("unknown-{what}"), &format!("`{given}` is none that this router knows"));
        }
        value
    }

    /// All values, when each is known.
    pub(super) fn all_known<T>(
        &mut self,
        given: &[String],
        what: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<Vec<T>> {
        let read: Vec<_> = given.iter().map(|it| self.known(parse(it), what, it)).collect();
        read.into_iter().collect()
    }

    /// Fails with all that was noted.
    pub(super) fn none(self) -> Result<(), Vec<ResourceError>> {
        if self.errors.is_empty() { Ok(()) } else { Err(self.errors) }
    }
}
