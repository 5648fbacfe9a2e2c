//! What this binary is; `build.rs` beside the manifest finds it out.

use data_plane::Build;

/// This build.
pub const BUILD: Build = Build {
    version: env!("CARGO_PKG_VERSION"),
    commit: env!("SMART_ROUTER_BUILD_COMMIT"),
    date: env!("SMART_ROUTER_BUILD_DATE"),
};
