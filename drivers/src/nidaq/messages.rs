//! The messages of NI's gRPC device server, written from its public interface description (`nidaqmx.proto`, API metadata 26.0.0).
//!
//! Enumerations travel by their `_raw` fields, which every request offers beside the named ones. They are optional here because the
//! server tells "zero" from "not given", and refuses the latter.

use prost::Message;

/// Where the service is.
pub(crate) const SERVICE: &str = "/nidaqmx_grpc.NiDAQmx/";
/// Trailer that carries the status of a call that DAQmx refused.
pub(crate) const ERROR_KEY: &str = "ni-error";
/// The sample clock's rate among the timing attributes.
pub(crate) const SAMP_CLK_RATE: i32 = 4932;

/// A response, all of which begin with a DAQmx status: 0, or a warning above it.
pub(crate) trait Answer: Message + Default + 'static {
    fn status(&mut self) -> &mut i32;

    /// Makes it say that half of the samples came, where it counts them.
    fn shorten(&mut self) {}
}

macro_rules! answers {
    ($($name:ident)*) => {
        $(impl Answer for $name {
            fn status(&mut self) -> &mut i32 {
                &mut self.status
            }
        })*
    };
}

answers! { CreateTaskResponse StatusResponse ValueResponse GetErrorStringResponse }

impl Answer for WriteAnalogF64Response {
    fn status(&mut self) -> &mut i32 {
        &mut self.status
    }

    fn shorten(&mut self) {
        self.samps_per_chan_written /= 2;
    }
}

impl Answer for ReadAnalogF64Response {
    fn status(&mut self) -> &mut i32 {
        &mut self.status
    }

    fn shorten(&mut self) {
        self.samps_per_chan_read /= 2;
    }
}

/// A task as the server names it.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Session {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CreateTaskRequest {
    #[prost(string, tag = "1")]
    pub(crate) session_name: String,
    #[prost(int32, tag = "2")]
    pub(crate) initialization_behavior: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CreateTaskResponse {
    #[prost(int32, tag = "1")]
    pub(crate) status: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) task: Option<Session>,
    #[prost(bool, tag = "3")]
    pub(crate) new_session_initialized: bool,
}

/// Answer of every call that has nothing but a status.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct StatusResponse {
    #[prost(int32, tag = "1")]
    pub(crate) status: i32,
}

