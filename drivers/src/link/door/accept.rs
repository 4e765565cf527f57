//! From a connection that a stranger made to one that is served.

use super::guarded::{Guarded, PREFACE, Peer, Wire};
use super::names::Allowed;
use super::{Bounds, DoorError};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;
use tonic::Status;

/// Where strangers come from.
pub(super) enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(super::unix::OwnSocket),
}

impl Listener {
    /// The next one, and where it calls from.
    async fn accept(&self) -> io::Result<(Box<dyn Wire>, String)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, from) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok((Box::new(stream), from.to_string()))
            }
            #[cfg(unix)]
            Self::Unix(socket) => Ok((Box::new(socket.accept().await?), "this machine".to_owned())),
        }
    }
}

/// Who may come in by TLS.
pub(super) struct Lock {
    pub(super) acceptor: TlsAcceptor,
    pub(super) allowed: Allowed,
}

/// What everybody who comes is asked.
pub(super) struct Doorkeeper {
    pub(super) lock: Option<Lock>,
    pub(super) bounds: Bounds,
    pub(super) slots: Arc<Semaphore>,
    /// For those who are let in only to be told why they are not.
    pub(super) refusals: Arc<Semaphore>,
}

/// How long they have for it.
const REFUSAL: Duration = Duration::from_secs(2);

/// Lets strangers in until nobody serves them any more.
///
/// Greetings go on beside each other, each for a bounded time. When too many have not ended, the oldest is given up: an honest one takes
/// milliseconds, so what has been waiting longest is what keeps others out.
pub(super) async fn let_in(
    listener: Listener,
    keeper: Arc<Doorkeeper>,
    served: mpsc::Sender<Result<Guarded, DoorError>>,
) {
    let mut greetings: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = served.closed() => break,
        };
        let Ok((wire, place)) = accepted else {
            // Such as too many open files: others may close theirs.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        greetings.retain(|greeting| !greeting.is_finished());
        if greetings.len() >= keeper.bounds.greetings
            && let Some(oldest) = greetings.pop_front()
        {
            oldest.abort();
        }
        let (keeper, served) = (Arc::clone(&keeper), served.clone());
        let greeting = tokio::spawn(async move {
            let patience = keeper.bounds.greeting;
            if let Ok(Some(guarded)) = tokio::time::timeout(patience, keeper.greet(wire, &place)).await {
                // Nobody serves any more: then there is nothing to be had here.
                drop(served.send(Ok(guarded)).await);
            }
        });
        greetings.push_back(greeting.abort_handle());
    }
    greetings.iter().for_each(AbortHandle::abort);
}

impl Doorkeeper {
    /// TLS where there is a lock, the first words of HTTP/2, and a free slot; anything else ends here.
    async fn greet(&self, wire: Box<dyn Wire>, place: &str) -> Option<Guarded> {
        let (mut wire, name) = match &self.lock {
            None => (wire, Ok(None)),
            Some(lock) => {
                let stream = match lock.acceptor.accept(wire).into_fallible().await {
                    Ok(stream) => stream,
                    Err((_, wire)) => {
                        linger(wire).await;
                        return None;
                    }
                };
                let name = match stream.get_ref().1.peer_certificates().and_then(<[_]>::first) {
                    Some(certificate) => lock.allowed.admit(certificate).map(|name| Some(name.to_owned())),
                    None => Err("there is no client certificate".to_owned()),
                };
                (Box::new(stream) as Box<dyn Wire>, name)
            }
        };
        let mut first = [0; PREFACE.len()];
        wire.read_exact(&mut first).await.ok()?;
        if first != *PREFACE {
            return None;
        }
        let refusal = match (name, Arc::clone(&self.slots).try_acquire_owned()) {
            (Ok(name), Ok(slot)) => {
                let peer = Peer::new(name.as_deref(), place, self.bounds.requests_per_s);
                return Some(Guarded::new(wire, peer, tokio::time::sleep(self.bounds.first_request), slot));
            }
            (Err(why), _) => Status::permission_denied(why),
            (Ok(_), Err(_)) => {
                let most = self.bounds.connections;
                Status::resource_exhausted(format!("all {most} connections of this server are in use; try again later"))
            }
        };
        // Somebody who is merely cut off cannot know why.
        let slot = Arc::clone(&self.refusals).try_acquire_owned().ok()?;
        let patience = REFUSAL.min(self.bounds.first_request);
        Some(Guarded::new(wire, Peer::refused(place, refusal), tokio::time::sleep(patience), slot))
    }
}

/// Reads what still comes and forgets it. A failed handshake was answered with an alert, which says what failed, and a connection that is closed
/// with something unread in it loses what was written last.
async fn linger(mut wire: Box<dyn Wire>) {
    let mut unread = [0; 512];
    let to_the_end = async { while matches!(wire.read(&mut unread).await, Ok(1..)) {} };
    drop(tokio::time::timeout(REFUSAL, to_the_end).await);
}
