//! The service over real sockets: the picks of a local run, and everything it refuses.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use super::{Settings, routes};
use crate::config::Scenario;
use crate::run::{Contender, Sample, open};
use std::path::Path;
use std::time::{Duration, SystemTime};
use tiptwin_core::net::ComputeDevice;
use tiptwin_core::session::{Planned, Session, Step};
use tiptwin_drivers::link::door::{Address, Bounds, Door, connect, issue, serve};
use tiptwin_drivers::link::wire::decision as wire;
use tiptwin_instrument::{Image, IvCurve, Outcome};
use tokio::sync::oneshot;
use tonic::transport::Channel;
use tonic::{Code, Status};
use wire::decisions_client::DecisionsClient;
use wire::measurement::{Outcome as Sent, Place};

type Client = DecisionsClient<Channel>;

const WAIT: Duration = Duration::from_secs(10);
const SEED: u64 = 11;

/// A served decision service.
struct Served {
    address: Address,
    _stop: oneshot::Sender<()>,
}

impl Served {
    async fn with(settings: Settings, certificates: Option<&Path>) -> Self {
        let bounds = Bounds::default();
        let door = Door::open(&"localhost:0".parse().unwrap(), certificates, bounds).await.unwrap();
        let address = door.address().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let routes = routes(settings, ComputeDevice::default(), &bounds);
        tokio::spawn(serve(door, routes, async move { drop(stopped.await) }));
        Self { address, _stop: stop }
    }

    async fn client(&self, certificates: Option<&Path>) -> Client {
        let most = Bounds::default().message_bytes;
        let channel = connect(&self.address, certificates, None, WAIT).await.unwrap();
        Client::new(channel).max_decoding_message_size(most).max_encoding_message_size(most)
    }
}

/// What a local run saw and chose.
struct Local {
    images: Vec<Image>,
    steps: Vec<(Planned, Option<Outcome>)>,
    map: Vec<(Vec<f64>, Vec<f64>)>,
    current_noise_a: Option<f64>,
}

const SCAN: &str =
    "[instrument]\ndriver = \"twin\"\n[instrument.twin]\npreset = \"seed\"\n[scan]\nsize_um = 1.0\npixels = 36\n";

fn local(task: &str, channels: &str) -> Local {
    let text = format!("{SCAN}{channels}{task}");
    let scenario = Scenario::parse("local", "local", &text, Path::new("."), &[]).unwrap();
    let (sample, plan): (Sample, _) = open(&scenario, SEED).unwrap();
    let contender = Contender::named(&scenario.explore, SEED, ComputeDevice::default()).unwrap();
    let mut instrument = sample.instrument();
    let description = instrument.describe();
    let mut session = Session::new(plan, contender.strategy, &description).unwrap();
    let mut seen = Local {
        images: Vec::new(),
        steps: Vec::new(),
        map: Vec::new(),
        current_noise_a: description.capabilities.current_noise.map(|n| n.0),
    };
    loop {
        let (action, planned) = match session.next().unwrap() {
            Step::Finished => break,
            Step::Prepare(action) => (action, None),
            Step::Measure(planned) => (planned.action.clone(), Some(planned)),
        };
        let outcome = match instrument.execute(&action) {
            Ok(observation) => {
                session.tell(&observation).unwrap();
                Some(observation.outcome)
            }
            Err(e) => {
                session.reject(e.to_string());
                None
            }
        };
        match (planned, outcome) {
            (Some(planned), outcome) => seen.steps.push((planned, outcome)),
            (None, Some(Outcome::Image(image))) => seen.images.push(image),
            _ => {}
        }
    }
    for target in 0..session.targets().count() {
        seen.map.extend(session.predict_target(target).unwrap().map(|map| (map.mean, map.sigma)));
    }
    seen
}