/// StartTask, StopTask and ClearTask.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct TaskRequest {
    #[prost(message, optional, tag = "1")]
    pub(crate) task: Option<Session>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CreateAoVoltageChanRequest {
    #[prost(message, optional, tag = "1")]
    pub(crate) task: Option<Session>,
    #[prost(string, tag = "2")]
    pub(crate) physical_channel: String,
    #[prost(double, tag = "4")]
    pub(crate) min_val: f64,
    #[prost(double, tag = "5")]
    pub(crate) max_val: f64,
    #[prost(int32, optional, tag = "7")]
    pub(crate) units_raw: Option<i32>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CreateAiVoltageChanRequest {
    #[prost(message, optional, tag = "1")]
    pub(crate) task: Option<Session>,
    #[prost(string, tag = "2")]
    pub(crate) physical_channel: String,
    #[prost(int32, optional, tag = "5")]
    pub(crate) terminal_config_raw: Option<i32>,
    #[prost(double, tag = "6")]
    pub(crate) min_val: f64,
    #[prost(double, tag = "7")]
    pub(crate) max_val: f64,
    #[prost(int32, optional, tag = "9")]
    pub(crate) units_raw: Option<i32>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CfgSampClkTimingRequest {
    #[prost(message, optional, tag = "1")]
    pub(crate) task: Option<Session>,
    #[prost(string, tag = "2")]
    pub(crate) source: String,
    #[prost(double, tag = "3")]
    pub(crate) rate: f64,
    #[prost(int32, optional, tag = "5")]
    pub(crate) active_edge_raw: Option<i32>,
    #[prost(int32, optional, tag = "7")]
    pub(crate) sample_mode_raw: Option<i32>,
    #[prost(uint64, tag = "8")]
    pub(crate) samps_per_chan: u64,
}

/// GetTimingAttributeDouble.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct TimingAttributeRequest {
    #[prost(message, optional, tag = "1")]
    pub(crate) task: Option<Session>,
    #[prost(int32, optional, tag = "3")]
    pub(crate) attribute_raw: Option<i32>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ValueResponse {
    #[prost(int32, tag = "1")]
    pub(crate) status: i32,
    #[prost(double, tag = "2")]
    pub(crate) value: f64,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct WriteAnalogF64Request {
    #[prost(message, optional, tag = "1")]
    pub(crate) task: Option<Session>,
    #[prost(int32, tag = "2")]
    pub(crate) num_samps_per_chan: i32,
    #[prost(bool, tag = "3")]
    pub(crate) auto_start: bool,
    #[prost(double, tag = "4")]
    pub(crate) timeout: f64,
    #[prost(int32, optional, tag = "6")]
    pub(crate) data_layout_raw: Option<i32>,
    #[prost(double, repeated, tag = "7")]
    pub(crate) write_array: Vec<f64>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct WriteAnalogF64Response {
    #[prost(int32, tag = "1")]
    pub(crate) status: i32,
    #[prost(int32, tag = "2")]
    pub(crate) samps_per_chan_written: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ReadAnalogF64Request {
    #[prost(message, optional, tag = "1")]
    pub(crate) task: Option<Session>,
    #[prost(int32, tag = "2")]
    pub(crate) num_samps_per_chan: i32,
    #[prost(double, tag = "3")]
    pub(crate) timeout: f64,
    #[prost(int32, optional, tag = "5")]
    pub(crate) fill_mode_raw: Option<i32>,
    #[prost(uint32, tag = "6")]
    pub(crate) array_size_in_samps: u32,
}

/// The array always has the size that was asked for, and a short read is padded with zeros: the count says what is real. "Not yet
/// available" is the one negative status that comes in an answer.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ReadAnalogF64Response {
    #[prost(int32, tag = "1")]
    pub(crate) status: i32,
    #[prost(double, repeated, tag = "2")]
    pub(crate) read_array: Vec<f64>,
    #[prost(int32, tag = "3")]
    pub(crate) samps_per_chan_read: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct WaitUntilTaskDoneRequest {
    #[prost(message, optional, tag = "1")]
    pub(crate) task: Option<Session>,
    #[prost(double, tag = "2")]
    pub(crate) time_to_wait: f64,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ResetDeviceRequest {
    #[prost(string, tag = "1")]
    pub(crate) device_name: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct GetErrorStringRequest {
    #[prost(int32, tag = "1")]
    pub(crate) error_code: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct GetErrorStringResponse {
    #[prost(int32, tag = "1")]
    pub(crate) status: i32,
    #[prost(string, tag = "2")]
    pub(crate) error_string: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task() -> Session {
        Session { name: "t1".into() }
    }

    /// Bytes by hand: key = number · 8 + wire type (0 varint, 1 eight bytes, 2 length and bytes), little-endian IEEE doubles.
    fn check<M: Message + Default + PartialEq + std::fmt::Debug>(message: &M, bytes: &[u8]) {
        assert_eq!(message.encode_to_vec(), bytes);
        assert_eq!(&M::decode(bytes).expect("decodes"), message);
    }

    const TASK: [u8; 6] = [0x0a, 4, 0x0a, 2, b't', b'1'];

    #[test]
    fn golden_create_task() {
        check(&CreateTaskRequest { session_name: String::new(), initialization_behavior: 1 }, &[0x10, 1]);
        let response = CreateTaskResponse { status: 0, task: Some(task()), new_session_initialized: true };
        check(&response, &[0x12, 4, 0x0a, 2, b't', b'1', 0x18, 1]);
    }

    #[test]
    fn golden_sample_clock() {
        let request = CfgSampClkTimingRequest {
            task: Some(task()),
            source: "/D/c".into(),
            rate: 1000.0,
            active_edge_raw: Some(10_280),
            sample_mode_raw: Some(10_178),
            samps_per_chan: 300,
        };
        let mut bytes = TASK.to_vec();
        bytes.extend([0x12, 4, b'/', b'D', b'/', b'c']);
        // 1000 = 1.953125 · 2^9: 0x408f400000000000.
        bytes.extend([0x19, 0, 0, 0, 0, 0, 0x40, 0x8f, 0x40]);
        // 10280 = 80 · 128 + 40; 10178 = 79 · 128 + 66; 300 = 2 · 128 + 44.
        bytes.extend([0x28, 0xa8, 80, 0x38, 0xc2, 79, 0x40, 0xac, 2]);
        check(&request, &bytes);
    }

    #[test]
    fn golden_write_and_read() {
        let request = WriteAnalogF64Request {
            task: Some(task()),
            num_samps_per_chan: 2,
            auto_start: true,
            timeout: 1.0,
            data_layout_raw: Some(0),
            write_array: vec![1.0, -2.0],
        };
        let mut bytes = TASK.to_vec();
        bytes.extend([0x10, 2, 0x18, 1, 0x21, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
        // The zero of the layout is said, not left out; doubles are packed.
        bytes.extend([0x30, 0, 0x3a, 16, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0]);
        check(&request, &bytes);
        // A negative number is ten bytes of two's complement: 2^64 − 200284.
        let response = ReadAnalogF64Response { status: -200_284, read_array: vec![0.0], samps_per_chan_read: 0 };
        let mut bytes = vec![0x08, 0xa4, 0xe3, 0xf3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        bytes.extend([0x12, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
        check(&response, &bytes);
    }

    #[test]
    fn golden_channels() {
        let request = CreateAiVoltageChanRequest {
            task: Some(task()),
            physical_channel: "a".into(),
            terminal_config_raw: Some(10_106),
            min_val: -2.0,
            max_val: 2.0,
            units_raw: Some(10_348),
        };
        let mut bytes = TASK.to_vec();
        // 10106 = 78 · 128 + 122; 10348 = 80 · 128 + 108.
        bytes.extend([0x12, 1, b'a', 0x28, 0xfa, 78, 0x31, 0, 0, 0, 0, 0, 0, 0, 0xc0, 0x39, 0, 0, 0, 0, 0, 0, 0, 0x40]);
        bytes.extend([0x48, 0xec, 80]);
        check(&request, &bytes);
    }
}
