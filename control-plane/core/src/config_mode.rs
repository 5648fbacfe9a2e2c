/// Where the truth of the configuration is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ConfigMode {
    /// In the database.
    #[default]
    Database,
    /// In a file, which is applied at every start: what is changed elsewhere lasts until then.
    File(String),
    /// In the database, which a file has filled when it was empty.
    Seed(String),
}

impl ConfigMode {
    /// Its name: `database`, `file` or `seed`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::File(_) => "file",
            Self::Seed(_) => "seed",
        }
    }

    /// The file, if there is one.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Database => None,
            Self::File(name) | Self::Seed(name) => Some(name),
        }
    }

    /// Whether people may change the configuration in a browser.
    pub const fn is_editable_in_browser(&self) -> bool {
        !matches!(self, Self::File(_))
    }
}
