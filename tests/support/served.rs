//! A twin behind the link, and a network that is far away.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tiptwin_drivers::Twin;
use tiptwin_drivers::limits::{Limited, Probes, SafetyLimits};
use tiptwin_drivers::link::door::Address;
use tiptwin_drivers::link::{ClientId, InstrumentServer, Remote, RemoteSettings, ServerSettings};
use tiptwin_instrument::{Action, Description, Instrument, InstrumentError, Observation, Seconds};

/// The real client and, where it lives as long, the real server over a twin.
#[derive(Debug)]
pub struct Served {
    // Let go in this order: the client gives control back while somebody is there.
    remote: Remote,
    _server: InstrumentServer,
    _folder: TempDir,
}

/// A served twin.
pub fn served(twin: Twin) -> Served {
    served_far_away(twin, Duration::ZERO)
}

/// A served twin that every byte takes a while to get to, and as long to come back from.
pub fn served_far_away(twin: Twin, one_way: Duration) -> Served {
    let folder = tempfile::tempdir().expect("temp");
    let here = |port| Address::Tcp { host: "127.0.0.1".into(), port };
    let journal = folder.path().join("touches");
    let settings = ServerSettings {
        address: here(0),
        certificates: None,
        journal,
        time_to_live: Seconds(10.0),
        requests_per_s: 1e5,
    };
    let supply = move || {
        let instrument: Box<dyn Instrument> = Box::new(twin.clone());
        Ok(Limited::new(instrument, SafetyLimits::default(), Probes::default()).expect("a simulated one needs none"))
    };
    let server = InstrumentServer::start(Box::new(supply), &settings, Box::new(|_| ())).expect("serves");
    let &Address::Tcp { mut port, .. } = server.address() else { panic!("TCP was asked for") };
    if !one_way.is_zero() {
        port = delay(SocketAddr::from(([127, 0, 0, 1], port)), one_way).expect("a port").port();
    }
    let settings = RemoteSettings {
        address: here(port),
        certificates: None,
        server_name: None,
        name: "tests".into(),
        patience: Seconds(20.0),
    };
    let remote = Remote::connect(&settings, ClientId::new_for_this_process()).expect("connects");
    Served { remote, _server: server, _folder: folder }
}

impl Instrument for Served {
    fn describe(&self) -> Description {
        self.remote.describe()
    }

    fn execute(&mut self, action: &Action) -> Result<Observation, InstrumentError> {
        self.remote.execute(action)
    }

    fn make_safe(&mut self) -> Result<(), InstrumentError> {
        self.remote.make_safe()
    }
}

/// An address from which everything gets to another one, later.
pub fn delay(to: SocketAddr, one_way: Duration) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for near in listener.incoming() {
            let (Ok(near), Ok(far)) = (near, TcpStream::connect(to)) else { return };
            for (from, to) in [(&near, &far), (&far, &near)] {
                let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) else { return };
                carry(from, to, one_way);
            }
        }
    });
    Ok(address)
}

/// Bytes of one direction: nothing waits for what came before it, as on a long line.
fn carry(mut from: TcpStream, mut to: TcpStream, one_way: Duration) {
    let (line, arrivals) = channel::<(Instant, Vec<u8>)>();
    drop(to.set_nodelay(true));
    thread::spawn(move || {
        let mut buffer = [0; 16_384];
        while let Ok(n) = from.read(&mut buffer) {
            if n == 0 || line.send((Instant::now() + one_way, buffer[..n].to_vec())).is_err() {
                return;
            }
        }
    });
    thread::spawn(move || {
        for (due, bytes) in arrivals {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                return;
            }
        }
        drop(to.shutdown(std::net::Shutdown::Write));
    });
}
