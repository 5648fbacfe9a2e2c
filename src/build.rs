//! What this binary is; `build.rs` beside the manifest finds it out.

use data_plane::Build;

/// This build in lists of routers: `0.1.0+1f2e3d4c`, so that two builds of one release are told apart.
pub fn label() -> String {
    let commit = BUILD.commit.get(..8).filter(|_| BUILD.commit != "unknown");
    commit.map_or_else(|| BUILD.version.to_owned(), |commit| format!("{}+{commit}", BUILD.version))
}

/// This build.
pub const BUILD: Build = Build {
    version: env!("CARGO_PKG_VERSION"),
    commit: env!("SMART_ROUTER_BUILD_COMMIT"),
    date: env!("SMART_ROUTER_BUILD_DATE"),
};
