//! A served door and ways to it.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use tiptwin_drivers::link::door::{Address, Bounds, Door, DoorError, Peer, connect, issue, reasons, serve};
use tiptwin_drivers::link::wire::decision as wire;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::service::Routes;
use tonic::transport::Channel;
use tonic::{Request, Response, Status};
use wire::decisions_client::DecisionsClient;
use wire::decisions_server::{Decisions, DecisionsServer};

pub(crate) const WAIT: Duration = Duration::from_secs(5);
const DAY: Duration = Duration::from_hours(24);

/// Answers with who asked and how many values came, so that a test can see what passed the door.
struct Echo;

#[tonic::async_trait]
impl Decisions for Echo {
    async fn open(&self, request: Request<wire::OpenRequest>) -> Result<Response<wire::OpenReply>, Status> {
        let name = request.extensions().get::<Peer>().and_then(Peer::name).unwrap_or("nobody").to_owned();
        let values: usize = request.get_ref().images.iter().map(|image| image.values.len()).sum();
        Ok(Response::new(wire::OpenReply { session: name, steps: values as u32, ..Default::default() }))
    }
    async fn tell(&self, _: Request<wire::TellRequest>) -> Result<Response<wire::TellReply>, Status> {
        Err(Status::unimplemented("tell"))
    }
    async fn ask(&self, _: Request<wire::AskRequest>) -> Result<Response<wire::AskReply>, Status> {
        Err(Status::unimplemented("ask"))
    }
    async fn map(&self, _: Request<wire::MapRequest>) -> Result<Response<wire::MapReply>, Status> {
        Err(Status::unimplemented("map"))
    }
    async fn close(&self, _: Request<wire::CloseRequest>) -> Result<Response<wire::CloseReply>, Status> {
        Ok(Response::new(wire::CloseReply {}))
    }
}

/// Certificates of one authority: a server called localhost, and clients.
pub(crate) struct Certificates {
    folder: TempDir,
}

impl Certificates {
    pub(crate) fn new(clients: &[&str]) -> Self {
        Self::aged(clients, 0)
    }

    /// The same as they are made `days` ago, for a year.
    pub(crate) fn aged(clients: &[&str], days: u32) -> Self {
        let folder = tempfile::tempdir().expect("temp");
        let clients: Vec<String> = clients.iter().map(|&c| c.to_owned()).collect();
        issue(folder.path(), &["localhost".to_owned()], &clients, 365, SystemTime::now() - days * DAY).expect("made");
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn of(&self, who: &str) -> PathBuf {
        self.folder.path().join(who)
    }
}

/// A door that is served until it is dropped.
pub(crate) struct Served {
    pub(crate) address: Address,
    stop: Option<oneshot::Sender<()>>,
    pub(crate) serving: JoinHandle<Result<(), DoorError>>,
}

impl Served {
    pub(crate) async fn at(address: &str, certificates: Option<&Path>, bounds: Bounds) -> Self {
        let address: Address = address.parse().expect("an address");
        let door = Door::open(&address, certificates, bounds).await.expect("opens");
        let address = door.address().clone();
        let service = DecisionsServer::new(Echo).max_decoding_message_size(bounds.message_bytes);
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(serve(door, Routes::new(service), async move { drop(stopped.await) }));
        Self { address, stop: Some(stop), serving }
    }

    pub(crate) async fn plain(bounds: Bounds) -> Self {
        Self::at("localhost:0", None, bounds).await
    }

    pub(crate) async fn locked(certificates: &Certificates, bounds: Bounds) -> Self {
        Self::at("localhost:0", Some(&certificates.of("server")), bounds).await
    }

    pub(crate) fn port(&self) -> u16 {
        match self.address {
            Address::Tcp { port, .. } => port,
            Address::Unix(_) => panic!("a socket has no port"),
        }
    }

    /// Ends the server as its owner would, and says how it ended.
    pub(crate) async fn stop(mut self) -> Result<(), DoorError> {
        drop(self.stop.take());
        self.serving.await.expect("no panic")
    }

    /// One request of a client with these certificates: the name under which it came in, or what it was told.
    pub(crate) async fn knock(&self, certificates: Option<&Path>) -> Result<String, String> {
        let channel = connect(&self.address, certificates, Some("localhost"), WAIT).await.map_err(|e| e.to_string())?;
        ask(channel).await
    }

    /// What a client with these certificates is told by a TLS alert. It comes after the client's own side of the handshake is over, and the library
    /// may see the closed connection before it: then the client knocks again. It never comes in.
    pub(crate) async fn alert(&self, certificates: Option<&Path>) -> String {
        let mut told = String::new();
        for _ in 0..20 {
            told = self.knock(certificates).await.expect_err("it must not come in");
            if told.contains("alert") {
                break;
            }
        }
        told
    }
}

/// One request: the name under which it came in, or what it was told.
pub(crate) async fn ask(channel: Channel) -> Result<String, String> {
    let answered = DecisionsClient::new(channel).open(wire::OpenRequest::default()).await;
    answered
        .map(|answer| answer.into_inner().session)
        .map_err(|status| format!("{:?}: {}", status.code(), reasons(&status)))
}

/// Bounds whose times a test can wait for.
pub(crate) fn impatient() -> Bounds {
    Bounds {
        greeting: Duration::from_millis(500),
        first_request: Duration::from_millis(800),
        keep_alive: (Duration::from_millis(300), Duration::from_millis(300)),
        ..Bounds::default()
    }
}
