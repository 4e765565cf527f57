//! Who one is: authorities, names, times, and the files.

use super::support::{Certificates, Served, WAIT, ask};
use std::fs;
use std::time::SystemTime;
use tiptwin_drivers::link::door::{Address, Bounds, Door, DoorError, connect, files, inspect, issue};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};

/// After whatever was refused, a client in good order is answered.
async fn still_answers(server: &Served, good: &Certificates) {
    assert_eq!(server.knock(Some(&good.of("gpu-box"))).await.as_deref(), Ok("gpu-box"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_in_good_order_is_known_by_its_name() {
    let good = Certificates::new(&["gpu-box", "laptop"]);
    let server = Served::locked(&good, Bounds::default()).await;
    for name in ["gpu-box", "laptop"] {
        assert_eq!(server.knock(Some(&good.of(name))).await.as_deref(), Ok(name));
    }
    server.stop().await.expect("ends well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_authority_is_refused_on_both_sides() {
    let (good, other) = (Certificates::new(&["gpu-box"]), Certificates::new(&["gpu-box"]));
    let server = Served::locked(&good, Bounds::default()).await;
    let error = server.knock(Some(&other.of("gpu-box"))).await.expect_err("does not trust the server");
    assert!(error.contains("another authority") && error.contains("link init"), "{error}");
    // It trusts the server, but its own certificate is of the other authority.
    let mixed = tempfile::tempdir().expect("temp");
    for file in [files::CERTIFICATE, files::KEY] {
        fs::copy(other.of("gpu-box").join(file), mixed.path().join(file)).expect("copies");
    }
    fs::copy(good.path().join(files::AUTHORITY), mixed.path().join(files::AUTHORITY)).expect("copies");
    let error = server.alert(Some(mixed.path())).await;
    assert!(error.contains("received fatal alert"), "{error}");
    still_answers(&server, &good).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expired_certificates_are_refused_on_both_sides() {
    let (good, old) = (Certificates::new(&["gpu-box"]), Certificates::aged(&["gpu-box"], 366));
    let expired = Served::locked(&old, Bounds::default()).await;
    let error = expired.knock(Some(&old.of("gpu-box"))).await.expect_err("the server's has expired");
    assert!(error.contains("expired") && error.contains("new certificate"), "{error}");
    // A client of the same authority whose certificate ended yesterday.
    issue(good.path(), &[], &["late".to_owned()], 365, SystemTime::now() - 366 * std::time::Duration::from_hours(24))
        .expect("made");
    let server = Served::locked(&good, Bounds::default()).await;
    let error = server.alert(Some(&good.of("late"))).await;
    assert!(error.contains("CertificateExpired"), "{error}");
    still_answers(&server, &good).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_are_checked_on_both_sides() {
    let good = Certificates::new(&["gpu-box", "stranger"]);
    let server = Served::locked(&good, Bounds::default()).await;
    let called = connect(&server.address, Some(&good.of("gpu-box")), Some("another-afm"), WAIT).await;
    let error = called.expect_err("the certificate is for localhost").to_string();
    assert!(error.contains("not valid for name") && error.contains("call the server by a name"), "{error}");
    drop(server);

    let list = good.of("server").join(files::ALLOWED);
    let without = fs::read_to_string(&list).expect("reads").replace("stranger\n", "");
    fs::write(&list, without).expect("writes");
    let server = Served::locked(&good, Bounds::default()).await;
    let error = server.knock(Some(&good.of("stranger"))).await.expect_err("is not on the list");
    assert!(error.contains("stranger") && error.contains("not in this server's list of clients"), "{error}");
    still_answers(&server, &good).await;
    // A server's certificate is no client's, whatever its name.
    let error = server.alert(Some(&good.of("server"))).await;
    assert!(error.contains("alert"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_client_certificate_no_entry() {
    let good = Certificates::new(&["gpu-box"]);
    let server = Served::locked(&good, Bounds::default()).await;
    let authority = fs::read_to_string(good.path().join(files::AUTHORITY)).expect("reads");
    let endpoint = Endpoint::from_shared(format!("https://127.0.0.1:{}", server.port())).expect("an address");
    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&authority)).domain_name("localhost");
    let mut error = String::new();
    // As in `Served::alert`: the reason comes last.
    for _ in 0..20 {
        error = match endpoint.clone().tls_config(tls.clone()).expect("configures").connect().await {
            Ok(channel) => ask(channel).await.expect_err("no certificate"),
            Err(e) => tiptwin_drivers::link::door::reasons(&e),
        };
        if error.contains("alert") {
            break;
        }
    }
    assert!(error.contains("CertificateRequired"), "{error}");
    // Somebody else's certificate with a key of one's own proves nothing.
    let stolen = fs::read_to_string(good.of("gpu-box").join(files::CERTIFICATE)).expect("reads");
    let other = fs::read_to_string(Certificates::new(&["gpu-box"]).of("gpu-box").join(files::KEY)).expect("reads");
    let tls = tls.identity(Identity::from_pem(stolen, other));
    assert!(endpoint.tls_config(tls).is_err(), "key and certificate do not belong together");
    still_answers(&server, &good).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_text_and_tls_do_not_meet() {
    let good = Certificates::new(&["gpu-box"]);
    let server = Served::locked(&good, Bounds::default()).await;
    let plain: Address = format!("127.0.0.1:{}", server.port()).parse().expect("an address");
    let error = match connect(&plain, None, None, WAIT).await {
        Ok(channel) => ask(channel).await.expect_err("plain text to a TLS port"),
        Err(e) => e.to_string(),
    };
    assert!(!error.is_empty());
    still_answers(&server, &good).await;
    let open = Served::plain(Bounds::default()).await;
    open.knock(Some(&good.of("gpu-box"))).await.expect_err("TLS to a plain port");
    assert_eq!(open.knock(None).await.as_deref(), Ok("nobody"));
}

#[tokio::test]
async fn beyond_this_machine_nothing_listens_or_calls_without_tls() {
    for text in ["0.0.0.0:0", "[::]:0", "192.0.2.7:50551", "afm.lab.example:50551"] {
        let address: Address = text.parse().expect("an address");
        let listens = Door::open(&address, None, Bounds::default()).await.expect_err("listens in plain text");
        let calls = connect(&address, None, None, WAIT).await.expect_err("calls in plain text");
        for error in [listens, calls] {
            assert!(matches!(error, DoorError::Exposed { .. }), "{error}");
            assert!(error.to_string().contains("tiptwin link init"), "{error}");
        }
    }
    let good = Certificates::new(&["gpu-box"]);
    let everywhere: Address = "0.0.0.0:0".parse().expect("an address");
    Door::open(&everywhere, Some(&good.of("server")), Bounds::default()).await.expect("with certificates it may");
}

#[tokio::test]
async fn files_that_are_not_in_order_start_no_server() {
    let good = Certificates::new(&["gpu-box"]);
    let server = good.of("server");
    let address: Address = "127.0.0.1:0".parse().expect("an address");
    let open = || async { Door::open(&address, Some(&server), Bounds::default()).await.map(drop) };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let key = server.join(files::KEY);
        for mode in [0o640, 0o604, 0o660] {
            fs::set_permissions(&key, fs::Permissions::from_mode(mode)).expect("sets");
            let error = open().await.expect_err("others can read the key").to_string();
            assert!(error.contains(&format!("{mode:04o}")) && error.contains("chmod 600"), "{error}");
            assert!(inspect(&server, None, SystemTime::now()).iter().any(|f| !f.ok && f.detail.contains("chmod 600")));
        }
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("sets");
    }
    let list = server.join(files::ALLOWED);
    fs::write(&list, "# nobody\n\n").expect("writes");
    assert!(matches!(open().await.expect_err("nobody may come in"), DoorError::NobodyAllowed { .. }));
    fs::write(&list, "*.lab.example\n").expect("writes");
    assert!(matches!(open().await.expect_err("a wildcard is no name"), DoorError::Name { .. }));
    fs::write(&list, "gpu-box\n").expect("writes");
    open().await.expect("in order again");
    fs::write(server.join(files::CERTIFICATE), "no certificate").expect("writes");
    assert!(matches!(open().await.expect_err("no certificate"), DoorError::Content { .. }));
}

#[test]
fn nothing_is_overwritten_and_clients_can_be_added() {
    let made = Certificates::new(&["gpu-box"]);
    let before = fs::read(made.path().join(files::AUTHORITY_KEY)).expect("reads");
    let now = SystemTime::now();
    for (server, clients) in [(vec!["afm".to_owned()], vec![]), (vec![], vec!["gpu-box".to_owned()])] {
        let error = issue(made.path(), &server, &clients, 30, now).expect_err("is there").to_string();
        assert!(error.contains("never overwritten"), "{error}");
    }
    let issued = issue(made.path(), &[], &["laptop".to_owned()], 30, now).expect("adds a client");
    assert!(!issued.new_authority);
    assert_eq!(fs::read(made.path().join(files::AUTHORITY_KEY)).expect("reads"), before);
    let listed = fs::read_to_string(made.of("server").join(files::ALLOWED)).expect("reads");
    assert!(listed.ends_with("gpu-box\nlaptop\n"), "{listed}");
    for (who, called) in [("server", Some("localhost")), ("gpu-box", None), ("laptop", None)] {
        let found = inspect(&made.of(who), called, now);
        assert!(found.len() >= 4 && found.iter().all(|f| f.ok), "{who}: {found:?}");
    }
    for bad in ["", "a b", "*.lab.example", "../up", "server"] {
        let error = issue(made.path(), &[], &[bad.to_owned()], 30, now).expect_err(bad).to_string();
        assert!(error.contains("accepted"), "{error}");
    }
}

#[test]
fn an_inspection_says_what_is_wrong() {
    let (made, old) = (Certificates::new(&["gpu-box"]), Certificates::aged(&["gpu-box"], 400));
    let wrong = |folder: &std::path::Path, called: Option<&str>| {
        let found = inspect(folder, called, SystemTime::now());
        found.into_iter().filter(|f| !f.ok).map(|f| f.detail).collect::<Vec<_>>().join("; ")
    };
    assert!(wrong(&old.of("gpu-box"), None).contains("expired 35 days ago"), "{}", wrong(&old.of("gpu-box"), None));
    assert!(wrong(&made.of("server"), Some("afm")).contains("does not carry \"afm\""));
    fs::copy(old.path().join(files::AUTHORITY), made.of("gpu-box").join(files::AUTHORITY)).expect("copies");
    assert!(wrong(&made.of("gpu-box"), None).contains("another authority"), "{}", wrong(&made.of("gpu-box"), None));
    fs::remove_file(made.of("server").join(files::KEY)).expect("removes");
    assert!(wrong(&made.of("server"), None).contains(files::KEY));
}