fn request(images: &[Image], kind: wire::Kind, scenario: &str) -> wire::OpenRequest {
    let g = images[0].grid;
    wire::OpenRequest {
        grid: Some(wire::Grid {
            origin_x_m: g.origin.x.0,
            origin_y_m: g.origin.y.0,
            width_m: g.width.0,
            height_m: g.height.0,
            rows: g.rows as u32,
            cols: g.cols as u32,
        }),
        images: images
            .iter()
            .map(|i| wire::Image {
                channel: i.channel.clone(),
                unit: i.unit.clone(),
                values: i.values.iter().copied().collect(),
            })
            .collect(),
        kind: kind.into(),
        scenario: scenario.to_owned(),
        seed: SEED,
        ..Default::default()
    }
}

fn curve(curve: &IvCurve) -> wire::Curve {
    wire::Curve {
        bias_v: curve.bias_v.clone(),
        current_a: curve.current_a.clone(),
        sample_interval_s: curve.sample_interval.0,
    }
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|v| v.to_bits()).collect()
}

/// Feeds what a local run measured to the service, `batch` at a time, and compares every pick with the run's.
async fn replayed(client: &mut Client, local: &Local, task: &str, batch: usize) {
    let mut open = request(&local.images, wire::Kind::Curve, task);
    open.current_noise_a = local.current_noise_a;
    let opened = client.open(open).await.unwrap().into_inner();
    let session = opened.session.clone();
    assert_eq!((opened.steps as usize, opened.batch as usize), (local.steps.len(), batch));
    // A local run chooses its first location alone: nothing is known yet.
    let (first, others) = local.steps.split_at(1);
    let mut number = 0;
    for (i, steps) in std::iter::once(first).chain(others.chunks(batch)).enumerate() {
        let ask = wire::AskRequest { session: session.clone(), count: steps.len() as u32 };
        let asked = client.ask(ask.clone()).await.unwrap().into_inner();
        assert_eq!(client.ask(ask).await.unwrap().into_inner(), asked, "asking again changes nothing");
        assert_eq!(asked.points.len(), steps.len());
        let mut told = Vec::new();
        for (k, (point, (planned, outcome))) in asked.points.iter().zip(steps).enumerate() {
            let pixel = point.pixel.unwrap();
            assert_eq!(
                (pixel.row as usize, pixel.col as usize),
                (planned.pixel.row, planned.pixel.col),
                "pick {i}.{k}"
            );
            assert_eq!(point.mean.map(f64::to_bits), planned.choice.mean.map(f64::to_bits));
            assert_eq!(point.sigma.map(f64::to_bits), planned.choice.sigma.map(f64::to_bits));
            assert_eq!(point.acquisition.is_some(), planned.choice.mean.is_some());
            let outcome = match outcome {
                Some(Outcome::Curve(c)) => Sent::Curve(curve(c)),
                _ => Sent::Failed("the instrument could not measure here".into()),
            };
            // Half of them by position, which must come out at the same pixel.
            let place = if k % 2 == 0 { Place::Pixel(pixel) } else { Place::Position(point.position.unwrap()) };
            told.push(wire::Measurement { number, place: Some(place), outcome: Some(outcome) });
            number += 1;
        }
        let tell = wire::TellRequest { session: session.clone(), measurements: told };
        let reply = client.tell(tell.clone()).await.unwrap().into_inner();
        assert_eq!(client.tell(tell).await.unwrap().into_inner(), reply, "a lost reply is answered again");
        if i % 5 == 2 {
            client.map(wire::MapRequest { session: session.clone(), target: 0 }).await.unwrap();
        }
    }
    for (target, (mean, sigma)) in local.map.iter().enumerate() {
        let map = client
            .map(wire::MapRequest { session: session.clone(), target: target as u32 })
            .await
            .unwrap()
            .into_inner();
        assert_eq!((bits(&map.mean), bits(&map.sigma)), (bits(mean), bits(sigma)), "map of target {target}");
        assert_eq!(map.mean.len(), (map.rows * map.cols) as usize);
    }
    let done = client.ask(wire::AskRequest { session: session.clone(), count: 1 }).await.unwrap().into_inner();
    assert!(done.points.is_empty());
    client.close(wire::CloseRequest { session }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_measurements_give_the_picks_of_a_local_run_to_the_last_bit() {
    let served = Served::with(Settings::default(), None).await;
    let mut client = served.client(None).await;
    for (task, channels, batch) in [
        ("[explore]\nwindow_px = 8\nsteps = 24\n", "", 1),
        ("[explore]\nwindow_px = 8\nsteps = 13\nbatch = 4\nacquisition = \"integrated-variance\"\n", "", 4),
        (
            "[measurement]\ntarget = [\"max_current\", \"hysteresis_area\", \"curve_pca\"]\n[explore]\nwindow_px = 7\nsteps = 10\nstrategy = \"gp-filters\"\n",
            "channels = [\"phase\"]\n",
            1,
        ),
    ] {
        let local = local(task, channels);
        assert!(!local.map.is_empty());
        replayed(&mut client, &local, task, batch).await;
    }
}

/// A scalar session on a smooth image of 20 × 24 pixels.
fn scalar() -> wire::OpenRequest {
    let (rows, cols) = (20, 24);
    let values = (0..rows * cols).map(|i| f64::from(i % cols).sin() + f64::from(i / cols).cos()).collect();
    wire::OpenRequest {
        grid: Some(wire::Grid { width_m: 2.4e-6, height_m: 2e-6, rows, cols, ..Default::default() }),
        images: vec![wire::Image { channel: "height".into(), unit: "m".into(), values }],
        kind: wire::Kind::Scalar.into(),
        scenario: "[explore]\nstrategy = \"gp-coordinates\"\nwindow_px = 5\nsteps = 6\nbatch = 2\n".into(),
        seed: 3,
        ..Default::default()
    }
}

fn at(number: u64, row: u32, col: u32, value: f64) -> wire::Measurement {
    let place = Some(Place::Pixel(wire::Pixel { row, col }));
    wire::Measurement { number, place, outcome: Some(Sent::Scalar(value)) }
}

fn refused<T: std::fmt::Debug>(answer: Result<T, Status>, code: Code, what: &str) {
    let status = answer.expect_err(what);
    assert_eq!(status.code(), code, "{what}: {status}");
    assert!(status.message().contains(what), "\"{what}\" is not in: {}", status.message());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loop_of_ones_own_may_measure_where_it_likes() {
    let served = Served::with(Settings::default(), None).await;
    let mut client = served.client(None).await;
    let session = client.open(scalar()).await.unwrap().into_inner().session;
    // Two places of its own before anything is asked for, one of them a failure.
    let failed = wire::Measurement { outcome: Some(Sent::Failed("no contact".into())), ..at(1, 9, 9, 0.0) };
    let tell = |measurements| wire::TellRequest { session: session.clone(), measurements };
    let told = client.tell(tell(vec![at(0, 4, 5, 1.5), failed])).await.unwrap().into_inner();
    assert_eq!((told.touched, told.told[0].value, told.told[1].value), (2, Some(1.5), None));
    assert_eq!(told.told[1].reason, "no contact");
    let asked = client.ask(wire::AskRequest { session: session.clone(), count: 2 }).await.unwrap().into_inner();
    let first = asked.points[0].pixel.unwrap();
    assert!(asked.points.iter().all(|p| p.mean.is_some() && p.sigma.is_some_and(|s| s > 0.0)));
    // It measures the second of the two, and then elsewhere: the first is still to be done.
    let second = asked.points[1].pixel.unwrap();
    client.tell(tell(vec![at(2, second.row, second.col, 0.5), at(3, 12, 12, 0.25)])).await.unwrap();
    let asked = client.ask(wire::AskRequest { session: session.clone(), count: 2 }).await.unwrap().into_inner();
    assert_eq!((asked.points.len(), asked.points[0].pixel.unwrap()), (2, first));
    let map = client.map(wire::MapRequest { session: session.clone(), target: 0 }).await.unwrap().into_inner();
    assert_eq!((map.rows, map.cols, map.first.unwrap().row, map.measured), (16, 20, 2, 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_openings_are_refused_by_name() {
    type Change = fn(&mut wire::OpenRequest);
    let served = Served::with(Settings::default(), None).await;
    let mut client = served.client(None).await;
    let broken: [(&str, Change); 17] = [
        ("grid is not given", |r| r.grid = None),
        ("images[0] has 479 values; accepted: 480", |r| r.images[0].values.truncate(479)),
        ("grid has 4294967295 x 4294967295 pixels", |r| {
            let grid = r.grid.as_mut().unwrap();
            (grid.rows, grid.cols) = (u32::MAX, u32::MAX);
        }),
        ("grid has 0 x 24 pixels", |r| r.grid.as_mut().unwrap().rows = 0),
        ("grid.width_m is NaN", |r| r.grid.as_mut().unwrap().width_m = f64::NAN),
        ("grid.height_m is -1", |r| r.grid.as_mut().unwrap().height_m = -1.0),
        ("grid.origin_x_m is inf", |r| r.grid.as_mut().unwrap().origin_x_m = f64::INFINITY),
        ("images[0] is NaN at row 1, column 3", |r| r.images[0].values[27] = f64::NAN),
        ("there are 0 images", |r| r.images.clear()),
        ("images[1] has the channel \"height\"", |r| r.images.push(r.images[0].clone())),
        ("kind is not given", |r| r.kind = 0),
        ("kind is not given", |r| r.kind = 77),
        ("current_noise_a is -1", |r| r.current_noise_a = Some(-1.0)),
        ("scenario:1:2: unknown key instrument", |r| r.scenario = "[instrument]\ndriver = \"replay\"\n".into()),
        ("names a file", |r| r.scenario = "[explore]\nstrategy = \"points\"\npoints = \"/etc/passwd\"\n".into()),
        ("stands in the request itself", |r| r.scenario = "[explore]\nseed = 3\n".into()),
        ("a window of 21 pixels does not fit", |r| r.scenario = "[explore]\nwindow_px = 21\n".into()),
    ];
    for (what, change) in broken {
        let mut request = scalar();
        change(&mut request);
        refused(client.open(request).await, Code::InvalidArgument, what);
    }
    let mut long = scalar();
    long.scenario = "#".repeat(65_537);
    refused(client.open(long).await, Code::InvalidArgument, "scenario has 65537 bytes");
    client.open(scalar()).await.expect("the server still answers");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_measurements_change_nothing() {
    let served = Served::with(Settings::default(), None).await;
    let mut client = served.client(None).await;
    let session = client.open(scalar()).await.unwrap().into_inner().session;
    let tell = |measurements| wire::TellRequest { session: session.clone(), measurements };
    client.tell(tell(vec![at(0, 10, 10, 1.0)])).await.unwrap();
    let placeless = wire::Measurement { place: None, ..at(1, 0, 0, 1.0) };
    let empty = wire::Measurement { outcome: None, ..at(1, 8, 8, 1.0) };
    let other = wire::Measurement { outcome: Some(Sent::Curve(wire::Curve::default())), ..at(1, 8, 8, 1.0) };
    let far = Some(Place::Position(wire::Position { x_m: 1.0, y_m: f64::NAN }));
    let outside = wire::Measurement { place: far, ..at(1, 0, 0, 1.0) };
    let (invalid, precondition) = (Code::InvalidArgument, Code::FailedPrecondition);
    for (bad, code, what) in [
        (vec![at(1, 1, 10, 1.0)], invalid, "accepted: rows 2 to 17, columns 2 to 21"),
        (vec![at(1, u32::MAX, u32::MAX, 1.0)], invalid, "no complete window"),
        (vec![at(1, 8, 8, f64::NAN)], invalid, "measurement 1 is NaN"),
        (vec![at(2, 8, 8, 1.0)], invalid, "has number 2; accepted: 1"),
        (vec![at(u64::MAX, 8, 8, 1.0)], invalid, "accepted: 1"),
        (vec![at(0, 10, 10, 2.0)], Code::AlreadyExists, "number 0 was told before"),
        (vec![at(1, 10, 10, 2.0)], precondition, "told before"),
        // The first of two is good, and is not taken in either.
        (vec![at(1, 8, 8, 1.0), at(2, 8, 8, 1.0)], precondition, "told before"),
        (vec![placeless], invalid, "has no place"),
        (vec![empty], invalid, "has no outcome"),
        (vec![other], invalid, "of another kind"),
        (vec![outside], invalid, "outside of the scan"),
        ((1..7).map(|i| at(i, 5, 4 + i as u32, 1.0)).collect(), precondition, "ends after 6 measurements"),
    ] {
        refused(client.tell(tell(bad)).await, code, what);
        let asked = client.ask(wire::AskRequest { session: session.clone(), count: 1 }).await.unwrap().into_inner();
        assert_eq!(asked.touched, 1, "{what}");
    }
    let ask = wire::AskRequest { session: session.clone(), count: 3 };
    refused(client.ask(ask).await, invalid, "accepted: 1 to 2 (explore.batch)");
    refused(client.map(wire::MapRequest { session: session.clone(), target: 1 }).await, invalid, "accepted: 0 to 0");

    let curves = wire::OpenRequest {
        kind: wire::Kind::Curve.into(),
        scenario: "[explore]\nwindow_px = 5\nsteps = 6\n".into(),
        ..scalar()
    };
    let session = client.open(curves).await.unwrap().into_inner().session;
    let sent = |bias: usize, current: usize, value: f64, interval: f64| {
        let curve =
            wire::Curve { bias_v: vec![0.5; bias], current_a: vec![value; current], sample_interval_s: interval };
        let measurement = wire::Measurement { outcome: Some(Sent::Curve(curve)), ..at(0, 8, 8, 0.0) };
        wire::TellRequest { session: session.clone(), measurements: vec![measurement] }
    };
    for (bad, what) in [
        (sent(5, 4, 1e-9, 0.01), "5 voltages and 4 currents"),
        (sent(0, 0, 1e-9, 0.01), "2 or more"),
        (sent(5, 5, f64::INFINITY, 0.01), "current_a[0] of measurement 0 is inf"),
        (sent(5, 5, 1e-9, 0.0), "sample_interval_s"),
    ] {
        refused(client.tell(bad).await, invalid, what);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_are_few_private_and_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["one", "two"].map(str::to_owned);
    issue(folder.path(), &["localhost".to_owned()], &names, 2, SystemTime::now()).unwrap();
    let settings = Settings { sessions: 2, expires_after: Duration::from_millis(700), ..Settings::default() };
    let served = Served::with(settings, Some(&folder.path().join("server"))).await;
    let mut one = served.client(Some(&folder.path().join("one"))).await;
    let mut two = served.client(Some(&folder.path().join("two"))).await;
    let mine = one.open(scalar()).await.unwrap().into_inner().session;
    let ask = wire::AskRequest { session: mine.clone(), count: 1 };
    one.ask(ask.clone()).await.expect("its owner");
    refused(two.ask(ask.clone()).await, Code::NotFound, "no such session");
    two.close(wire::CloseRequest { session: mine.clone() }).await.expect("is no error");
    one.ask(ask.clone()).await.expect("nobody else closes it");
    two.open(scalar()).await.unwrap();
    refused(two.open(scalar()).await, Code::ResourceExhausted, "all 2 sessions are in use");
    // Used all the time, it lives on; left alone, both are forgotten.
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        one.ask(ask.clone()).await.expect("is used");
    }
    tokio::time::sleep(Duration::from_millis(900)).await;
    refused(one.ask(ask).await, Code::NotFound, "expired");
    two.open(scalar()).await.expect("there is room again");
}
