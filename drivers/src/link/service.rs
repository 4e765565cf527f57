//! The desk as a gRPC service.

use super::desk::{Admission, Control};
use super::door::{Door, Peer, serve};
use super::server::{Order, Shared};
use super::wire::instrument as wire;
use super::words::{write_description, write_error};
use super::{ANSWER_MAX, REQUEST_MAX};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tiptwin_instrument::InstrumentError;
use tokio::sync::oneshot;
use tonic::service::Routes;
use tonic::{Request, Response, Status};
use wire::instrument_server::{Instrument, InstrumentServer};

/// How often somebody looks whether the heart still beats.
const LOOK: Duration = Duration::from_millis(20);

/// How often an instrument that nobody has and that could not be made safe is tried again.
const TRY_AGAIN_S: f64 = 5.0;

#[derive(Clone)]
pub(super) struct Service(pub(super) Arc<Shared>);

/// Serves until it is stopped.
pub(super) async fn listen(service: Service, door: Door, stopped: oneshot::Receiver<()>) {
    let shared = Arc::clone(&service.0);
    let watch = tokio::spawn(watch(Arc::clone(&shared)));
    let served =
        InstrumentServer::new(service).max_decoding_message_size(REQUEST_MAX).max_encoding_message_size(ANSWER_MAX);
    // A sender that is gone says the same.
    let ended = serve(door, Routes::new(served), async { drop(stopped.await) }).await;
    watch.abort();
    if let Err(e) = ended {
        shared.tell(&format!("nobody is served any more: {e}"));
    }
}

/// Looks whether the heart of whoever has control still beats, and keeps trying to make safe what nobody has.
async fn watch(shared: Arc<Shared>) {
    let mut since_s = 0.0;
    loop {
        tokio::time::sleep(LOOK).await;
        let (desk, now_s) = shared.desk();
        let status = desk.status(now_s);
        drop(desk);
        let left_alone = status.lease_name.is_empty() && !status.safe && !status.busy;
        if !left_alone {
            since_s = now_s;
        } else if now_s - since_s > TRY_AGAIN_S {
            since_s = now_s;
            shared.order(Order::MakeSafe(None));
        }
    }
}

/// What the instrument's thread answers; it is gone only when the server ends.
async fn of_the_instrument<T>(answer: oneshot::Receiver<T>) -> Result<T, Status> {
    answer.await.map_err(|_| Status::unavailable("the server is ending"))
}

impl Service {
    async fn safe(&self) -> Result<Result<(), InstrumentError>, Status> {
        let (answer, wait) = oneshot::channel();
        self.0.order(Order::MakeSafe(Some(answer)));
        of_the_instrument(wait).await
    }
}

#[tonic::async_trait]
impl Instrument for Service {
    async fn describe(&self, _: Request<wire::DescribeRequest>) -> Result<Response<wire::DescribeResponse>, Status> {
        let (mut desk, now_s) = self.0.desk();
        if let Err(refused) = desk.in_time(now_s) {
            return Err(Status::resource_exhausted(refused.message));
        }
        let status = Some(desk.status(now_s));
        drop(desk);
        let description = self.0.description.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Response::new(wire::DescribeResponse { description: Some(write_description(&description)), status }))
    }

    async fn acquire_lease(
        &self,
        request: Request<wire::AcquireLeaseRequest>,
    ) -> Result<Response<wire::LeaseResponse>, Status> {
        use wire::lease_response::Outcome;
        let known = request.extensions().get::<Peer>().and_then(Peer::name).map(str::to_owned);
        let mut request = request.into_inner();
        // What a client calls itself is for people; what its certificate says is known.
        if let Some(known) = known {
            request.name = format!("{} ({known})", request.name);
        }
        let control = {
            let (mut desk, now_s) = self.0.desk();
            desk.acquire(now_s, &request)
        };
        let outcome = match control {
            Control::Refused(refusal) => Outcome::Refusal(refusal),
            Control::Granted(lease, changed) => {
                if changed {
                    self.0.tell(&format!("\"{}\" has control", request.name));
                    let (answer, wait) = oneshot::channel();
                    self.0.order(Order::Fresh(answer));
                    if let Err(e) = of_the_instrument(wait).await? {
                        return Err(Status::internal(e.to_string()));
                    }
                }
                Outcome::Lease(lease)
            }
        };
        Ok(Response::new(wire::LeaseResponse { outcome: Some(outcome) }))
    }

    async fn renew_lease(
        &self,
        request: Request<wire::RenewLeaseRequest>,
    ) -> Result<Response<wire::LeaseResponse>, Status> {
        use wire::lease_response::Outcome;
        let (mut desk, now_s) = self.0.desk();
        let outcome = match desk.renew(now_s, request.into_inner().lease_id) {
            Ok(lease) => Outcome::Lease(lease),
            Err(refusal) => Outcome::Refusal(refusal),
        };
        Ok(Response::new(wire::LeaseResponse { outcome: Some(outcome) }))
    }

    async fn release_lease(
        &self,
        request: Request<wire::ReleaseLeaseRequest>,
    ) -> Result<Response<wire::ReleaseLeaseResponse>, Status> {
        use wire::release_lease_response::Outcome;
        let released = {
            let (mut desk, now_s) = self.0.desk();
            desk.release(now_s, request.into_inner().lease_id)
        };
        let outcome = match released {
            Err(refusal) => Outcome::Refusal(refusal),
            Ok(()) => match self.safe().await? {
                Ok(()) => Outcome::Released(wire::Done {}),
                Err(e) => Outcome::Error(write_error(&e)),
            },
        };
        Ok(Response::new(wire::ReleaseLeaseResponse { outcome: Some(outcome) }))
    }

    async fn execute(&self, request: Request<wire::ExecuteRequest>) -> Result<Response<wire::ExecuteResponse>, Status> {
        let admission = {
            let (mut desk, now_s) = self.0.desk();
            desk.execute(now_s, request.get_ref())
        };
        match admission {
            Admission::Answer(response) => Ok(Response::new(*response)),
            Admission::Start(started) => {
                let (answer, wait) = oneshot::channel();
                self.0.order(Order::Execute(started, answer));
                of_the_instrument(wait).await.map(Response::new)
            }
        }
    }

    async fn get_result(
        &self,
        request: Request<wire::GetResultRequest>,
    ) -> Result<Response<wire::ExecuteResponse>, Status> {
        let (mut desk, now_s) = self.0.desk();
        Ok(Response::new(desk.result(now_s, request.get_ref())))
    }

    async fn make_safe(&self, _: Request<wire::MakeSafeRequest>) -> Result<Response<wire::MakeSafeResponse>, Status> {
        use wire::make_safe_response::Outcome;
        let outcome = match self.safe().await? {
            Ok(()) => Outcome::Safe(wire::Done {}),
            Err(e) => Outcome::Error(write_error(&e)),
        };
        Ok(Response::new(wire::MakeSafeResponse { outcome: Some(outcome) }))
    }
}
