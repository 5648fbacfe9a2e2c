//! A listener's certificate, read again when it changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// How often it is looked whether the files have changed.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// A certificate chain and its private key, both in PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The chain, leaf first.
    pub certificate: PathBuf,
    /// The leaf's private key.
    pub key: PathBuf,
    /// Authorities of which clients must show a certificate; `None`: they need not show any.
    pub client_ca: Option<PathBuf>,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the certificate {certificate} with the key {key} for TLS: {why}; both are PEM, the leaf comes first",
    certificate = tls.certificate.display(), key = tls.key.display())]
pub struct TlsError {
    tls: Tls,
    why: String,
}

/// What a listener proves itself with. Connections that are open keep what they began with.
pub struct ServerIdentity {
    tls: Tls,
    protocols: Vec<Vec<u8>>,
    config: ArcSwap<ServerConfig>,
}

impl ServerIdentity {
    /// Reads the files, for a listener that speaks these protocols, the preferred one first: `h2`, `http/1.1`.
    pub fn load(tls: Tls, protocols: &[&str]) -> Result<Arc<Self>, TlsError> {
        let protocols: Vec<_> = protocols.iter().map(|it| it.as_bytes().to_vec()).collect();
        let config = ArcSwap::new(config(&tls, &protocols)?);
        Ok(Arc::new(Self { tls, protocols, config }))
    }

    /// Reads the files again. What cannot be used changes nothing.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.config.store(config(&self.tls, &self.protocols)?);
        Ok(())
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.load_full())
    }

    fn reload_and_tell(&self) {
        match self.reload() {
            Ok(()) => tracing::info!(certificate = %self.tls.certificate.display(), "the certificate was read again"),
            Err(error) => tracing::error!(%error, "the certificate stays as it was"),
        }
    }

    fn changed(&self) -> [Option<SystemTime>; 3] {
        let Tls { certificate, key, client_ca } = &self.tls;
        [Some(certificate), Some(key), client_ca.as_ref()].map(|it| fs::metadata(it?).and_then(|it| it.modified()).ok())
    }
}

/// Reads certificates again when their files change, and whenever `reload` says so, for ever.
pub async fn watch(identities: Vec<Arc<ServerIdentity>>, mut reload: watch::Receiver<u64>) {
    let mut seen: Vec<_> = identities.iter().map(|it| it.changed()).collect();
    loop {
        let told = tokio::select! {
            told = reload.changed() => told.is_ok(),
            () = tokio::time::sleep(LOOK_EVERY) => false,
        };
        for (identity, seen) in identities.iter().zip(&mut seen) {
            let now = identity.changed();
            if told || *seen != now {
                *seen = now;
                identity.reload_and_tell();
            }
        }
    }
}

fn config(tls: &Tls, protocols: &[Vec<u8>]) -> Result<Arc<ServerConfig>, TlsError> {
    let wrong = |why: &dyn std::fmt::Display| TlsError { tls: tls.clone(), why: why.to_string() };
    let shown = chain(&tls.certificate).map_err(|why| wrong(&why))?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(|why| wrong(&why))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let builder = builder.map_err(|why| wrong(&why))?;
    let builder = match &tls.client_ca {
        None => builder.with_no_client_auth(),
        Some(ca) => {
            let unusable = |why: &dyn std::fmt::Display| TlsError {
                tls: tls.clone(),
                why: format!("the authorities of clients in {}: {why}", ca.display()),
            };
            let mut roots = RootCertStore::empty();
            for authority in chain(ca).map_err(|why| unusable(&why))? {
                roots.add(authority).map_err(|why| unusable(&why))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.map_err(|why| unusable(&why))?)
        }
    };
    let mut config = builder.with_single_cert(shown, key).map_err(|why| wrong(&why))?;
    config.alpn_protocols = protocols.to_vec();
    Ok(Arc::new(config))
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, rustls::pki_types::pem::Error> {
    CertificateDer::pem_file_iter(path)?.collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::fs;
    use std::sync::Arc;

    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, ServerName};
    use rustls::{ClientConfig, RootCertStore};
    use tokio::io::duplex;
    use tokio_rustls::TlsConnector;

    use super::{ServerIdentity, Tls};

    /// Made for tests of the client: for `localhost`, signed by itself.
    const CERTIFICATE: &str = include_str!("../../data-plane/src/upstream/client/tests/certificate.pem");
    const KEY: &str = include_str!("../../data-plane/src/upstream/client/tests/key.pem");
    /// Made for tests of the gRPC listener: nothing trusts its authority.
    const OTHER: &str = include_str!("../../control-plane/tests/routers/testdata/server.pem");
    const OTHER_KEY: &str = include_str!("../../control-plane/tests/routers/testdata/server.key");

    /// Whether a client that trusts the first certificate alone gets through.
    async fn greets(identity: &ServerIdentity) -> bool {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap()).unwrap();
        let crypto = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(crypto).with_safe_default_protocol_versions().unwrap();
        let connector = TlsConnector::from(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()));
        let (client, server) = duplex(16 * 1024);
        let name = ServerName::try_from("localhost").unwrap();
        let (agreed, _) = tokio::join!(connector.connect(name, client), identity.acceptor().accept(server));
        agreed.is_ok()
    }

    #[tokio::test]
    async fn a_certificate_is_read_again_and_a_bad_one_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let tls = Tls { certificate: dir.path().join("tls.crt"), key: dir.path().join("tls.key"), client_ca: None };
        let write = |certificate: &str, key: &str| {
            fs::write(&tls.certificate, certificate).unwrap();
            fs::write(&tls.key, key).unwrap();
        };
        write(CERTIFICATE, KEY);
        let identity = ServerIdentity::load(tls.clone(), &["h2"]).unwrap();
        assert!(greets(&identity).await);
        write(OTHER, KEY);
        let refused = identity.reload().unwrap_err().to_string();
        assert!(refused.contains("tls.crt") && greets(&identity).await, "{refused}");
        write(OTHER, OTHER_KEY);
        identity.reload().unwrap();
        assert!(!greets(&identity).await, "another one is shown");
    }
}
