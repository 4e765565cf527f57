//! Sockets in a folder.

use super::support::{Served, impatient};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use tiptwin_drivers::link::door::{Address, Bounds, Door};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_is_its_owners_and_goes_with_its_server() {
    let folder = tempfile::tempdir().expect("temp");
    let path = folder.path().join("tiptwin.sock");
    let address = format!("unix:{}", path.display());
    let server = Served::at(&address, None, impatient()).await;
    assert_eq!(fs::metadata(&path).expect("is there").permissions().mode() & 0o777, 0o600);
    assert_eq!(server.knock(None).await.as_deref(), Ok("nobody"));
    let parsed: Address = address.parse().expect("an address");
    let error = Door::open(&parsed, None, Bounds::default()).await.expect_err("is in use").to_string();
    assert!(error.contains("another server listens there"), "{error}");
    assert_eq!(server.knock(None).await.as_deref(), Ok("nobody"), "the first one still has it");
    server.stop().await.expect("ends well");
    let mut left = 100;
    while path.exists() && left > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        left -= 1;
    }
    assert!(!path.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dead_server_left_is_replaced_and_nothing_else() {
    let folder = tempfile::tempdir().expect("temp");
    let path = folder.path().join("tiptwin.sock");
    let address = format!("unix:{}", path.display());
    drop(UnixListener::bind(&path).expect("binds"));
    assert!(path.exists(), "a socket stays when its server dies");
    let server = Served::at(&address, None, Bounds::default()).await;
    assert_eq!(server.knock(None).await.as_deref(), Ok("nobody"));
    drop(server);
    let text = folder.path().join("notes.txt");
    fs::write(&text, "mine").expect("writes");
    let parsed: Address = format!("unix:{}", text.display()).parse().expect("an address");
    let error = Door::open(&parsed, None, Bounds::default()).await.expect_err("is a file").to_string();
    assert!(error.contains("no socket"), "{error}");
    assert_eq!(fs::read_to_string(&text).expect("reads"), "mine");
}
