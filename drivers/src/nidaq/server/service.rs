//! The calls of the gRPC service, one by one, as NI's server answers them.

use super::device::{Device, explain};
use super::faults::{self, Fault, Trouble};
use crate::nidaq::messages::{
    Answer, CfgSampClkTimingRequest, CreateAiVoltageChanRequest, CreateAoVoltageChanRequest, CreateTaskRequest,
    CreateTaskResponse, ERROR_KEY, GetErrorStringRequest, GetErrorStringResponse, ReadAnalogF64Request,
    ReadAnalogF64Response, ResetDeviceRequest, SAMP_CLK_RATE, SERVICE, Session, StatusResponse, TaskRequest,
    TimingAttributeRequest, ValueResponse, WaitUntilTaskDoneRequest, WriteAnalogF64Request, WriteAnalogF64Response,
};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::{Code, Request, Response, Status};
use tonic_prost::ProstCodec;

/// What the server's threads share.
pub(super) struct Shared {
    pub(super) device: Mutex<Device>,
    pub(super) faults: Mutex<Vec<Fault>>,
    pub(super) calls: Mutex<BTreeMap<String, usize>>,
    /// A second handle of every socket, to cut it.
    pub(super) sockets: Mutex<Vec<TcpStream>>,
}

impl Shared {
    pub(super) fn cut(&self) {
        for socket in locked(&self.sockets).drain(..) {
            // A socket that the client has closed is as good as cut.
            drop(socket.shutdown(Shutdown::Both));
        }
    }

    /// Tasks are gone and connections cut; outputs stay.
    fn die(&self) {
        let mut device = locked(&self.device);
        device.crash_at = None;
        device.forget_tasks();
        drop(device);
        self.cut();
    }
}

/// A lock whose holder panicked still guards sound data here.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Clone)]
pub(super) struct Daqmx(pub(super) Arc<Shared>);

/// One call with what carries it out.
struct Call<F> {
    shared: Arc<Shared>,
    name: &'static str,
    carry_out: F,
}

impl<Q, A, F> Service<Request<Q>> for Call<F>
where
    Q: Send + 'static,
    A: Answer,
    F: Fn(&mut Device, Q) -> Result<A, i32> + Send + Clone + 'static,
{
    type Response = Response<A>;
    type Error = Status;
    type Future = BoxFuture<Response<A>, Status>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let (shared, name, carry_out) = (Arc::clone(&self.shared), self.name, self.carry_out.clone());
        Box::pin(async move {
            *locked(&shared.calls).entry(name.to_owned()).or_default() += 1;
            let due = faults::due(&mut locked(&shared.faults), name);
            let carried_out = match due {
                Some((trouble, carried_out)) => {
                    carried_out || matches!(trouble, Trouble::Warning(_) | Trouble::Crash { .. } | Trouble::Short)
                }
                None => true,
            };
            let mut outcome = Ok(A::default());
            if carried_out {
                let mut device = locked(&shared.device);
                if let Some((Trouble::Crash { at }, _)) = due {
                    device.crash_at = Some(at);
                }
                outcome = carry_out(&mut device, request.into_inner());
            }
            match due.map(|(trouble, _)| trouble) {
                Some(Trouble::Hang) => std::future::pending().await,
                Some(Trouble::Disconnect) => {
                    shared.cut();
                    std::future::pending::<()>().await;
                }
                Some(Trouble::Crash { .. }) => {
                    shared.die();
                    std::future::pending::<()>().await;
                }
                Some(Trouble::Status(code)) => outcome = Err(code),
                Some(Trouble::Warning(code)) => {
                    if let Ok(answer) = &mut outcome {
                        *answer.status() = code;
                    }
                }
                Some(Trouble::Short) => {
                    if let Ok(answer) = &mut outcome {
                        answer.shorten();
                    }
                }
                None => {}
            }
            outcome.map(Response::new).map_err(refusal)
        })
    }
}

/// A negative status travels as an error of gRPC, with its number in a trailer.
fn refusal(status: i32) -> Status {
    let mut refusal = Status::new(Code::Unknown, explain(status));
    refusal.metadata_mut().insert(ERROR_KEY, status.into());
    refusal
}

