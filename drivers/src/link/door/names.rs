//! Which clients may come in.

use super::{DoorError, files};
use std::fs;
use std::path::Path;
use tokio_rustls::rustls::pki_types::{CertificateDer, DnsName, ServerName};
use webpki::EndEntityCert;

/// Names of client certificates that may come in, as they stand in the list beside the server's certificate: one a line, `#` begins a remark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Allowed(Vec<String>);

impl Allowed {
    /// Reads the list of a server's folder.
    pub(super) fn read(folder: &Path) -> Result<Self, DoorError> {
        let path = folder.join(files::ALLOWED);
        let text = fs::read_to_string(&path).map_err(DoorError::file("read", &path))?;
        let names: Vec<String> = text
            .lines()
            .map(|line| line.split('#').next().unwrap_or_default().trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect();
        for name in &names {
            check_client(name)?;
        }
        if names.is_empty() { Err(DoorError::NobodyAllowed { path }) } else { Ok(Self(names)) }
    }

    /// The name under which a certificate may come in, if it carries one of the list. A wildcard is no name.
    pub(super) fn admit(&self, certificate: &CertificateDer<'_>) -> Result<&str, String> {
        let end =
            EndEntityCert::try_from(certificate).map_err(|e| format!("your certificate cannot be read ({e:?})"))?;
        let carried: Vec<&str> = end.valid_dns_names().filter(|name| !name.contains('*')).collect();
        let known = self.0.iter().find(|allowed| {
            carried.iter().any(|name| name.eq_ignore_ascii_case(allowed))
                && ServerName::try_from(allowed.as_str())
                    .is_ok_and(|n| end.verify_is_valid_for_subject_name(&n).is_ok())
        });
        known.map(String::as_str).ok_or_else(|| {
            let carried =
                if carried.is_empty() { "no name".to_owned() } else { format!("\"{}\"", carried.join("\", \"")) };
            format!(
                "your certificate carries {carried}, which is not in this server's list of clients ({})",
                files::ALLOWED
            )
        })
    }

    pub(super) fn names(&self) -> &[String] {
        &self.0
    }
}

/// A client is named like a host, so that every TLS library can read its name.
pub(super) fn check_client(name: &str) -> Result<(), DoorError> {
    let accepted = "letters, digits, hyphens and dots, such as gpu-box";
    match DnsName::try_from(name) {
        Ok(_) if !name.contains(['*', '_']) => Ok(()),
        _ => Err(DoorError::Name { name: name.to_owned(), accepted }),
    }
}

/// A server is named as clients call it.
pub(super) fn check_server(name: &str) -> Result<(), DoorError> {
    let accepted = "the server's name or IP address as clients call it, such as afm.lab.example or 192.168.1.20";
    match ServerName::try_from(name) {
        Ok(_) if !name.contains(['*', '_']) => Ok(()),
        _ => Err(DoorError::Name { name: name.to_owned(), accepted }),
    }
}
