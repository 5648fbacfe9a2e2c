/// What runs: told by `/version`, metrics and `smart-router version`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Build {
    /// The release.
    pub version: &'static str,
    /// The commit that it was built from; `unknown` outside a checkout, and in builds for development.
    pub commit: &'static str,
    /// When, RFC 3339: `SOURCE_DATE_EPOCH`, or else the commit's date, so that the same sources make the same binary;
    /// `unknown` where neither is known.
    pub date: &'static str,
}

impl Default for Build {
    /// This release, built nobody knows from what.
    fn default() -> Self {
        Self { version: env!("CARGO_PKG_VERSION"), commit: "unknown", date: "unknown" }
    }
}
