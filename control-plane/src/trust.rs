//! What this control plane trusts of others' certificates when it asks them: what the system does.

use std::sync::Arc;

use hyper_rustls::ConfigBuilderExt;
use rustls::{ClientConfig, RootCertStore};

/// TLS of this program's own requests.
pub fn tls() -> ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = || {
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
        builder.expect("ring has the versions of TLS that are usual")
    };
    match builder().with_native_roots() {
        Ok(config) => config.with_no_client_auth(),
        Err(error) => {
            tracing::warn!(
                %error,
                "no root certificates found on this machine; no OpenID provider and no webhook can be reached by https"
            );
            builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth()
        }
    }
}
