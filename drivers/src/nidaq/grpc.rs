//! The road over NI's gRPC device server.
//!
//! The server runs on the computer that holds the device; by default it listens on its own loopback at port 31763 and speaks plain
//! text. To reach it from another computer, give it a certificate in its `server_config.json`, and end the encryption on this
//! machine (a tunnel): this client speaks plain text, to this machine, unless told otherwise.

use super::calls::{DaqmxCalls, FINITE_SAMPLES, GROUP_BY_CHANNEL, RISING, VOLTS};
use super::error::DaqError;
use super::messages::{
    Answer, CfgSampClkTimingRequest, CreateAiVoltageChanRequest, CreateAoVoltageChanRequest, CreateTaskRequest,
    CreateTaskResponse, ERROR_KEY, GetErrorStringRequest, GetErrorStringResponse, ReadAnalogF64Request,
    ReadAnalogF64Response, ResetDeviceRequest, SAMP_CLK_RATE, SERVICE, Session, StatusResponse, TaskRequest,
    TimingAttributeRequest, ValueResponse, WaitUntilTaskDoneRequest, WriteAnalogF64Request, WriteAnalogF64Response,
};
use std::error::Error;
use std::net::IpAddr;
use std::time::Duration;
use tiptwin_instrument::{ErrorKind, InstrumentError};
use tokio::runtime::{Builder, Runtime};
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

/// A connection with a private runtime: every call blocks, and none longer than its deadline.
pub(crate) struct GrpcCalls {
    runtime: Runtime,
    endpoint: Endpoint,
    client: Grpc<Channel>,
    address: String,
    wait: Duration,
    warnings: Vec<String>,
}

impl GrpcCalls {
    pub(crate) fn open(address: &str, beyond_this_machine: bool, wait_s: f64) -> Result<Self, InstrumentError> {
        let refused = |why: String| InstrumentError::new(ErrorKind::InvalidRequest, why);
        let endpoint = Endpoint::from_shared(format!("http://{address}")).map_err(|e| {
            refused(format!(
                "\"{address}\" is no address of a gRPC device server ({e}); accepted: host:port, such as [::1]:31763"
            ))
        })?;
        let host = endpoint.uri().host().unwrap_or_default().trim_matches(['[', ']']);
        let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if !here && !beyond_this_machine {
            return Err(refused(format!(
                "{address} is not on this machine, and plain text lets everybody on the way set its outputs; accepted: a tunnel \
                 that ends on this machine, or the explicit permission for plain text"
            )));
        }
        let wait = Duration::from_secs_f64(wait_s);
        let fault = |what: String| InstrumentError::new(ErrorKind::Fault, what);
        let runtime =
            Builder::new_current_thread().enable_all().build().map_err(|e| fault(format!("no runtime: {e}")))?;
        let endpoint = endpoint.connect_timeout(wait).tcp_nodelay(true);
        let client = connect(&runtime, &endpoint, address, wait)?;
        Ok(Self { runtime, endpoint, client, address: address.to_owned(), wait, warnings: Vec::new() })
    }

