//! The service in front of the sessions.

use super::held::Held;
use super::open::open;
use super::table::{Settings, Table};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tiptwin_core::net::ComputeDevice;
use tiptwin_drivers::link::door::{Bounds, Peer};
use tiptwin_drivers::link::wire::decision as wire;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tonic::service::Routes;
use tonic::{Request, Response, Status};
use wire::decisions_server::{Decisions, DecisionsServer};

/// The threads of a server: two for the network, and as many as sessions compute at once. More would gain nothing, and each thread that
/// allocates makes the system keep a heap for it, whose free parts no other thread uses.
pub fn threads(settings: &Settings) -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(2).max_blocking_threads(settings.workers).enable_all().build()
}

/// The service, to be served at a door with these bounds. Must be called within a runtime, which forgets idle sessions.
pub fn routes(settings: Settings, device: ComputeDevice, bounds: &Bounds) -> Routes {
    let table = Arc::new(Table::new(settings));
    let idle = Arc::downgrade(&table);
    let every = (settings.expires_after / 4).clamp(Duration::from_millis(50), Duration::from_mins(1));
    tokio::spawn(async move {
        while let Some(table) = idle.upgrade() {
            table.forget(Instant::now());
            drop(table);
            tokio::time::sleep(every).await;
        }
    });
    let desk = Desk { table, device, workers: Arc::new(Semaphore::new(settings.workers)) };
    Routes::new(DecisionsServer::new(desk).max_decoding_message_size(bounds.message_bytes))
}

struct Desk {
    table: Arc<Table>,
    device: ComputeDevice,
    workers: Arc<Semaphore>,
}

impl Desk {
    /// Work that may take seconds, a bounded number at once. It goes on when its client is gone, so that a session is never left half told.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Status> + Send + 'static,
    ) -> Result<T, Status> {
        let permit = Arc::clone(&self.workers).acquire_owned().await.map_err(|e| Status::unavailable(e.to_string()))?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        done.await.map_err(|_| Status::internal("a defect of the program: it panicked"))?
    }

    /// Work on a session. A session in whose work the program panicked is closed: nobody knows what it holds.
    async fn on<T: Send + 'static>(
        &self,
        (session, owner): (&str, Option<&str>),
        work: impl FnOnce(&mut Held) -> Result<T, Status> + Send + 'static,
    ) -> Result<Response<T>, Status> {
        let held = self.table.find(session, owner, Instant::now())?;
        let mut held = held.lock_owned().await;
        let (name, owner, table) = (session.to_owned(), owner.map(str::to_owned), Arc::clone(&self.table));
        let done = self
            .work(move || {
                let closed_by_panic = Guard { name, owner, table };
                let done = work(&mut held);
                closed_by_panic.defuse();
                done
            })
            .await?;
        Ok(Response::new(done))
    }
}

/// Closes a session unless it is told that all went well.
struct Guard {
    name: String,
    owner: Option<String>,
    table: Arc<Table>,
}

impl Guard {
    fn defuse(mut self) {
        self.name.clear();
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.name.is_empty() {
            self.table.close(&self.name, self.owner.as_deref());
        }
    }
}

fn owner<T>(request: &Request<T>) -> Option<String> {
    request.extensions().get::<Peer>().and_then(Peer::name).map(str::to_owned)
}

#[tonic::async_trait]
impl Decisions for Desk {
    async fn open(&self, request: Request<wire::OpenRequest>) -> Result<Response<wire::OpenReply>, Status> {
        let (owner, device) = (owner(&request), self.device);
        self.table.check_room(Instant::now())?;
        let (held, mut reply) = self.work(move || open(request.into_inner(), device)).await?;
        reply.session = self.table.keep(owner.as_deref(), held, Instant::now())?;
        reply.expires_after_s = self.table.settings().expires_after.as_secs_f64();
        Ok(Response::new(reply))
    }

    async fn tell(&self, request: Request<wire::TellRequest>) -> Result<Response<wire::TellReply>, Status> {
        let owner = owner(&request);
        let wire::TellRequest { session, measurements } = request.into_inner();
        self.on((&session, owner.as_deref()), move |held| held.tell(measurements)).await
    }

    async fn ask(&self, request: Request<wire::AskRequest>) -> Result<Response<wire::AskReply>, Status> {
        let owner = owner(&request);
        let wire::AskRequest { session, count } = request.into_inner();
        self.on((&session, owner.as_deref()), move |held| held.ask(count)).await
    }

    async fn map(&self, request: Request<wire::MapRequest>) -> Result<Response<wire::MapReply>, Status> {
        let owner = owner(&request);
        let wire::MapRequest { session, target } = request.into_inner();
        self.on((&session, owner.as_deref()), move |held| held.map(target)).await
    }

    async fn close(&self, request: Request<wire::CloseRequest>) -> Result<Response<wire::CloseReply>, Status> {
        let owner = owner(&request);
        self.table.close(&request.into_inner().session, owner.as_deref());
        Ok(Response::new(wire::CloseReply {}))
    }
}
