//! The three files that prove who one is.

use super::DoorError;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Names of the files in a folder of certificates.
pub mod files {
    /// Certificate of the authority that everybody trusts.
    pub const AUTHORITY: &str = "ca.pem";
    /// Private key of the authority, kept where nothing runs.
    pub const AUTHORITY_KEY: &str = "ca-key.pem";
    /// One's own certificate.
    pub const CERTIFICATE: &str = "certificate.pem";
    /// One's own private key.
    pub const KEY: &str = "key.pem";
    /// Clients that a server lets in.
    pub const ALLOWED: &str = "allowed.txt";
    /// Folder of the server, to be copied to the computer that serves.
    pub const SERVER: &str = "server";
}

/// Authority, own certificate and own private key.
#[derive(Clone)]
pub struct Credentials {
    pub(super) folder: PathBuf,
    pub(super) authority_pem: String,
    pub(super) certificate_pem: String,
    pub(super) key_pem: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Credentials {
    /// Reads a folder of one computer as [`super::issue`] leaves it: [`files::AUTHORITY`], [`files::CERTIFICATE`] and [`files::KEY`]. A key that
    /// others can read is refused where files have modes.
    pub fn read(folder: &Path) -> Result<Self, DoorError> {
        let text = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).map_err(DoorError::file("read", &path))
        };
        check_mode(&folder.join(files::KEY))?;
        let read = Self {
            folder: folder.to_owned(),
            authority_pem: text(files::AUTHORITY)?,
            certificate_pem: text(files::CERTIFICATE)?,
            key_pem: text(files::KEY)?,
        };
        read.authority()?;
        read.certificate()?;
        read.key()?;
        Ok(read)
    }

    pub(super) fn authority(&self) -> Result<CertificateDer<'static>, DoorError> {
        certificate(&self.authority_pem, &self.folder.join(files::AUTHORITY))
    }

    pub(super) fn certificate(&self) -> Result<CertificateDer<'static>, DoorError> {
        certificate(&self.certificate_pem, &self.folder.join(files::CERTIFICATE))
    }

    pub(super) fn key(&self) -> Result<PrivateKeyDer<'static>, DoorError> {
        PrivateKeyDer::from_pem_slice(self.key_pem.as_bytes()).map_err(|e| DoorError::Content {
            path: self.folder.join(files::KEY),
            expected: "a private key in PEM",
            reason: e.to_string(),
        })
    }
}

fn certificate(pem: &str, path: &Path) -> Result<CertificateDer<'static>, DoorError> {
    CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|e| DoorError::Content {
        path: path.to_owned(),
        expected: "a certificate in PEM",
        reason: e.to_string(),
    })
}

/// Refuses a private key that anybody but its owner can read.
#[cfg(unix)]
pub(super) fn check_mode(key: &Path) -> Result<(), DoorError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(key).map_err(DoorError::file("read", key))?.permissions().mode() & 0o7777;
    if mode.trailing_zeros() >= 6 { Ok(()) } else { Err(DoorError::Mode { path: key.to_owned(), mode }) }
}

/// Where files have no modes there is nothing to look at; docs/link.md says what to do there.
#[cfg(not(unix))]
pub(super) fn check_mode(key: &Path) -> Result<(), DoorError> {
    fs::metadata(key).map(drop).map_err(DoorError::file("read", key))
}

/// The one cryptography that is used.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(tokio_rustls::rustls::crypto::ring::default_provider())
}