    /// One call; `takes_s` is what it may take of itself.
    fn call<Q, A>(&mut self, name: &'static str, request: Q, takes_s: f64) -> Result<A, DaqError>
    where
        Q: prost::Message + 'static,
        A: Answer,
    {
        let mut answer: A = self.ask(name, request, takes_s)?;
        let status = *answer.status();
        if status == 0 {
            return Ok(answer);
        }
        let request = GetErrorStringRequest { error_code: status };
        let text = match self.ask::<_, GetErrorStringResponse>("GetErrorString", request, 0.0) {
            Ok(known) => known.error_string,
            Err(e) => format!("no explanation ({e})"),
        };
        if status < 0 {
            return Err(DaqError::Status { call: name, code: status, text });
        }
        self.warnings.push(format!("{name}: DAQmx warning {status}: {text}"));
        Ok(answer)
    }

    fn ask<Q, A>(&mut self, name: &'static str, request: Q, takes_s: f64) -> Result<A, DaqError>
    where
        Q: prost::Message + 'static,
        A: Answer,
    {
        let path = tonic::codegen::http::uri::PathAndQuery::try_from(format!("{SERVICE}{name}"))
            .map_err(|e| DaqError::Broken { call: name, detail: e.to_string() })?;
        let deadline = self.wait + Duration::from_secs_f64(takes_s.max(0.0));
        let client = &mut self.client;
        let answered = self.runtime.block_on(async {
            tokio::time::timeout(deadline, async {
                client.ready().await.map_err(|e| Status::unavailable(chain(&e)))?;
                client.unary(Request::new(request), path, ProstCodec::default()).await
            })
            .await
        });
        match answered {
            Err(_) => Err(DaqError::Deadline { call: name, after_s: deadline.as_secs_f64() }),
            Ok(Ok(answer)) => Ok(answer.into_inner()),
            Ok(Err(status)) => Err(self.refused(name, &status)),
        }
    }

    fn refused(&self, call: &'static str, status: &Status) -> DaqError {
        let code = status.metadata().get(ERROR_KEY).and_then(|v| v.to_str().ok()).and_then(|v| v.trim().parse().ok());
        match (code, status.code()) {
            (Some(code), _) => DaqError::Status { call, code, text: status.message().to_owned() },
            (None, Code::Unimplemented) => DaqError::Absent(format!(
                "{call}: the server at {} does not offer it; is it NI's gRPC device server, with NI-DAQmx?",
                self.address
            )),
            (None, _) => {
                let cause = status.source().map_or_else(|| format!("{:?}", status.code()), chain);
                DaqError::Broken { call, detail: format!("{}: {cause}", status.message()) }
            }
        }
    }
}

/// An error with its causes: the interesting one is usually the last.
fn chain(error: &dyn Error) -> String {
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

fn connect(runtime: &Runtime, endpoint: &Endpoint, address: &str, wait: Duration) -> Result<Grpc<Channel>, DaqError> {
    match runtime.block_on(async { tokio::time::timeout(wait, endpoint.connect()).await }) {
        Ok(Ok(channel)) => Ok(Grpc::new(channel)),
        Ok(Err(e)) => Err(DaqError::Absent(format!(
            "no gRPC device server at {address} ({}); start NI's server there, or name its address",
            chain(&e)
        ))),
        Err(_) => Err(DaqError::Absent(format!(
            "no connection to {address} within {} s; is NI's gRPC device server reachable?",
            wait.as_secs_f64()
        ))),
    }
}

fn session(name: &str) -> Session {
    Session { name: name.to_owned() }
}

impl DaqmxCalls for GrpcCalls {
    type Task = String;

    fn place(&self) -> String {
        format!("gRPC device server at {}", self.address)
    }

    fn reconnect(&mut self) -> Result<(), DaqError> {
        self.client = connect(&self.runtime, &self.endpoint, &self.address, self.wait)?;
        Ok(())
    }

    fn create_task(&mut self) -> Result<String, DaqError> {
        // Without a name the server gives one of its own, so that two programs never meet in one task.
        let request = CreateTaskRequest { session_name: String::new(), initialization_behavior: 0 };
        let answer: CreateTaskResponse = self.call("CreateTask", request, 0.0)?;
        answer
            .task
            .map(|s| s.name)
            .filter(|name| !name.is_empty())
            .ok_or_else(|| DaqError::Broken { call: "CreateTask", detail: "the answer names no task".into() })
    }

    fn create_ao_voltage_chan(&mut self, task: &String, channel: &str, max_v: f64) -> Result<(), DaqError> {
        let request = CreateAoVoltageChanRequest {
            task: Some(session(task)),
            physical_channel: channel.to_owned(),
            min_val: -max_v,
            max_val: max_v,
            units_raw: Some(VOLTS),
        };
        self.call::<_, StatusResponse>("CreateAOVoltageChan", request, 0.0).map(drop)
    }

    fn create_ai_voltage_chan(
        &mut self,
        task: &String,
        channel: &str,
        terminal: i32,
        max_v: f64,
    ) -> Result<(), DaqError> {
        let request = CreateAiVoltageChanRequest {
            task: Some(session(task)),
            physical_channel: channel.to_owned(),
            terminal_config_raw: Some(terminal),
            min_val: -max_v,
            max_val: max_v,
            units_raw: Some(VOLTS),
        };
        self.call::<_, StatusResponse>("CreateAIVoltageChan", request, 0.0).map(drop)
    }

    fn cfg_samp_clk_timing(
        &mut self,
        task: &String,
        source: &str,
        rate_hz: f64,
        samples: usize,
    ) -> Result<(), DaqError> {
        let request = CfgSampClkTimingRequest {
            task: Some(session(task)),
            source: source.to_owned(),
            rate: rate_hz,
            active_edge_raw: Some(RISING),
            sample_mode_raw: Some(FINITE_SAMPLES),
            samps_per_chan: samples as u64,
        };
        self.call::<_, StatusResponse>("CfgSampClkTiming", request, 0.0).map(drop)
    }

    fn samp_clk_rate(&mut self, task: &String) -> Result<f64, DaqError> {
        let request = TimingAttributeRequest { task: Some(session(task)), attribute_raw: Some(SAMP_CLK_RATE) };
        self.call::<_, ValueResponse>("GetTimingAttributeDouble", request, 0.0).map(|answer| answer.value)
    }

    fn write_analog(&mut self, task: &String, auto_start: bool, volts: &[f64]) -> Result<(), DaqError> {
        let request = WriteAnalogF64Request {
            task: Some(session(task)),
            num_samps_per_chan: volts.len() as i32,
            auto_start,
            timeout: self.wait.as_secs_f64(),
            data_layout_raw: Some(GROUP_BY_CHANNEL),
            write_array: volts.to_vec(),
        };
        let answer: WriteAnalogF64Response = self.call("WriteAnalogF64", request, 0.0)?;
        let got = usize::try_from(answer.samps_per_chan_written).unwrap_or(0);
        if got == volts.len() {
            return Ok(());
        }
        Err(DaqError::Short { call: "WriteAnalogF64", wanted: volts.len(), got })
    }

    fn read_analog(
        &mut self,
        task: &String,
        channels: usize,
        samples: usize,
        timeout_s: f64,
    ) -> Result<Vec<f64>, DaqError> {
        let request = ReadAnalogF64Request {
            task: Some(session(task)),
            num_samps_per_chan: samples as i32,
            timeout: timeout_s,
            fill_mode_raw: Some(GROUP_BY_CHANNEL),
            array_size_in_samps: (channels * samples) as u32,
        };
        let answer: ReadAnalogF64Response = self.call("ReadAnalogF64", request, timeout_s)?;
        let got = usize::try_from(answer.samps_per_chan_read).unwrap_or(0).min(answer.read_array.len() / channels);
        if got == samples && answer.read_array.len() == channels * samples {
            return Ok(answer.read_array);
        }
        Err(DaqError::Short { call: "ReadAnalogF64", wanted: samples, got })
    }

    fn start_task(&mut self, task: &String) -> Result<(), DaqError> {
        self.call::<_, StatusResponse>("StartTask", TaskRequest { task: Some(session(task)) }, 0.0).map(drop)
    }

    fn wait_until_task_done(&mut self, task: &String, timeout_s: f64) -> Result<(), DaqError> {
        let request = WaitUntilTaskDoneRequest { task: Some(session(task)), time_to_wait: timeout_s };
        self.call::<_, StatusResponse>("WaitUntilTaskDone", request, timeout_s).map(drop)
    }

    fn stop_task(&mut self, task: &String) -> Result<(), DaqError> {
        self.call::<_, StatusResponse>("StopTask", TaskRequest { task: Some(session(task)) }, 0.0).map(drop)
    }

    fn clear_task(&mut self, task: &String) -> Result<(), DaqError> {
        self.call::<_, StatusResponse>("ClearTask", TaskRequest { task: Some(session(task)) }, 0.0).map(drop)
    }

    fn reset_device(&mut self, device: &str) -> Result<(), DaqError> {
        let request = ResetDeviceRequest { device_name: device.to_owned() };
        self.call::<_, StatusResponse>("ResetDevice", request, 0.0).map(drop)
    }

    fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }
}
