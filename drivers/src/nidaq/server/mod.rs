//! NI's gRPC device server with an emulated device: the same calls, statuses and habits, and a bench of one's own behind it.
//!
//! The device has two outputs and eight inputs of 16 bits and ±10 V. `ai0` is on the amplifier of the bench, `ai1` and `ai2` are wired to
//! the outputs. Outputs keep what they were told last, whatever happens to tasks, connections and the server. Programmes take no
//! time. [`Fault`]s make calls go wrong, [`Readings`] the converters, [`EmulatedServer::set_stuck`] the outputs.

mod device;
mod faults;
mod service;

pub use faults::{Fault, Trouble};

use device::Device;
use service::{Daqmx, Shared, locked};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use tokio::sync::oneshot;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::TcpListenerStream;

/// What is wired to the device: a sample on output 0, its lamp on output 1, its current amplifier on input 0.
pub trait Bench: Send {
    /// Plays a bias programme; every voltage is held for one period. Returns the amplifier's output at the end of each, V.
    fn play(&mut self, bias_v: &[f64], rate_hz: f64) -> Vec<f64>;
    /// Holds a voltage on an output, 0 or 1.
    fn hold(&mut self, output: usize, volts: f64);
    /// The amplifier's output now, V.
    fn read(&mut self) -> f64;
}

/// How the device converts its inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Converters {
    /// One converter for all inputs, which converts a little after the clock's edge, and can be connected to the outputs inside.
    #[default]
    Multiplexed,
    /// A converter for each input, which holds on the edge.
    Simultaneous,
}

/// What an input shows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Readings {
    /// What is there.
    #[default]
    True,
    /// No number.
    NotANumber,
    /// Always the same, V.
    Constant(f64),
    /// Always full scale.
    Saturated,
}

/// An input whose readings can be made wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// The current amplifier.
    Amplifier,
    /// What is connected to output 0.
    BiasMonitor,
}

/// The device.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// Its name.
    pub device: String,
    /// How it converts.
    pub converters: Converters,
    /// Slowest and fastest sample clock, Hz.
    pub rates_hz: (f64, f64),
    /// What the outputs hold when the server starts, V.
    pub outputs_v: [f64; 2],
}

impl Default for Setup {
    fn default() -> Self {
        let rates_hz = (0.1, 1e6);
        Self { device: "Dev1".into(), converters: Converters::default(), rates_hz, outputs_v: [0.0; 2] }
    }
}

/// A running server. Dropping it stops it; its device keeps its outputs.
pub struct EmulatedServer {
    shared: Arc<Shared>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for EmulatedServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmulatedServer").field("address", &self.address).finish_non_exhaustive()
    }
}

impl EmulatedServer {
    /// Starts a server on a free port of this machine.
    pub fn start(setup: Setup, bench: Box<dyn Bench>) -> io::Result<Self> {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into(), setup, bench)
    }

    /// Starts a server at an address; port 0 takes a free one. Whoever reaches it can set its outputs.
    pub fn start_at(address: SocketAddr, setup: Setup, bench: Box<dyn Bench>) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(tokio::net::TcpListener::bind(address))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            device: Mutex::new(Device::new(setup, bench)),
            faults: Mutex::default(),
            calls: Mutex::default(),
            sockets: Mutex::default(),
        });
        let (stop, stopped) = oneshot::channel();
        let (service, sockets) = (Daqmx(Arc::clone(&shared)), Arc::clone(&shared));
        let accepted = TcpListenerStream::new(listener).map(move |socket| {
            let socket = socket?.into_std()?;
            socket.set_nodelay(true)?;
            locked(&sockets.sockets).push(socket.try_clone()?);
            tokio::net::TcpStream::from_std(socket)
        });
        let thread = thread::Builder::new().name("emulated-nidaqmx".into()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = tonic::transport::Server::builder().serve_with_incoming(service, accepted) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { shared, address, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What an output holds, V.
    pub fn output_v(&self, output: usize) -> f64 {
        locked(&self.shared.device).output_v(output)
    }

    /// Tasks that exist.
    pub fn tasks(&self) -> usize {
        locked(&self.shared.device).tasks()
    }

    /// How often a call came.
    pub fn calls(&self, name: &str) -> usize {
        locked(&self.shared.calls).get(name).copied().unwrap_or(0)
    }

    /// Makes something go wrong.
    pub fn inject(&self, fault: Fault) {
        locked(&self.shared.faults).push(fault);
    }

    /// Ends all faults, stuck outputs and false readings.
    pub fn repair(&self) {
        locked(&self.shared.faults).clear();
        let mut device = locked(&self.shared.device);
        device.stuck = [false; 2];
        device.readings.clear();
    }

    /// Whether an output keeps what it has whatever it is told.
    pub fn set_stuck(&self, output: usize, stuck: bool) {
        locked(&self.shared.device).stuck[output] = stuck;
    }

    /// What an input shows.
    pub fn set_readings(&self, input: Input, readings: Readings) {
        locked(&self.shared.device).readings.insert(input, readings);
    }

    /// Ends the server as a crash would: nothing listens any more, and outputs keep what they have.
    pub fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended by itself; then there is nobody to tell.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
        self.shared.cut();
    }
}

impl Drop for EmulatedServer {
    fn drop(&mut self) {
        self.stop();
    }
}
