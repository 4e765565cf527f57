//! Both ends of the link over a network that loses, repeats, delays and swaps every frame, in virtual time.
//!
//! The ends are the real ones: [`Desk`] with its journal, [`Errand`], and the limits over a twin. Only threads, sockets and clocks are not there.

use super::shelf::Disk;
use super::watched::{Watched, sweep};
use crate::Limited;
use crate::link::desk::{Admission, Control, Desk, Started};
use crate::link::errand::{Errand, Heard, Next, Patience};
use crate::link::ids::{ClientId, MeasurementId, digest};
use crate::link::wire::instrument as wire;
use crate::link::words::write_action;
use prost::Message;
use tiptwin_instrument::{Instrument, InstrumentError, Observation};
use wire::lease_response::Outcome as Granted;

/// What the network does with one frame: it arrives once for each delay, s.
pub(super) type Fate = Vec<f64>;

/// Between which two steps of an action the server is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    BeforeIntent,
    BetweenIntentAndTouch,
    BetweenTouchAndResult,
    BetweenResultAndReply,
}

/// The server is killed at the n-th action that comes to that moment, and is back after a while, with a share of what the disk had not synced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kill {
    pub(super) action: usize,
    pub(super) moment: Moment,
    pub(super) back_after_s: f64,
    pub(super) share: f64,
}

#[derive(Clone, Debug)]
pub(super) struct Weather {
    pub(super) fates: Vec<Fate>,
    pub(super) kills: Vec<Kill>,
    pub(super) patience_s: f64,
    /// The client is killed at this time, if it comes to that.
    pub(super) client_dies_s: f64,
}

const LIVE_S: f64 = 3.0;
const CLIENT: ClientId = ClientId([7; 16]);

#[derive(Clone, Debug)]
enum ToServer {
    Acquire(Vec<u8>),
    Renew(Vec<u8>),
    Execute(Vec<u8>),
    MakeSafe,
}

#[derive(Clone, Debug)]
enum ToClient {
    Lease(Vec<u8>),
    /// Of the measurement with this number.
    Answer(u64, Vec<u8>),
}

#[derive(Debug)]
enum Event {
    Server(ToServer),
    Client(ToClient),
    /// The next step of the action under way, of this life of the server.
    Work(usize),
    Restart,
}

/// What is under way, how far it came, and its result.
type Work = (Box<Started>, Moment, Option<Result<Observation, InstrumentError>>);

struct Server {
    desk: Desk,
    instrument: Limited<Box<dyn Instrument>>,
    work: Option<Work>,
    make_safe: bool,
}

/// What the client is doing.
enum Doing {
    Acquiring { again_s: f64 },
    Measuring { lease: u64, errand: Box<Errand>, sent_s: f64, waits: bool },
    Over,
}

pub(super) struct World {
    now_s: f64,
    weather: Weather,
    frames: usize,
    began: usize,
    life: usize,
    events: Vec<(f64, usize, Event)>,
    order: usize,
    pub(super) disk: Disk,
    pub(super) microscope: Watched,
    server: Option<Server>,
    doing: Doing,
    number: u64,
    beat_s: f64,
    goal: u64,
    pub(super) results: Vec<Result<Observation, InstrumentError>>,
    pub(super) finished: bool,
}

impl World {
    pub(super) fn new(weather: Weather, goal: u64) -> Self {
        let mut world = Self {
            now_s: 0.0,
            weather,
            frames: 0,
            began: 0,
            life: 0,
            events: Vec::new(),
            order: 0,
            disk: Disk::default(),
            microscope: Watched::new(),
            server: None,
            doing: Doing::Acquiring { again_s: 0.0 },
            number: 0,
            beat_s: f64::INFINITY,
            goal,
            results: Vec::new(),
            finished: false,
        };
        world.restart();
        world
    }

    fn desk(&self) -> Desk {
        let first = 1 + 1000 * self.life as u64;
        Desk::open(Box::new(self.disk.clone()), (LIVE_S, first), 1e6).expect("the journal can be read")
    }

    fn restart(&mut self) {
        self.life += 1;
        let (mut desk, mut instrument) = (self.desk(), self.microscope.limited());
        instrument.make_safe().expect("safe");
        desk.made_safe(true);
        self.server = Some(Server { desk, instrument, work: None, make_safe: false });
    }

    fn at(&mut self, after_s: f64, event: Event) {
        self.order += 1;
        self.events.push((self.now_s + after_s, self.order, event));
    }

    /// What the network makes of one frame.
    fn fate(&mut self) -> Fate {
        let fate = self.weather.fates[self.frames % self.weather.fates.len()].clone();
        self.frames += 1;
        fate
    }

