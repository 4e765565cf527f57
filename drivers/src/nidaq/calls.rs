//! The calls of NI-DAQmx that a sweep needs, as both roads offer them.
//!
//! Numbers are those of NI's public interface (`nidaqmx.proto` of the gRPC device server, API metadata 26.0.0).

use super::config::Terminal;
use super::error::DaqError;
use std::fmt;

pub(crate) const VOLTS: i32 = 10_348;
pub(crate) const RISING: i32 = 10_280;
pub(crate) const FINITE_SAMPLES: i32 = 10_178;
pub(crate) const GROUP_BY_CHANNEL: i32 = 0;
pub(crate) const TERMINAL_DEFAULT: i32 = -1;

/// DAQmx's number for a wiring.
pub(crate) const fn terminal_number(terminal: Terminal) -> i32 {
    match terminal {
        Terminal::Differential => 10_106,
        Terminal::ReferencedSingleEnded => 10_083,
        Terminal::NonReferencedSingleEnded => 10_078,
        Terminal::PseudoDifferential => 12_529,
    }
}

/// A road to NI-DAQmx. Every call comes back within its own time and the configured wait.
pub(crate) trait DaqmxCalls: Send {
    /// A task as this road names it.
    type Task: Clone + Send + fmt::Debug;

    /// What is at the other end, for messages.
    fn place(&self) -> String;
    /// Throws the present connection away and makes a new one. Tasks of the old one are still known to DAQmx.
    fn reconnect(&mut self) -> Result<(), DaqError>;
    /// A new task without a name.
    fn create_task(&mut self) -> Result<Self::Task, DaqError>;
    /// Adds an output of ±`max_v`.
    fn create_ao_voltage_chan(&mut self, task: &Self::Task, channel: &str, max_v: f64) -> Result<(), DaqError>;
    /// Adds an input of ±`max_v`.
    fn create_ai_voltage_chan(
        &mut self,
        task: &Self::Task,
        channel: &str,
        terminal: i32,
        max_v: f64,
    ) -> Result<(), DaqError>;
    /// A finite number of samples on rising edges of a clock; an empty source is the task's own.
    fn cfg_samp_clk_timing(
        &mut self,
        task: &Self::Task,
        source: &str,
        rate_hz: f64,
        samples: usize,
    ) -> Result<(), DaqError>;
    /// The rate that the clock really has, Hz.
    fn samp_clk_rate(&mut self, task: &Self::Task) -> Result<f64, DaqError>;
    /// Hands samples over, behind those already there, all of them or an error.
    fn write_analog(&mut self, task: &Self::Task, auto_start: bool, volts: &[f64]) -> Result<(), DaqError>;
    /// Reads so many samples of each channel, one channel after the other, all of them or an error.
    fn read_analog(
        &mut self,
        task: &Self::Task,
        channels: usize,
        samples: usize,
        timeout_s: f64,
    ) -> Result<Vec<f64>, DaqError>;
    /// Starts, or arms where the clock is another task's.
    fn start_task(&mut self, task: &Self::Task) -> Result<(), DaqError>;
    /// Waits for the last sample.
    fn wait_until_task_done(&mut self, task: &Self::Task, timeout_s: f64) -> Result<(), DaqError>;
    /// Stops; outputs keep what they have.
    fn stop_task(&mut self, task: &Self::Task) -> Result<(), DaqError>;
    /// Forgets the task; outputs keep what they have.
    fn clear_task(&mut self, task: &Self::Task) -> Result<(), DaqError>;
    /// Ends every task of a device and brings it into its state at power-up.
    fn reset_device(&mut self, device: &str) -> Result<(), DaqError>;
    /// Warnings since the last time this was asked.
    fn take_warnings(&mut self) -> Vec<String>;
}
