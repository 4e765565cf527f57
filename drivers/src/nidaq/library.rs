//! The road over NI's C library, which is looked for when it is asked for: nothing of it is needed to build this program.
//!
//! The one place where the compiler's guarantees end. Names and signatures are those of NI's C interface (`NIDAQmx.h`); every call
//! is bounded by the time-outs of DAQmx itself, because a C function cannot be interrupted.

#![expect(unsafe_code, reason = "functions of a C library that is found at run time have no safe declaration")]

use super::calls::{DaqmxCalls, FINITE_SAMPLES, GROUP_BY_CHANNEL, RISING, VOLTS};
use super::error::DaqError;
use libloading::Library;
use std::ffi::{CStr, CString, c_char, c_void};
use std::path::{Path, PathBuf};
use std::ptr;

type Status = i32;
type Handle = *mut c_void;

/// Functions by name and type. Each keeps its type beside its symbol, so that there is one place to compare with NI's header.
macro_rules! functions {
    ($($field:ident = $symbol:literal: fn($($argument:ty),*);)*) => {
        struct Functions {
            $($field: unsafe extern "system" fn($($argument),*) -> Status,)*
            /// Keeps the code mapped for as long as the pointers above exist.
            _library: Library,
        }

        impl Functions {
            /// # Safety
            ///
            /// The library must be NI-DAQmx or keep to its interface.
            unsafe fn find(library: Library) -> Result<Self, String> {
                $(
                    // SAFETY: the caller vouches for the library, and the type is the one that its header declares.
                    let $field = unsafe {
                        *library
                            .get::<unsafe extern "system" fn($($argument),*) -> Status>($symbol)
                            .map_err(|e| format!("it has no {}: {e}", $symbol))?
                    };
                )*
                Ok(Self { $($field,)* _library: library })
            }
        }
    };
}

functions! {
    create_task = "DAQmxCreateTask": fn(*const c_char, *mut Handle);
    create_ao = "DAQmxCreateAOVoltageChan": fn(Handle, *const c_char, *const c_char, f64, f64, i32, *const c_char);
    create_ai = "DAQmxCreateAIVoltageChan": fn(Handle, *const c_char, *const c_char, i32, f64, f64, i32, *const c_char);
    cfg_samp_clk = "DAQmxCfgSampClkTiming": fn(Handle, *const c_char, f64, i32, i32, u64);
    get_samp_clk_rate = "DAQmxGetSampClkRate": fn(Handle, *mut f64);
    write_analog = "DAQmxWriteAnalogF64": fn(Handle, i32, u32, f64, u32, *const f64, *mut i32, *mut u32);
    read_analog = "DAQmxReadAnalogF64": fn(Handle, i32, f64, u32, *mut f64, u32, *mut i32, *mut u32);
    start = "DAQmxStartTask": fn(Handle);
    stop = "DAQmxStopTask": fn(Handle);
    clear = "DAQmxClearTask": fn(Handle);
    wait = "DAQmxWaitUntilTaskDone": fn(Handle, f64);
    reset_device = "DAQmxResetDevice": fn(*const c_char);
    error_string = "DAQmxGetErrorString": fn(i32, *mut c_char, u32);
    extended_error = "DAQmxGetExtendedErrorInfo": fn(*mut c_char, u32);
}

/// Where NI puts its library, by the name that the loader searches for.
const NAMES: &[&str] =
    if cfg!(windows) { &["nicai_utf8.dll", "nicaiu.dll"] } else { &["libnidaqmx.so.1", "libnidaqmx.so"] };

/// A task of the C library: its handle as a number, which may cross threads as handles of DAQmx may.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TaskHandle(usize);

impl TaskHandle {
    fn raw(self) -> Handle {
        ptr::with_exposed_provenance_mut(self.0)
    }
}

/// The C library of NI-DAQmx.
pub(crate) struct LibraryCalls {
    functions: Functions,
    name: String,
    wait_s: f64,
    warnings: Vec<String>,
}

