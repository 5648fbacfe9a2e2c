use axum::extract::{FromRequest, Request};
use web::form::Choice;

use crate::http::{forgery, input::Posted, problem::Problem};

/// What was filled in, field by field, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled(Vec<(String, String)>);

/// What the flow itself sends along.
const VERSION: &str = "version";
const COMMENT: &str = "comment";
const STEP: &str = "step";

impl Filled {
    /// A field, without the space around it; empty: nothing was filled in.
    pub fn one(&self, name: &str) -> &str {
        self.0.iter().rev().find(|(it, _)| it == name).map_or("", |(_, value)| value.trim())
    }

    /// All that was chosen of several.
    pub fn many<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(it, value)| it == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// All that stands under a name, also where nothing was filled in: rows of columns belong together.
    pub fn column<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(it, _)| it == name).map(|(_, value)| value.trim())
    }

    /// Fills in a field, beside what stands there.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.push((name.to_owned(), value.into()));
        self
    }

    /// Fills in a field once for each value.
    #[must_use]
    pub fn with_all(self, name: &str, values: impl IntoIterator<Item = String>) -> Self {
        values.into_iter().fold(self, |it, value| it.with(name, value))
    }

    /// Says what it was opened with.
    #[must_use]
    pub fn based_on(mut self, version: u64) -> Self {
        self.0.retain(|(name, _)| name != VERSION);
        self.with(VERSION, version.to_string())
    }

    /// The version that the form was opened with; `None`: it does not say.
    pub fn version(&self) -> Option<u64> {
        self.one(VERSION).parse().ok()
    }

    /// Why it is changed.
    pub fn comment(&self) -> &str {
        self.one(COMMENT)
    }

    /// What is to be done with it: nothing but to look at it, unless it says.
    pub fn step(&self) -> &str {
        self.one(STEP)
    }

    /// What a form sends along that shows the fields themselves.
    pub fn kept(&self) -> Vec<(String, String)> {
        self.0.iter().filter(|(name, _)| [VERSION, COMMENT].contains(&name.as_str())).cloned().collect()
    }

    /// What a page sends along that shows none of the fields.
    pub fn all(&self) -> Vec<(String, String)> {
        self.0.iter().filter(|(name, _)| ![COMMENT, STEP].contains(&name.as_str())).cloned().collect()
    }

    /// Any of these values, chosen as it was filled in; what is not among them stays.
    pub fn choices<'a>(&'a self, name: &'a str, values: impl Iterator<Item = &'a str>) -> Vec<Choice> {
        let mut all: Vec<&str> = values.collect();
        for chosen in self.many(name) {
            if !all.contains(&chosen) {
                all.push(chosen);
            }
        }
        let choice =
            |it: &str| Choice { value: it.to_owned(), text: it.to_owned(), on: self.many(name).any(|on| on == it) };
        all.into_iter().map(choice).collect()
    }
}

impl<S: Send + Sync> FromRequest<S> for Filled {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Posted(mut pairs) = Posted::<Vec<(String, String)>>::from_request(request, state).await?;
        pairs.retain(|(name, _)| name != forgery::FIELD);
        Ok(Self(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_filled_in_comes_along() {
        let filled = Filled::default().with("user", " ana ").with_all("allow", ["fast".to_owned(), "gone".to_owned()]);
        let filled = filled.with("comment", "why").based_on(41).with("step", "apply");
        assert_eq!((filled.one("user"), filled.version(), filled.step()), ("ana", Some(41), "apply"));
        let all = filled.all();
        let sent: Vec<&str> = all.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(sent, ["user", "allow", "allow", "version"]);
        let choices = filled.choices("allow", ["fast", "smart"].into_iter());
        let on: Vec<(&str, bool)> = choices.iter().map(|it| (it.value.as_str(), it.on)).collect();
        assert_eq!(on, [("fast", true), ("smart", false), ("gone", true)]);
        assert_eq!(filled.based_on(42).version(), Some(42));
    }
}
