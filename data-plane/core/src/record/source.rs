/// Who gave an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Source {
    /// A target.
    #[default]
    Upstream,
    /// The router itself: a count of tokens that no target makes, or a refusal.
    Router,
}

impl Source {
    /// What the cache had to do with it: `x-router-cache`, and the column of that name.
    pub const fn cache(self) -> &'static str {
        match self {
            Self::Upstream | Self::Router => "bypass",
        }
    }
}
