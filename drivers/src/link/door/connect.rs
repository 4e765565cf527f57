//! The way to a server.

use super::{Address, Credentials, DoorError};
use std::error::Error;
use std::path::Path;
use std::time::Duration;
use tokio_rustls::rustls::{self, CertificateError};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

/// A connection to a server. `certificates` is a client's folder as [`super::issue`] makes it; without it only addresses of this machine are
/// accepted, in plain text. `server_name` is the name in the server's certificate where it is not the host of the address.
///
/// The channel connects again by itself when it was cut. A server that turns a client away says so in answer to its first request.
pub async fn connect(
    address: &Address,
    certificates: Option<&Path>,
    server_name: Option<&str>,
    wait: Duration,
) -> Result<Channel, DoorError> {
    if certificates.is_none() && !address.is_local() {
        return Err(DoorError::Exposed { address: address.clone() });
    }
    let failed = |reason: String, hint| DoorError::Connect { address: address.clone(), reason, hint };
    let scheme = if certificates.is_some() { "https" } else { "http" };
    let target = match address {
        Address::Tcp { host, port } => format!("{scheme}://{}", Address::endpoint(host, *port)),
        Address::Unix(_) => address.to_string(),
    };
    let mut endpoint = Endpoint::from_shared(target)
        .map_err(|e| failed(reasons(&e), ""))?
        .connect_timeout(wait)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(Duration::from_secs(10))
        .keep_alive_timeout(Duration::from_secs(5))
        .keep_alive_while_idle(true);
    if let Some(folder) = certificates {
        let own = Credentials::read(folder)?;
        let host = if let Address::Tcp { host, .. } = address { host.as_str() } else { "localhost" };
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(&own.authority_pem))
            .identity(Identity::from_pem(&own.certificate_pem, &own.key_pem))
            .domain_name(server_name.unwrap_or(host));
        endpoint = endpoint.tls_config(tls).map_err(|e| failed(reasons(&e), ""))?;
    }
    match tokio::time::timeout(wait, endpoint.connect()).await {
        Ok(Ok(channel)) => Ok(channel),
        Ok(Err(e)) => Err(failed(reasons(&e), hint(&e))),
        Err(_) => Err(failed(format!("no answer within {} s", wait.as_secs_f64()), "")),
    }
}

/// An error with its causes: the interesting one is usually the last.
pub fn reasons(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(e) = cause {
        let more = e.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = e.source();
    }
    text
}

/// What to do about a failed handshake.
fn hint(error: &(dyn Error + 'static)) -> &'static str {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(e) = cause {
        let inner = e.downcast_ref::<std::io::Error>().and_then(|io| io.get_ref());
        let tls = e.downcast_ref::<rustls::Error>().or_else(|| inner.and_then(|i| i.downcast_ref::<rustls::Error>()));
        if let Some(rustls::Error::InvalidCertificate(why)) = tls {
            return match why {
                CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                    "; another authority made the server's certificate: use a folder of the same `tiptwin link init`"
                }
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    "; the server needs a new certificate from `tiptwin link init`, or this computer's clock is wrong"
                }
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    "; call the server by a name that it was made for, or name that beside the address"
                }
                _ => "",
            };
        }
        if let Some(rustls::Error::InvalidMessage(_)) = tls {
            return "; the server seems to speak plain text";
        }
        cause = e.source();
    }
    ""
}
