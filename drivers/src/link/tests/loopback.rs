//! A served twin over real sockets.

use super::watched::{Watched, sweep, twin};
use crate::Twin;
use crate::link::door::{Address, issue};
use crate::link::{ClientId, InstrumentServer, Remote, RemoteSettings, ServerSettings};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime};
use tiptwin_instrument::{Action, ErrorKind, Instrument, Meters, ScanGrid, Seconds, Suns};

fn settings(folder: &Path, live_s: f64) -> ServerSettings {
    let address = "127.0.0.1:0".parse().expect("an address");
    let journal = folder.join("touches");
    ServerSettings { address, certificates: None, journal, time_to_live: Seconds(live_s), requests_per_s: 1e4 }
}

fn serve(microscope: &Watched, settings: &ServerSettings) -> InstrumentServer {
    let microscope = microscope.clone();
    InstrumentServer::start(Box::new(move || Ok(microscope.limited())), settings, Box::new(|_| ())).expect("serves")
}

fn connect(address: &Address, name: &str) -> Result<Remote, tiptwin_instrument::InstrumentError> {
    let address = address.clone();
    let settings =
        RemoteSettings { address, certificates: None, server_name: None, name: name.into(), patience: Seconds(3.0) };
    Remote::connect(&settings, ClientId::new_for_this_process())
}

#[test]
fn what_is_measured_over_the_link_is_what_is_measured_beside_the_instrument() {
    let folder = tempfile::tempdir().expect("temp");
    let server = serve(&Watched::new(), &settings(folder.path(), 5.0));
    let mut remote = connect(server.address(), "tests").expect("connects");
    let mut local: Twin = twin();
    assert_eq!(remote.describe(), local.describe());
    let grid = ScanGrid::square(Meters(1e-6), 32);
    let mut actions = vec![Action::ScanTopography { grid }, Action::SetLight { intensity: Suns(0.1) }];
    actions.extend((1..20).map(sweep));
    for action in actions {
        let (there, here) = (remote.execute(&action).expect("there"), local.execute(&action).expect("here"));
        assert_eq!((there.action, there.outcome), (here.action, here.outcome));
        assert_eq!((there.read_back, there.instrument_time), (here.read_back, here.instrument_time));
    }
    remote.make_safe().expect("safe");
    assert!(server.is_safe());
}

#[test]
fn an_action_may_take_longer_than_the_patience_with_a_silent_server() {
    let folder = tempfile::tempdir().expect("temp");
    let microscope = Watched::new();
    let server = serve(&microscope, &settings(folder.path(), 5.0));
    let mut remote = connect(server.address(), "tests").expect("connects");
    microscope.seen().takes = Duration::from_secs(5);
    remote.execute(&sweep(1)).expect("five seconds, with a patience of three");
    assert_eq!(microscope.touches(1), 1);
}

#[test]
fn one_has_control_and_a_second_one_is_told_who() {
    let folder = tempfile::tempdir().expect("temp");
    let server = serve(&Watched::new(), &settings(folder.path(), 5.0));
    let first = connect(server.address(), "first").expect("connects");
    let error = connect(server.address(), "second").expect_err("there is one lease");
    assert_eq!(error.kind(), ErrorKind::Link);
    assert!(error.to_string().contains("\"first\" has control"), "{error}");
    drop(first);
    connect(server.address(), "second").expect("control was given back");
}

