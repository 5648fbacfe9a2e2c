use crate::icon::Icon;

/// How serious something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Good.
    Good,
    /// To be known.
    Note,
    /// To be looked at.
    Warning,
    /// Broken.
    Bad,
}

impl Tone {
    /// The colour's name.
    pub const fn colour(self) -> &'static str {
        match self {
            Self::Good => "green",
            Self::Note => "azure",
            Self::Warning => "yellow",
            Self::Bad => "red",
        }
    }

    /// Its picture: colour never stands alone.
    pub const fn icon(self) -> Icon {
        match self {
            Self::Good => Icon("circle-check"),
            Self::Note => Icon("info-circle"),
            Self::Warning => Icon("alert-triangle"),
            Self::Bad => Icon("circle-x"),
        }
    }
}
