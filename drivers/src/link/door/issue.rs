//! An authority of one's own, and certificates for a server and its clients.

use super::credentials::check_mode;
use super::{DoorError, files, names};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How long certificates of a server and of clients are valid, unless asked otherwise.
pub const LIFETIME_DAYS: u32 = 397;
/// How long an authority is valid.
const AUTHORITY_DAYS: u32 = 3650;
const DAY: Duration = Duration::from_hours(24);
/// Clocks of two computers are rarely the same.
const HOUR: Duration = Duration::from_hours(1);
/// Subject of the authority. Certificates name their issuer by it, so it is the same in every run.
const AUTHORITY: &str = "tiptwin link authority";

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The authority's certificate.
    pub authority: PathBuf,
    /// Whether the authority was made, too.
    pub new_authority: bool,
    /// A folder for each computer.
    pub folders: Vec<PathBuf>,
}

/// Makes an authority in `folder` unless there is one, and a folder for the server (if it is given names) and for each client, with what that
/// computer needs and nothing else. Nothing that exists is changed, except that new clients are added to the server's list.
///
/// The authority's private key stays in `folder` and is needed only here. `now` is when validity begins.
pub fn issue(
    folder: &Path,
    server_names: &[String],
    clients: &[String],
    lifetime_days: u32,
    now: SystemTime,
) -> Result<Issued, DoorError> {
    server_names.iter().try_for_each(|name| names::check_server(name))?;
    for client in clients {
        names::check_client(client)?;
        if client == files::SERVER {
            return Err(DoorError::Name {
                name: client.clone(),
                accepted: "any other name: this is the server's folder",
            });
        }
    }
    let server = (!server_names.is_empty()).then(|| folder.join(files::SERVER));
    let folders: Vec<PathBuf> = server.iter().cloned().chain(clients.iter().map(|c| folder.join(c))).collect();
    if let Some(path) = folders.iter().find(|f| f.exists()) {
        return Err(DoorError::Exists { path: path.clone() });
    }
    let (authority_pem, issuer, new_authority) = authority(folder, now)?;
    let validity = (now - HOUR, now + lifetime_days * DAY);
    if let Some(own) = &server {
        let mut params = leaf(server_names, validity, ExtendedKeyUsagePurpose::ServerAuth)?;
        params.distinguished_name = named(&server_names[0]);
        write_identity(own, &authority_pem, &params, &issuer)?;
    }
    for client in clients {
        let mut params = leaf(std::slice::from_ref(client), validity, ExtendedKeyUsagePurpose::ClientAuth)?;
        params.distinguished_name = named(client);
        write_identity(&folder.join(client), &authority_pem, &params, &issuer)?;
    }
    allow(&folder.join(files::SERVER), clients)?;
    Ok(Issued { authority: folder.join(files::AUTHORITY), new_authority, folders })
}

/// The authority of a folder: the one that is there, or a new one.
fn authority(folder: &Path, now: SystemTime) -> Result<(String, Issuer<'static, KeyPair>, bool), DoorError> {
    let (certificate, secret) = (folder.join(files::AUTHORITY), folder.join(files::AUTHORITY_KEY));
    let mut params = CertificateParams::default();
    params.distinguished_name = named(AUTHORITY);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = ((now - HOUR).into(), (now + AUTHORITY_DAYS * DAY).into());
    if certificate.exists() || secret.exists() {
        check_mode(&secret)?;
        let pem = fs::read_to_string(&certificate).map_err(DoorError::file("read", &certificate))?;
        let text = fs::read_to_string(&secret).map_err(DoorError::file("read", &secret))?;
        let reason = |e: rcgen::Error| e.to_string();
        let key = KeyPair::from_pem(&text).map_err(reason);
        let key =
            key.map_err(|reason| DoorError::Content { path: secret, expected: "a private key in PEM", reason })?;
        return Ok((pem, Issuer::new(params, key), false));
    }
    let key = KeyPair::generate().map_err(tls("make a key"))?;
    let pem = params.self_signed(&key).map_err(tls("make the authority"))?.pem();
    make_folder(folder)?;
    write_new(&secret, &key.serialize_pem(), true)?;
    write_new(&certificate, &pem, false)?;
    Ok((pem, Issuer::new(params, key), true))
}

fn leaf(
    names: &[String],
    (from, to): (SystemTime, SystemTime),
    purpose: ExtendedKeyUsagePurpose,
) -> Result<CertificateParams, DoorError> {
    let mut params = CertificateParams::new(names).map_err(tls("put the names into a certificate"))?;
    (params.not_before, params.not_after) = (from.into(), to.into());
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![purpose];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn write_identity(
    folder: &Path,
    authority_pem: &str,
    params: &CertificateParams,
    issuer: &Issuer<'_, KeyPair>,
) -> Result<(), DoorError> {
    let key = KeyPair::generate().map_err(tls("make a key"))?;
    let certificate = params.signed_by(&key, issuer).map_err(tls("sign a certificate"))?;
    make_folder(folder)?;
    write_new(&folder.join(files::KEY), &key.serialize_pem(), true)?;
    write_new(&folder.join(files::CERTIFICATE), &certificate.pem(), false)?;
    write_new(&folder.join(files::AUTHORITY), authority_pem, false)
}

/// Adds clients to the server's list, where there is a server.
fn allow(server: &Path, clients: &[String]) -> Result<(), DoorError> {
    if !server.is_dir() {
        return Ok(());
    }
    let path = server.join(files::ALLOWED);
    let mut lines = String::new();
    if !path.exists() {
        lines.push_str("# Clients that may come in: the names in their certificates, one a line. Taking a name away locks its client out.\n");
    }
    for client in clients {
        lines.push_str(client);
        lines.push('\n');
    }
    let mut file =
        fs::OpenOptions::new().append(true).create(true).open(&path).map_err(DoorError::file("write", &path))?;
    file.write_all(lines.as_bytes()).map_err(DoorError::file("write", &path))
}

fn named(name: &str) -> DistinguishedName {
    let mut named = DistinguishedName::new();
    named.push(DnType::CommonName, name);
    named
}

fn make_folder(folder: &Path) -> Result<(), DoorError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(DoorError::file("make the folder", folder))
}

/// Writes a file that is not there yet; a secret one is its owner's from its first byte on.
fn write_new(path: &Path, text: &str, secret: bool) -> Result<(), DoorError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if secret { 0o600 } else { 0o644 });
    #[cfg(not(unix))]
    let _ = secret;
    let mut file = options.open(path).map_err(DoorError::file("write", path))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(DoorError::file("write", path))
}

fn tls(what: &'static str) -> impl FnOnce(rcgen::Error) -> DoorError {
    move |e| DoorError::Tls { what, reason: e.to_string() }
}