impl LibraryCalls {
    pub(crate) fn open(path: Option<&Path>, wait_s: f64) -> Result<Self, DaqError> {
        let candidates: Vec<PathBuf> =
            path.map_or_else(|| NAMES.iter().map(PathBuf::from).collect(), |path| vec![path.to_owned()]);
        let mut tried = Vec::new();
        for candidate in candidates {
            let name = candidate.display().to_string();
            // SAFETY: the initialisers that run here are those of NI's driver, or of the file that the user named as such.
            match unsafe { Library::new(&candidate) } {
                // SAFETY: the same: what carries all of these names is taken to be NI-DAQmx.
                Ok(library) => match unsafe { Functions::find(library) } {
                    Ok(functions) => return Ok(Self { functions, name, wait_s, warnings: Vec::new() }),
                    Err(why) => tried.push(format!("{name}: {why}")),
                },
                Err(e) => tried.push(format!("{name}: {e}")),
            }
        }
        Err(DaqError::Absent(format!(
            "NI-DAQmx is not on this machine ({}); install NI's driver, or use its gRPC device server",
            tried.join("; ")
        )))
    }

    fn checked(&mut self, call: &'static str, status: Status) -> Result<(), DaqError> {
        if status == 0 {
            return Ok(());
        }
        let mut text = vec![0; 2048];
        let size = text.len() as u32;
        // SAFETY: the buffer is as long as is said, and DAQmx ends what it writes with a zero.
        let told = unsafe { (self.functions.extended_error)(text.as_mut_ptr(), size) };
        if status > 0 || told != 0 || text[0] == 0 {
            // SAFETY: as above.
            unsafe { (self.functions.error_string)(status, text.as_mut_ptr(), size) };
        }
        let text = read_text(&mut text);
        if status < 0 {
            return Err(DaqError::Status { call, code: status, text });
        }
        self.warnings.push(format!("{call}: DAQmx warning {status}: {text}"));
        Ok(())
    }
}

