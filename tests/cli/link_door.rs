//! Certificates and the decision server as a user meets them.

use super::{path, stderr, stdout, tiptwin};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A decision server, ended when dropped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tiptwin"))
            .args(["link", "serve-decisions", "--json"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let said: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let address = said["address"].as_str().expect("an address").to_owned();
        Self { child, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn certificates_are_made_and_a_server_knows_its_clients_by_them() {
    let folder = tempfile::tempdir().expect("temp");
    let (ours, theirs) = (folder.path().join("ours"), folder.path().join("theirs"));
    for made in [&ours, &theirs] {
        let output =
            tiptwin(&["link", "init", path(made), "--name", "localhost", "--name", "127.0.0.1", "--client", "gpu-box"]);
        assert!(output.status.success(), "{}", stderr(&output));
    }
    let (server, client) = (ours.join("server"), ours.join("gpu-box"));
    #[cfg(unix)]
    for secret in [ours.join("ca-key.pem"), server.join("key.pem"), client.join("key.pem")] {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&secret).expect("is there").permissions().mode() & 0o777,
            0o600,
            "{}",
            secret.display()
        );
    }
    let again = tiptwin(&["link", "init", path(&ours), "--name", "localhost"]);
    assert_eq!(again.status.code(), Some(3), "{}", stderr(&again));
    assert!(stderr(&again).contains("never overwritten"), "{}", stderr(&again));

    let looked = tiptwin(&["link", "check", "--certificates", path(&server), "--server-name", "localhost"]);
    assert!(looked.status.success(), "{}", stdout(&looked));
    assert!(stdout(&looked).contains("gpu-box") && stdout(&looked).contains("396 days left"), "{}", stdout(&looked));

    let running = Server::start(&["--address", "0.0.0.0:0", "--certificates", path(&server)]);
    let port = running.address.rsplit_once(':').expect("a port").1;
    let here = format!("127.0.0.1:{port}");
    let check = |certificates: &str| tiptwin(&["link", "check", "--certificates", certificates, "--address", &here]);
    let good = check(path(&client));
    assert!(good.status.success() && stdout(&good).contains("serves decisions"), "{}", stdout(&good));
    let other = check(path(&theirs.join("gpu-box")));
    assert_eq!(other.status.code(), Some(4), "{}", stdout(&other));
    assert!(stdout(&other).contains("another authority made the server's certificate"), "{}", stdout(&other));
    fs::write(server.join("allowed.txt"), "laptop\n").expect("writes");
    assert!(check(path(&client)).status.success(), "a server reads its list when it starts");
}

#[test]
fn beyond_this_machine_a_server_needs_certificates() {
    for (address, code, what) in
        [("0.0.0.0:0", 2, "link init"), ("192.0.2.1:7532", 2, "mutual TLS"), ("nonsense", 2, "accepted: host:port")]
    {
        let output = tiptwin(&["link", "serve-decisions", "--address", address]);
        assert_eq!(output.status.code(), Some(code), "{address}: {}", stderr(&output));
        assert!(stderr(&output).contains(what), "{address}: {}", stderr(&output));
    }
    let running = Server::start(&["--address", "localhost:0"]);
    let taken = tiptwin(&["link", "serve-decisions", "--address", &running.address]);
    assert_eq!(taken.status.code(), Some(6), "{}", stderr(&taken));
    assert!(stderr(&taken).contains("cannot listen on localhost"), "{}", stderr(&taken));
    let checked = tiptwin(&["link", "check", "--address", &running.address]);
    assert!(checked.status.success() && stdout(&checked).contains("lets this computer in"), "{}", stdout(&checked));
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_server_well_and_its_socket_goes() {
    let folder = tempfile::tempdir().expect("temp");
    let socket = folder.path().join("decisions.sock");
    let address = format!("unix:{}", socket.display());
    let mut running = Server::start(&["--address", &address]);
    let checked = tiptwin(&["link", "check", "--address", &address]);
    assert!(checked.status.success(), "{}", stdout(&checked));
    let id = running.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().expect("runs").success());
    let ended = running.child.wait().expect("ends");
    assert!(ended.success(), "{ended:?}");
    assert!(!socket.exists());
}

#[path = "../../scenarios/examples/link_soak/soak/mod.rs"]
#[expect(dead_code, reason = "the example shows both ends and has other loads")]
mod soak;

/// Ten seconds of what `cargo run --release --example link_soak` does for as long as one likes.
#[cfg(target_os = "linux")]
#[test]
fn memory_stays_where_it_is_while_strangers_knock() {
    let program = Command::new(env!("CARGO_BIN_EXE_tiptwin"));
    let soaked = soak::soak(program, soak::Load::ALL, std::time::Duration::from_secs(10), Default::default);
    assert!(soaked.requests > 1000 && soaked.sessions > 5 && soaked.strangers > 100, "{soaked:?}");
    // A session of the soak is some 0.3 MiB, a request some 4 KiB: kept, either would add more than this in 10 s.
    let tenth = soaked.samples.len() / 10;
    let kib = |samples| soak::median(samples, |s| s.server.resident_kib);
    let (early, late) = (kib(&soaked.samples[tenth..2 * tenth]), kib(&soaked.samples[9 * tenth..]));
    assert!(early > 0.0 && late < early + 8192.0, "memory grew from {early} to {late} KiB: {soaked:?}");
    // Two for the network, two that compute, the first one, and one that waits for signals: threads that come one by one hold memory one by one.
    let most = soaked.samples.iter().map(|s| s.server.threads).fold(0.0, f64::max);
    assert!((2.0..=6.0).contains(&most), "{most} threads");
}
