//! TLS at the front, for those without a proxy: a certificate and its key, read again when they
//! change.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::server::TlsStream;

use crate::config::TlsFiles;
use crate::secret::Secret;

/// Largest file that is read: a chain of some certificates has 10 KiB.
const MAX_FILE: u64 = 1024 * 1024;

/// What makes connections secure.
#[derive(Debug)]
pub(super) struct Tls {
    acceptor: ServerConfigOf,
    files: TlsFiles,
    current: Arc<Current>,
    looked_at: Mutex<Looked>,
}

/// What tells that the files have changed, and why they could not be read then, if they could not.
#[derive(Debug, Default, PartialEq, Eq)]
struct Looked {
    files: [Option<(SystemTime, u64)>; 2],
    failure: Option<String>,
}

/// Why there is no certificate to show.
#[derive(Debug, thiserror::Error)]
#[error("{key} {}: {problem}", file.display())]
pub(super) struct TlsError {
    key: &'static str,
    file: PathBuf,
    problem: String,
}

/// The acceptor's configuration, which prints as nothing.
struct ServerConfigOf(Arc<ServerConfig>);

impl fmt::Debug for ServerConfigOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerConfig")
    }
}

/// The certificate that is shown at this moment.
#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

impl Tls {
    /// Reads the certificate and its key.
    ///
    /// # Errors
    ///
    /// [`TlsError`] names the setting and the file, and never what is in it.
    pub(super) fn load(files: &TlsFiles) -> Result<Self, TlsError> {
        // TLS 1.2 and 1.3, which is all that the library has; the primitives are the one set that is
        // built in.
        let config = ServerConfig::builder();
        let looked = Looked { files: stamps(files), failure: None };
        let current =
            Arc::new(Current(ArcSwap::from_pointee(read(files, config.crypto_provider())?)));
        let shown: Arc<dyn ResolvesServerCert> = Arc::<Current>::clone(&current);
        let mut config = config.with_no_client_auth().with_cert_resolver(shown);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let (acceptor, looked_at) = (ServerConfigOf(Arc::new(config)), Mutex::new(looked));
        Ok(Self { acceptor, files: files.clone(), current, looked_at })
    }

    /// Shakes hands.
    pub(super) async fn accept<S>(&self, stream: S) -> io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        TlsAcceptor::from(Arc::clone(&self.acceptor.0)).accept(stream).await
    }

    /// Reads the files again if they have changed. What cannot be read replaces nothing, and is
    /// tried again each time: it may be half written. Blocks on the file system.
    pub(super) fn reload_if_changed(&self) {
        let Ok(mut looked_at) = self.looked_at.lock() else { return };
        let files = stamps(&self.files);
        if looked_at.files == files && looked_at.failure.is_none() {
            return;
        }
        match read(&self.files, self.acceptor.0.crypto_provider()) {
            Ok(key) => {
                self.current.0.store(Arc::new(key));
                tracing::info!("the TLS certificate was read again");
                *looked_at = Looked { files, failure: None };
            }
            Err(error) => {
                let failure = Some(error.to_string());
                if looked_at.failure != failure {
                    tracing::error!(
                        %error,
                        "the TLS certificate was not read again; the one in use is shown on. \
                         Put the certificate and the key that belongs to it in place",
                    );
                }
                *looked_at = Looked { files, failure };
            }
        }
    }
}

fn wrong(key: &'static str, file: &Path, problem: &dyn fmt::Display) -> TlsError {
    TlsError { key, file: file.to_owned(), problem: problem.to_string() }
}

/// Times and sizes, through links: certificates are often mounted by one.
fn stamps(files: &TlsFiles) -> [Option<(SystemTime, u64)>; 2] {
    [&files.certificate, &files.key].map(|file| {
        let metadata = fs::metadata(file).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    })
}

fn read(files: &TlsFiles, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
    let certificate =
        |problem: &dyn fmt::Display| wrong("tls.certificate", &files.certificate, problem);
    let key = |problem: &dyn fmt::Display| wrong("tls.key", &files.key, problem);
    let pem = read_file(&files.certificate).map_err(|error| certificate(&error))?;
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(pem.expose().as_bytes()).collect();
    let chain = chain.map_err(|error| certificate(&error))?;
    if chain.is_empty() {
        return Err(certificate(&"no PEM certificate in it"));
    }
    let pem = read_file(&files.key).map_err(|error| key(&error))?;
    let private = PrivateKeyDer::from_pem_slice(pem.expose().as_bytes())
        .map_err(|_| key(&"no PEM private key in it (PKCS#8, PKCS#1 or SEC 1)"))?;
    CertifiedKey::from_der(chain, private, provider)
        .map_err(|error| key(&format!("does not go with {}: {error}", files.certificate.display())))
}

fn read_file(file: &Path) -> io::Result<Secret> {
    let size = fs::metadata(file)?.len();
    if size > MAX_FILE {
        return Err(io::Error::other(format!("{size} bytes are too many")));
    }
    fs::read_to_string(file).map(Secret::new)
}