#[test]
fn letting_go_makes_safe_and_so_does_a_heart_that_stops() {
    let folder = tempfile::tempdir().expect("temp");
    let microscope = Watched::new();
    let server = serve(&microscope, &settings(folder.path(), 0.6));
    let mut remote = connect(server.address(), "tests").expect("connects");
    remote.execute(&sweep(1)).expect("measures");
    assert!(!microscope.seen().safe && !server.is_safe());
    thread::sleep(Duration::from_millis(1500));
    assert!(!microscope.seen().safe, "its heart beats");
    drop(remote);
    assert!(microscope.seen().safe, "given back");

    let mut remote = connect(server.address(), "tests").expect("connects");
    remote.execute(&sweep(2)).expect("measures");
    // A process that is killed gives nothing back.
    remote.stop_heart_for_test();
    let stopped = Instant::now();
    while !microscope.seen().safe {
        assert!(stopped.elapsed() < Duration::from_secs(5));
        thread::sleep(Duration::from_millis(5));
    }
    assert!(stopped.elapsed().as_secs_f64() < 0.6 + 0.3, "{:?}", stopped.elapsed());
    let error = remote.execute(&sweep(3)).expect_err("control is lost");
    assert_eq!(error.kind(), ErrorKind::Link, "{error}");
    assert_eq!(microscope.touches(3), 0);
}

#[test]
fn a_server_that_is_gone_ends_in_time_and_says_what_that_means() {
    let folder = tempfile::tempdir().expect("temp");
    let microscope = Watched::new();
    let server = serve(&microscope, &settings(folder.path(), 1.0));
    let mut remote = connect(server.address(), "tests").expect("connects");
    remote.execute(&sweep(1)).expect("measures");
    server.stop().expect("safe");
    let begun = Instant::now();
    let error = remote.execute(&sweep(2)).expect_err("nobody is there");
    assert_eq!(error.kind(), ErrorKind::Link, "{error}");
    assert!(error.to_string().contains("makes the instrument safe by itself"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    let error = remote.make_safe().expect_err("nobody hears it");
    assert!(error.to_string().contains("does so by itself"), "{error}");
    assert_eq!(microscope.touches(2), 0);
}

#[test]
fn a_server_stands_on_this_machine_and_has_its_journal_alone() {
    let folder = tempfile::tempdir().expect("temp");
    let here = settings(folder.path(), 1.0);
    let open = ServerSettings { address: "0.0.0.0:0".parse().expect("an address"), ..here.clone() };
    let microscope = Watched::new();
    let start = |settings| {
        let microscope = microscope.clone();
        InstrumentServer::start(Box::new(move || Ok(microscope.limited())), settings, Box::new(|_| ()))
    };
    let error = start(&open).expect_err("anybody could drive it");
    assert!(error.to_string().contains("reaches beyond this machine"), "{error}");
    let _one = start(&here).expect("serves");
    let error = start(&here).expect_err("one journal, one server");
    assert!(error.to_string().contains("another server writes it"), "{error}");
}

#[test]
fn with_certificates_the_people_beside_the_instrument_read_who_has_control() {
    let folder = tempfile::tempdir().expect("temp");
    let (server, client) = (["localhost".to_owned()], ["gpu".to_owned()]);
    issue(&folder.path().join("made"), &server, &client, 1, SystemTime::now()).expect("certificates");
    let made = |name: &str| Some(folder.path().join("made").join(name));
    let (tell, told) = std::sync::mpsc::channel();
    let microscope = Watched::new();
    let served = ServerSettings { certificates: made("server"), ..settings(folder.path(), 2.0) };
    let supply = {
        let microscope = microscope.clone();
        move || Ok(microscope.limited())
    };
    let server =
        InstrumentServer::start(Box::new(supply), &served, Box::new(move |what| drop(tell.send(what.to_owned()))));
    let server = server.expect("serves");
    let way = |certificates| RemoteSettings {
        address: server.address().clone(),
        certificates,
        server_name: Some("localhost".into()),
        name: "learner".into(),
        patience: Seconds(3.0),
    };
    let mut remote = Remote::connect(&way(made("gpu")), ClientId::new_for_this_process()).expect("it is on the list");
    remote.execute(&sweep(1)).expect("measures");
    assert!(told.try_iter().any(|line| line == "\"learner (gpu)\" has control"));
    let error = Remote::connect(&way(None), ClientId::new_for_this_process()).expect_err("plain text");
    assert_eq!(error.kind(), ErrorKind::Link);
    remote.execute(&sweep(2)).expect("and the one who has control goes on");
    assert_eq!((microscope.touches(1), microscope.touches(2)), (1, 1));
}