fn name(task: Option<Session>) -> String {
    task.map(|s| s.name).unwrap_or_default()
}

fn done(outcome: Result<(), i32>) -> Result<StatusResponse, i32> {
    outcome.map(|()| StatusResponse::default())
}

fn read(d: &mut Device, q: ReadAnalogF64Request) -> Result<ReadAnalogF64Response, i32> {
    let samples = usize::try_from(q.num_samps_per_chan).unwrap_or(0);
    let (read_array, got, status) = d.read(&name(q.task), samples, q.array_size_in_samps as usize)?;
    Ok(ReadAnalogF64Response { status, read_array, samps_per_chan_read: got as i32 })
}

fn rate(d: &mut Device, q: TimingAttributeRequest) -> Result<ValueResponse, i32> {
    if q.attribute_raw != Some(SAMP_CLK_RATE) {
        return Err(super::device::ATTRIBUTE_NOT_SUPPORTED);
    }
    d.rate(&name(q.task)).map(|value| ValueResponse { status: 0, value })
}

fn write(d: &mut Device, q: WriteAnalogF64Request) -> Result<WriteAnalogF64Response, i32> {
    let written = d.write(&name(q.task), q.auto_start, &q.write_array)?;
    Ok(WriteAnalogF64Response { status: 0, samps_per_chan_written: written as i32 })
}

impl Service<http::Request<Body>> for Daqmx {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<http::Response<Body>, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let shared = Arc::clone(&self.0);
        macro_rules! unary {
            ($name:literal, $carry_out:expr) => {{
                let call = Call { shared, name: $name, carry_out: $carry_out };
                tonic::server::Grpc::new(ProstCodec::default()).unary(call, request).await
            }};
        }
        Box::pin(async move {
            Ok(match request.uri().path().strip_prefix(SERVICE).unwrap_or_default() {
                "CreateTask" => unary!("CreateTask", |d: &mut Device, _: CreateTaskRequest| {
                    let task = Some(Session { name: d.create_task() });
                    Ok(CreateTaskResponse { status: 0, task, new_session_initialized: true })
                }),
                "CreateAOVoltageChan" => {
                    unary!("CreateAOVoltageChan", |d: &mut Device, q: CreateAoVoltageChanRequest| {
                        done(d.create_output(&name(q.task), &q.physical_channel, q.max_val))
                    })
                }
                "CreateAIVoltageChan" => {
                    unary!("CreateAIVoltageChan", |d: &mut Device, q: CreateAiVoltageChanRequest| {
                        done(d.create_input(&name(q.task), &q.physical_channel, q.max_val))
                    })
                }
                "CfgSampClkTiming" => unary!("CfgSampClkTiming", |d: &mut Device, q: CfgSampClkTimingRequest| {
                    done(d.clock(&name(q.task), &q.source, q.rate, q.samps_per_chan))
                }),
                "GetTimingAttributeDouble" => unary!("GetTimingAttributeDouble", rate),
                "WriteAnalogF64" => unary!("WriteAnalogF64", write),
                "ReadAnalogF64" => unary!("ReadAnalogF64", read),
                "StartTask" => unary!("StartTask", |d: &mut Device, q: TaskRequest| done(d.start(&name(q.task)))),
                "WaitUntilTaskDone" => {
                    unary!("WaitUntilTaskDone", |d: &mut Device, q: WaitUntilTaskDoneRequest| done(
                        d.wait(&name(q.task))
                    ))
                }
                "StopTask" => unary!("StopTask", |d: &mut Device, q: TaskRequest| done(d.stop(&name(q.task)))),
                "ClearTask" => unary!("ClearTask", |d: &mut Device, q: TaskRequest| done(d.clear(&name(q.task)))),
                "ResetDevice" => {
                    unary!("ResetDevice", |d: &mut Device, q: ResetDeviceRequest| done(d.reset(&q.device_name)))
                }
                "GetErrorString" => unary!("GetErrorString", |_: &mut Device, q: GetErrorStringRequest| {
                    Ok(GetErrorStringResponse { status: 0, error_string: explain(q.error_code).to_owned() })
                }),
                _ => Status::unimplemented("").into_http(),
            })
        })
    }
}
