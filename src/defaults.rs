//! What flags mean that several commands have and nobody sets.

/// Where a local control plane keeps its state.
pub const DATA_DIR: &str = "./smart-router-data";

/// Where a router keeps its state.
pub const ROUTER_DATA_DIR: &str = "./smart-router-data/router";

/// Where a router of this machine answers callers.
pub const ROUTER_URL: &str = "http://127.0.0.1:8801";

/// Where the sandbox listens.
pub const SANDBOX_LISTEN: &str = "127.0.0.1:8802";

/// How much of the audit log is listed at once.
pub const AUDIT_LIMIT: u32 = 100;
