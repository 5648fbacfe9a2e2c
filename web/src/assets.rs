//! The files that pages load: scripts, styles, icons. They are in the binary, compressed beforehand.

/// A file.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// As `app.css`.
    pub name: &'static str,
    /// As it is.
    pub plain: &'static [u8],
    /// With brotli.
    pub brotli: &'static [u8],
    /// With gzip.
    pub gzip: &'static [u8],
}

const ALL: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Changes when any of the files does: what stands under it may be kept for ever.
pub const DIGEST: &str = env!("ASSETS_DIGEST");

/// The file of that name.
pub fn find(name: &str) -> Option<&'static Asset> {
    ALL.iter().find(|it| it.name == name)
}

/// All of them.
pub fn all() -> &'static [Asset] {
    ALL
}

/// Where pages load a file from.
pub fn path(name: &str) -> String {
    format!("/assets/{DIGEST}/{name}")
}

impl Asset {
    /// Its media type.
    pub fn media_type(&self) -> &'static str {
        match self.name.rsplit('.').next() {
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("svg") => "image/svg+xml",
            _ => "text/plain; charset=utf-8",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_load_is_small() {
        let first: usize = ALL.iter().filter(|it| it.name != "licences.txt").map(|it| it.brotli.len()).sum();
        assert!(first < 120_000, "{first} bytes: with its HTML, a page must stay below 150 KB");
    }
}
