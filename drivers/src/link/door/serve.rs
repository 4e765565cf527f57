//! A server that keeps to its bounds.

use super::accept::{Doorkeeper, Listener, Lock, let_in};
use super::credentials::provider;
use super::names::Allowed;
use super::{Address, Bounds, Credentials, DoorError, Peer, reasons};
use std::fmt;
use std::future::Future;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::version::TLS13;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use tokio_stream::wrappers::ReceiverStream;
use tonic::service::{InterceptorLayer, Routes};
use tonic::transport::Server;
use tonic::{Request, Status};

/// An address that is listened on. Whoever calls waits until [`serve`] lets them in.
pub struct Door {
    address: Address,
    listener: Listener,
    lock: Option<Lock>,
    bounds: Bounds,
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has_lock = self.lock.is_some();
        f.debug_struct("Door").field("address", &self.address).field("has_lock", &has_lock).finish_non_exhaustive()
    }
}

impl Door {
    /// Listens on an address. `certificates` is a server's folder as [`super::issue`] makes it; with it every client must have a certificate of
    /// the same authority and a name on the server's list. Without it only addresses of this machine are accepted.
    pub async fn open(address: &Address, certificates: Option<&Path>, bounds: Bounds) -> Result<Self, DoorError> {
        let lock = match certificates {
            Some(folder) => Some(lock(folder)?),
            None if address.is_local() => None,
            None => return Err(DoorError::Exposed { address: address.clone() }),
        };
        let refused = |source: io::Error| DoorError::Listen { address: address.clone(), source };
        let (listener, address) = match address {
            Address::Tcp { host, port } => {
                let listener = TcpListener::bind(Address::endpoint(host, *port)).await.map_err(refused)?;
                let port = listener.local_addr().map_err(refused)?.port();
                (Listener::Tcp(listener), Address::Tcp { host: host.clone(), port })
            }
            #[cfg(unix)]
            Address::Unix(path) => {
                (Listener::Unix(super::unix::OwnSocket::bind(path).await.map_err(refused)?), address.clone())
            }
            #[cfg(not(unix))]
            Address::Unix(_) => return Err(refused(io::Error::from(io::ErrorKind::Unsupported))),
        };
        Ok(Self { address, listener, lock, bounds })
    }

    /// Where it listens; a port that was to be any free one is known here.
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// Its bounds, for services that have bounds of their own.
    pub const fn bounds(&self) -> &Bounds {
        &self.bounds
    }
}

/// Serves until `shutdown`, then lets requests under way end for [`Bounds::drain`]. Every request carries its [`Peer`] among its extensions.
pub async fn serve(door: Door, routes: Routes, shutdown: impl Future<Output = ()> + Send) -> Result<(), DoorError> {
    let Door { address, listener, lock, bounds } = door;
    let slots = || Arc::new(Semaphore::new(bounds.connections));
    let keeper = Arc::new(Doorkeeper { lock, bounds, slots: slots(), refusals: slots() });
    let (let_by, incoming) = mpsc::channel(1);
    let doorkeeper = tokio::spawn(let_in(listener, keeper, let_by));
    let rate = bounds.requests_per_s;
    let admit = move |request: Request<()>| match request.extensions().get::<Peer>() {
        Some(peer) => peer.admit(rate).map(|()| request),
        None => Err(Status::internal("a request from nowhere")),
    };
    let (interval, patience) = bounds.keep_alive;
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = Server::builder()
        .max_concurrent_streams(bounds.streams)
        .http2_keepalive_interval(Some(interval))
        .http2_keepalive_timeout(Some(patience))
        .http2_max_header_list_size(bounds.header_bytes)
        .layer(InterceptorLayer::new(admit))
        .add_routes(routes)
        .serve_with_incoming_shutdown(ReceiverStream::new(incoming), async {
            // A sender that is gone says the same.
            drop(stopped.await);
        });
    let mut serving = std::pin::pin!(serving);
    let ended = tokio::select! {
        ended = &mut serving => ended,
        () = shutdown => {
            // The server may have ended by itself.
            let _ = stop.send(());
            // Whoever is not done by then is cut off.
            tokio::time::timeout(bounds.drain, serving).await.unwrap_or(Ok(()))
        }
    };
    doorkeeper.abort();
    ended.map_err(|e| DoorError::Ended { address, reason: reasons(&e) })
}

fn lock(folder: &Path) -> Result<Lock, DoorError> {
    let credentials = Credentials::read(folder)?;
    let allowed = Allowed::read(folder)?;
    let tls = |what: &'static str| move |reason: String| DoorError::Tls { what, reason };
    let mut roots = RootCertStore::empty();
    roots.add(credentials.authority()?).map_err(|e| tls("trust the authority")(e.to_string()))?;
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map_err(|e| tls("ask for client certificates")(e.to_string()))?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])
        .map_err(|e| tls("speak TLS 1.3")(e.to_string()))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![credentials.certificate()?], credentials.key()?)
        .map_err(|e| tls("use the server's certificate")(e.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Lock { acceptor: TlsAcceptor::from(Arc::new(config)), allowed })
}