/// The text in a buffer, up to its zero, on one line.
fn read_text(buffer: &mut [c_char]) -> String {
    if let Some(last) = buffer.last_mut() {
        *last = 0;
    }
    // SAFETY: the buffer ends with a zero: it was just put there.
    let text = unsafe { CStr::from_ptr(buffer.as_ptr()) };
    text.to_string_lossy().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Names were checked to be letters and digits; one with a zero in it is cut off there.
fn c(text: &str) -> CString {
    CString::new(text.split('\0').next().unwrap_or_default()).unwrap_or_default()
}

impl DaqmxCalls for LibraryCalls {
    type Task = TaskHandle;

    fn place(&self) -> String {
        format!("NI-DAQmx in {}", self.name)
    }

    fn reconnect(&mut self) -> Result<(), DaqError> {
        // The library is in this process: there is no connection that could have broken.
        Ok(())
    }

    fn create_task(&mut self) -> Result<TaskHandle, DaqError> {
        let mut handle: Handle = ptr::null_mut();
        // SAFETY: an empty name, and room for one handle.
        let status = unsafe { (self.functions.create_task)(c"".as_ptr(), &raw mut handle) };
        self.checked("DAQmxCreateTask", status)?;
        Ok(TaskHandle(handle.expose_provenance()))
    }

    fn create_ao_voltage_chan(&mut self, task: &TaskHandle, channel: &str, max_v: f64) -> Result<(), DaqError> {
        let channel = c(channel);
        // SAFETY: texts end with a zero and outlive the call; the last may be null, as there is no custom scale.
        let status = unsafe {
            (self.functions.create_ao)(task.raw(), channel.as_ptr(), c"".as_ptr(), -max_v, max_v, VOLTS, ptr::null())
        };
        self.checked("DAQmxCreateAOVoltageChan", status)
    }

    fn create_ai_voltage_chan(
        &mut self,
        task: &TaskHandle,
        channel: &str,
        terminal: i32,
        max_v: f64,
    ) -> Result<(), DaqError> {
        let channel = c(channel);
        // SAFETY: as for outputs.
        let status = unsafe {
            (self.functions.create_ai)(
                task.raw(),
                channel.as_ptr(),
                c"".as_ptr(),
                terminal,
                -max_v,
                max_v,
                VOLTS,
                ptr::null(),
            )
        };
        self.checked("DAQmxCreateAIVoltageChan", status)
    }

    fn cfg_samp_clk_timing(
        &mut self,
        task: &TaskHandle,
        source: &str,
        rate_hz: f64,
        samples: usize,
    ) -> Result<(), DaqError> {
        let source = c(source);
        // SAFETY: the text ends with a zero and outlives the call.
        let status = unsafe {
            (self.functions.cfg_samp_clk)(task.raw(), source.as_ptr(), rate_hz, RISING, FINITE_SAMPLES, samples as u64)
        };
        self.checked("DAQmxCfgSampClkTiming", status)
    }

    fn samp_clk_rate(&mut self, task: &TaskHandle) -> Result<f64, DaqError> {
        let mut rate_hz = 0.0;
        // SAFETY: room for one number.
        let status = unsafe { (self.functions.get_samp_clk_rate)(task.raw(), &raw mut rate_hz) };
        self.checked("DAQmxGetSampClkRate", status).map(|()| rate_hz)
    }

    fn write_analog(&mut self, task: &TaskHandle, auto_start: bool, volts: &[f64]) -> Result<(), DaqError> {
        let mut written = 0;
        // SAFETY: as many numbers as are said, room for the count, and no reserved argument.
        let status = unsafe {
            (self.functions.write_analog)(
                task.raw(),
                volts.len() as i32,
                u32::from(auto_start),
                self.wait_s,
                GROUP_BY_CHANNEL as u32,
                volts.as_ptr(),
                &raw mut written,
                ptr::null_mut(),
            )
        };
        self.checked("DAQmxWriteAnalogF64", status)?;
        let got = usize::try_from(written).unwrap_or(0);
        if got == volts.len() {
            return Ok(());
        }
        Err(DaqError::Short { call: "DAQmxWriteAnalogF64", wanted: volts.len(), got })
    }

    fn read_analog(
        &mut self,
        task: &TaskHandle,
        channels: usize,
        samples: usize,
        timeout_s: f64,
    ) -> Result<Vec<f64>, DaqError> {
        let mut volts = vec![f64::NAN; channels * samples];
        let mut read = 0;
        // SAFETY: room for as many numbers as are said, and for the count; no reserved argument.
        let status = unsafe {
            (self.functions.read_analog)(
                task.raw(),
                samples as i32,
                timeout_s,
                GROUP_BY_CHANNEL as u32,
                volts.as_mut_ptr(),
                volts.len() as u32,
                &raw mut read,
                ptr::null_mut(),
            )
        };
        self.checked("DAQmxReadAnalogF64", status)?;
        let got = usize::try_from(read).unwrap_or(0);
        if got == samples {
            return Ok(volts);
        }
        Err(DaqError::Short { call: "DAQmxReadAnalogF64", wanted: samples, got })
    }

    fn start_task(&mut self, task: &TaskHandle) -> Result<(), DaqError> {
        // SAFETY: DAQmx answers a handle that it does not know with a status.
        let status = unsafe { (self.functions.start)(task.raw()) };
        self.checked("DAQmxStartTask", status)
    }

    fn wait_until_task_done(&mut self, task: &TaskHandle, timeout_s: f64) -> Result<(), DaqError> {
        // SAFETY: as for starting.
        let status = unsafe { (self.functions.wait)(task.raw(), timeout_s) };
        self.checked("DAQmxWaitUntilTaskDone", status)
    }

    fn stop_task(&mut self, task: &TaskHandle) -> Result<(), DaqError> {
        // SAFETY: as for starting.
        let status = unsafe { (self.functions.stop)(task.raw()) };
        self.checked("DAQmxStopTask", status)
    }

    fn clear_task(&mut self, task: &TaskHandle) -> Result<(), DaqError> {
        // SAFETY: as for starting; the caller does not use the handle again.
        let status = unsafe { (self.functions.clear)(task.raw()) };
        self.checked("DAQmxClearTask", status)
    }

    fn reset_device(&mut self, device: &str) -> Result<(), DaqError> {
        let device = c(device);
        // SAFETY: the text ends with a zero and outlives the call.
        let status = unsafe { (self.functions.reset_device)(device.as_ptr()) };
        self.checked("DAQmxResetDevice", status)
    }

    fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }
}