    fn send_to_server(&mut self, frame: &ToServer) {
        for delay_s in self.fate() {
            self.at(delay_s, Event::Server(frame.clone()));
        }
    }

    fn send_to_client(&mut self, frame: &ToClient) {
        for delay_s in self.fate() {
            self.at(delay_s, Event::Client(frame.clone()));
        }
    }

    /// Goes on until the client is over and the lease has had its time, and for ten minutes at most.
    pub(super) fn run(&mut self) {
        let mut quiet_s = 0.0;
        while self.now_s < 600.0 && quiet_s < 2.0 * LIVE_S + 20.0 {
            self.client();
            self.look();
            let due = self.now_s + 0.02;
            while let Some(k) = self.next_event(due) {
                let (when_s, _, event) = self.events.swap_remove(k);
                self.now_s = when_s.max(self.now_s);
                self.happen(event);
            }
            self.now_s = due;
            quiet_s = if matches!(self.doing, Doing::Over) { quiet_s + 0.02 } else { 0.0 };
        }
        if self.server.is_none() {
            self.restart();
        }
    }

    fn next_event(&self, until_s: f64) -> Option<usize> {
        let due = (0..self.events.len()).filter(|k| self.events[*k].0 <= until_s);
        due.min_by(|a, b| {
            let (a, b) = (&self.events[*a], &self.events[*b]);
            a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
        })
    }

    /// What the server's clock does: the dead man's switch.
    fn look(&mut self) {
        let now_s = self.now_s;
        let Some(server) = &mut self.server else { return };
        server.make_safe |= server.desk.expired(now_s).is_some();
        if server.make_safe && server.work.is_none() {
            server.make_safe = false;
            server.instrument.make_safe().expect("safe");
            server.desk.made_safe(true);
        }
    }

    fn happen(&mut self, event: Event) {
        self.look();
        match event {
            Event::Restart => self.restart(),
            Event::Work(life) if life == self.life => self.work(),
            Event::Work(_) => {}
            Event::Server(frame) => self.serve(frame),
            Event::Client(frame) => self.hear(&frame),
        }
    }

    fn serve(&mut self, frame: ToServer) {
        let now_s = self.now_s;
        let Some(server) = &mut self.server else { return };
        match frame {
            ToServer::Acquire(bytes) => {
                let request = wire::AcquireLeaseRequest::decode(bytes.as_slice()).expect("whole");
                let outcome = match server.desk.acquire(now_s, &request) {
                    Control::Granted(lease, _) => Granted::Lease(lease),
                    Control::Refused(refused) => Granted::Refusal(refused),
                };
                let answer = wire::LeaseResponse { outcome: Some(outcome) };
                self.send_to_client(&ToClient::Lease(answer.encode_to_vec()));
            }
            ToServer::Renew(bytes) => {
                let request = wire::RenewLeaseRequest::decode(bytes.as_slice()).expect("whole");
                drop(server.desk.renew(now_s, request.lease_id));
            }
            ToServer::MakeSafe => server.make_safe = true,
            ToServer::Execute(bytes) => {
                let request = wire::ExecuteRequest::decode(bytes.as_slice()).expect("whole");
                let number = request.id.as_ref().map_or(0, |id| id.number);
                match server.desk.execute(now_s, &request) {
                    Admission::Answer(answer) => {
                        self.send_to_client(&ToClient::Answer(number, answer.encode_to_vec()));
                    }
                    Admission::Start(started) => {
                        server.work = Some((started, Moment::BeforeIntent, None));
                        self.began += 1;
                        self.at(0.01, Event::Work(self.life));
                    }
                }
            }
        }
    }

    /// One step of an action, unless the server is killed before it.
    fn work(&mut self) {
        let Some(server) = &mut self.server else { return };
        let Some((started, moment, result)) = server.work.take() else { return };
        let kill = self.weather.kills.iter().find(|k| k.action == self.began && k.moment == moment).copied();
        if let Some(kill) = kill {
            self.server = None;
            self.disk.cut_power(kill.share);
            self.weather.kills.retain(|k| k.action != kill.action);
            self.at(kill.back_after_s, Event::Restart);
            return;
        }
        let life = self.life;
        match moment {
            Moment::BeforeIntent => {
                server.desk.intend(&started).expect("the disk takes it");
                server.work = Some((started, Moment::BetweenIntentAndTouch, None));
                self.at(0.01, Event::Work(life));
            }
            Moment::BetweenIntentAndTouch => {
                let result = server.instrument.execute(&started.action);
                server.work = Some((started, Moment::BetweenTouchAndResult, Some(result)));
                self.at(0.3, Event::Work(life));
            }
            Moment::BetweenTouchAndResult => {
                let answer = server.desk.finished(&started, result.expect("it was touched"));
                let number = answered(&started);
                server.work = Some((started, Moment::BetweenResultAndReply, None));
                self.replies(number, &answer, life);
            }
            Moment::BetweenResultAndReply => {}
        }
    }

