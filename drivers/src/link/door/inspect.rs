//! Whether a folder of certificates is in order.

use super::credentials::{check_mode, provider};
use super::names::Allowed;
use super::{Credentials, DoorError, files};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio_rustls::rustls::crypto::WebPkiSupportedAlgorithms;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::sign::CertifiedKey;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub what: String,
    /// Whether it is in order.
    pub ok: bool,
    /// How it is, and if it is not in order what to do.
    pub detail: String,
}

/// A certificate that ends sooner than this is worth a word.
const SOON: Duration = Duration::from_hours(30 * 24);

/// Looks over the folder of one computer: files, modes, whether key, certificate and authority belong together, validity at `now`, the names it
/// carries, and, for a server, its list of clients. `called` is a name under which a server is to be reached.
pub fn inspect(folder: &Path, called: Option<&str>, now: SystemTime) -> Vec<Finding> {
    let mut found = Vec::new();
    found.push(finding(
        "private key",
        check_mode(&folder.join(files::KEY)).map(|()| "only its owner can read it".to_owned()),
    ));
    let credentials = match Credentials::read(folder) {
        Ok(credentials) => credentials,
        // A key that others can read was said already.
        Err(DoorError::Mode { .. }) => return found,
        Err(e) => {
            found.push(Finding { what: "files".into(), ok: false, detail: e.to_string() });
            return found;
        }
    };
    found.push(finding("key and certificate", belong_together(&credentials)));
    let (Ok(authority), Ok(certificate)) = (credentials.authority(), credentials.certificate()) else { return found };
    let is_server = folder.join(files::ALLOWED).exists();
    found.push(finding("validity", validity(&authority, &certificate, is_server, now)));
    let names = names(&certificate);
    let own = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    found.push(Finding { what: "names".into(), ok: !names.is_empty(), detail: own });
    if is_server {
        let listed = Allowed::read(folder).map(|allowed| allowed.names().join(", ")).map_err(|e| e.to_string());
        found.push(finding("clients that may come in", listed));
    }
    if let Some(name) = called {
        found.push(finding("server name", carries(&certificate, name)));
    }
    found
}

fn finding<E: ToString>(what: &str, result: Result<String, E>) -> Finding {
    let (ok, detail) = result.map_or_else(|e| (false, e.to_string()), |detail| (true, detail));
    Finding { what: what.to_owned(), ok, detail }
}

fn belong_together(credentials: &Credentials) -> Result<String, String> {
    let (chain, key) = (credentials.certificate().map(|c| vec![c]), credentials.key());
    let (chain, key) = (chain.map_err(|e| e.to_string())?, key.map_err(|e| e.to_string())?);
    let both =
        CertifiedKey::from_der(chain, key, &provider()).map_err(|e| format!("they do not belong together ({e})"))?;
    both.keys_match().map_err(|e| format!("they do not belong together ({e})"))?;
    Ok("they belong together".to_owned())
}

fn validity(
    authority: &CertificateDer<'_>,
    certificate: &CertificateDer<'_>,
    is_server: bool,
    now: SystemTime,
) -> Result<String, String> {
    let anchor = anchor_from_trusted_cert(authority).map_err(|e| format!("the authority cannot be read ({e:?})"))?;
    let end = EndEntityCert::try_from(certificate).map_err(|e| format!("the certificate cannot be read ({e:?})"))?;
    let WebPkiSupportedAlgorithms { all, .. } = provider().signature_verification_algorithms;
    let at = |time: Duration| {
        let usage = if is_server { KeyUsage::server_auth() } else { KeyUsage::client_auth() };
        let time = UnixTime::since_unix_epoch(time);
        end.verify_for_usage(all, std::slice::from_ref(&anchor), &[], time, usage, None, None).map(drop)
    };
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let days = |d: Duration| d.as_secs() / 86_400;
    let again = "accepted: a new folder from `tiptwin link init`";
    match at(now) {
        Ok(()) => {}
        Err(webpki::Error::CertExpired { not_after, .. }) => {
            let since = now.saturating_sub(Duration::from_secs(not_after.as_secs()));
            return Err(format!("it expired {} days ago; {again}", days(since)));
        }
        Err(webpki::Error::CertNotValidYet { not_before, .. }) => {
            let until = Duration::from_secs(not_before.as_secs()).saturating_sub(now);
            return Err(format!("it is valid only in {} s; is this computer's clock right?", until.as_secs()));
        }
        // All authorities of this program have one name, so that another one shows by its signature.
        Err(webpki::Error::UnknownIssuer | webpki::Error::InvalidSignatureForPublicKey) => {
            return Err(format!("another authority made the certificate; {again}"));
        }
        Err(e) => return Err(format!("it is refused ({e:?}); {again}")),
    }
    // Asked about the end of time, the library says when the certificate ends.
    let end_of_time = Duration::from_secs(1 << 40);
    match at(end_of_time) {
        Err(webpki::Error::CertExpired { not_after, .. }) => {
            let left = Duration::from_secs(not_after.as_secs()).saturating_sub(now);
            let remark = if left < SOON { "; time for a new one" } else { "" };
            Ok(format!("{} days left{remark}", days(left)))
        }
        _ => Ok("without end".to_owned()),
    }
}

fn names(certificate: &CertificateDer<'_>) -> Vec<String> {
    EndEntityCert::try_from(certificate)
        .map(|end| end.valid_dns_names().map(str::to_owned).collect())
        .unwrap_or_default()
}

fn carries(certificate: &CertificateDer<'_>, name: &str) -> Result<String, String> {
    let end = EndEntityCert::try_from(certificate).map_err(|e| format!("{e:?}"))?;
    let server = ServerName::try_from(name).map_err(|_| format!("\"{name}\" is no name"))?;
    match end.verify_is_valid_for_subject_name(&server) {
        Ok(()) => Ok(format!("clients can call it {name}")),
        Err(_) => Err(format!(
            "the certificate does not carry \"{name}\"; accepted: a name it was made for, or a new one for this name"
        )),
    }
}