    fn replies(&mut self, number: u64, answer: &wire::ExecuteResponse, life: usize) {
        let killed = |k: &Kill| k.action == self.began && k.moment == Moment::BetweenResultAndReply;
        if self.weather.kills.iter().any(killed) {
            self.at(0.0, Event::Work(life));
            return;
        }
        if let Some(server) = &mut self.server {
            server.work = None;
        }
        self.send_to_client(&ToClient::Answer(number, answer.encode_to_vec()));
    }

    /// What the client does by itself.
    fn client(&mut self) {
        if self.now_s >= self.weather.client_dies_s {
            self.doing = Doing::Over;
            return;
        }
        if matches!(self.doing, Doing::Measuring { .. }) && self.now_s >= self.beat_s {
            let Doing::Measuring { lease, .. } = self.doing else { return };
            self.beat_s = self.now_s + LIVE_S / 3.0;
            self.send_to_server(&ToServer::Renew(wire::RenewLeaseRequest { lease_id: lease }.encode_to_vec()));
        }
        match &mut self.doing {
            Doing::Acquiring { again_s } if self.now_s >= *again_s => {
                *again_s += 1.0;
                let request = wire::AcquireLeaseRequest { client_id: CLIENT.0.to_vec(), name: "tests".into() };
                self.send_to_server(&ToServer::Acquire(request.encode_to_vec()));
            }
            Doing::Over | Doing::Acquiring { .. } => {}
            Doing::Measuring { lease, errand, sent_s, waits } => {
                // An answer that does not come is one that was lost.
                if *waits && self.now_s - *sent_s > 2.0 {
                    *waits = false;
                    errand.heard(self.now_s, Heard::Nothing("no answer within 2 s".into()));
                }
                if *waits {
                    return;
                }
                match errand.next(self.now_s) {
                    Next::WaitUntil(_) => {}
                    Next::Send => {
                        (*sent_s, *waits) = (self.now_s, true);
                        let written = write_action(&sweep(self.number));
                        let id = MeasurementId { client: CLIENT, number: self.number };
                        let request = wire::ExecuteRequest {
                            lease_id: *lease,
                            id: Some(id.written()),
                            action_sha256: digest(&written).to_vec(),
                            action: Some(written),
                        };
                        self.send_to_server(&ToServer::Execute(request.encode_to_vec()));
                    }
                    Next::Over(result) => {
                        let (lease, goes_on) = (*lease, result.is_ok());
                        self.results.push(*result);
                        if goes_on && self.number < self.goal {
                            self.measure(lease);
                        } else {
                            // A run that ends asks for the safe state, and whoever hears it or not, its heart stops.
                            self.finished = goes_on;
                            self.doing = Doing::Over;
                            self.send_to_server(&ToServer::MakeSafe);
                        }
                    }
                }
            }
        }
    }

    fn measure(&mut self, lease: u64) {
        self.number += 1;
        let id = MeasurementId { client: CLIENT, number: self.number };
        let patience = Patience { silence_s: self.weather.patience_s, action_s: 200.0 };
        let errand = Box::new(Errand::new(&sweep(self.number), id, patience, self.now_s));
        self.doing = Doing::Measuring { lease, errand, sent_s: self.now_s, waits: false };
    }

    fn hear(&mut self, frame: &ToClient) {
        match (frame, &mut self.doing) {
            (ToClient::Lease(bytes), Doing::Acquiring { .. }) => {
                let answer = wire::LeaseResponse::decode(bytes.as_slice()).expect("whole");
                if let Some(Granted::Lease(lease)) = answer.outcome {
                    self.beat_s = self.now_s;
                    self.measure(lease.lease_id);
                }
            }
            (ToClient::Answer(number, bytes), Doing::Measuring { errand, waits, .. }) if *number == self.number => {
                let answer = wire::ExecuteResponse::decode(bytes.as_slice()).expect("whole");
                *waits = false;
                errand.heard(self.now_s, Heard::Answer(Box::new(answer)));
            }
            _ => {}
        }
    }

    /// What a client that comes back later is told of a measurement.
    pub(super) fn told(&mut self, number: u64) -> wire::execute_response::Outcome {
        let id = MeasurementId { client: CLIENT, number };
        let request = wire::GetResultRequest { id: Some(id.written()) };
        let server = self.server.as_mut().expect("it is back");
        server.desk.result(self.now_s, &request).outcome.expect("an answer")
    }

    pub(super) const fn asked(&self) -> u64 {
        self.number
    }
}

fn answered(started: &Started) -> u64 {
    started.id().number
}
