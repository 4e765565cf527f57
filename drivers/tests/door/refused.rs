//! What is said: too much of it, and nonsense.

use super::support::{Served, WAIT, ask, impatient};
use std::io::{Read, Write};
use std::net::TcpStream;
use tiptwin_drivers::link::door::{Bounds, connect};
use tiptwin_drivers::link::wire::decision as wire;
use tonic::metadata::{AsciiMetadataKey, AsciiMetadataValue};
use tonic::{Code, Request};
use wire::decisions_client::DecisionsClient;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_refused_by_its_size_before_it_is_there() {
    let bounds = Bounds { message_bytes: 64 << 10, ..Bounds::default() };
    let server = Served::plain(bounds).await;
    let channel = connect(&server.address, None, None, WAIT).await.expect("connects");
    let mut client = DecisionsClient::new(channel.clone());
    let of = |values| wire::OpenRequest {
        images: vec![wire::Image { values: vec![0.5; values], ..Default::default() }],
        ..Default::default()
    };
    assert_eq!(client.open(of(8000)).await.expect("fits").into_inner().steps, 8000);
    let status = client.open(of(9000)).await.expect_err("does not fit");
    assert_eq!(status.code(), Code::OutOfRange, "{status}");
    assert!(status.message().contains("65536"), "{status}");
    assert_eq!(ask(channel).await.as_deref(), Ok("nobody"), "on the same connection");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_have_a_bound_too() {
    let server = Served::plain(Bounds::default()).await;
    let channel = connect(&server.address, None, None, WAIT).await.expect("connects");
    let mut request = Request::new(wire::CloseRequest::default());
    for i in 0..40 {
        let key: AsciiMetadataKey = format!("remark-{i}").parse().expect("a key");
        let value: AsciiMetadataValue = "x".repeat(1000).parse().expect("a value");
        request.metadata_mut().insert(key, value);
    }
    DecisionsClient::new(channel).close(request).await.expect_err("40 kB of headers");
    assert_eq!(server.knock(None).await.as_deref(), Ok("nobody"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_requests_are_refused_one_by_one_and_others_are_not_hurt() {
    let server = Served::plain(Bounds { requests_per_s: (50, 20), ..Bounds::default() }).await;
    let mut eager = DecisionsClient::new(connect(&server.address, None, None, WAIT).await.expect("connects"));
    let (mut passed, mut refused) = (0, 0);
    let begun = std::time::Instant::now();
    for _ in 0..200 {
        match eager.close(wire::CloseRequest::default()).await {
            Ok(_) => passed += 1,
            Err(status) => {
                assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
                assert!(status.message().contains("50 a second"), "{status}");
                refused += 1;
            }
        }
    }
    let most = 20 + (begun.elapsed().as_secs_f64() * 50.0).ceil() as i32;
    assert!(passed >= 20 && passed <= most && refused > 0, "{passed} passed where {most} may, {refused} refused");
    assert_eq!(server.knock(None).await.as_deref(), Ok("nobody"));
}

/// What a server says to some bytes before it closes the connection, which it must do in time.
fn answer_to(port: u16, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("connects");
    stream.set_read_timeout(Some(WAIT)).expect("sets");
    stream.write_all(bytes).expect("writes");
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(e) if e.kind() != std::io::ErrorKind::ConnectionReset => panic!("still open after {WAIT:?}: {e}"),
        _ => answer,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_ends_its_own_connection_alone() {
    let server = Served::plain(impatient()).await;
    let port = server.port();
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice();
    let long_frame = [&[0xff, 0xff, 0xff, 0, 0], [0; 4].as_slice()].concat();
    let nonsense: [Vec<u8>; 6] = [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
        [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3].repeat(4),
        vec![0; 4096],
        [preface, &[0xff; 512]].concat(),
        // A frame of 16 MiB of data on no stream.
        [preface, &long_frame].concat(),
        // The same preface again where settings belong.
        preface.repeat(2),
    ];
    for (i, bytes) in nonsense.into_iter().enumerate() {
        let said = tokio::task::spawn_blocking(move || answer_to(port, &bytes)).await.expect("no panic");
        assert!(said.len() < 1024, "nonsense {i} was answered with {} bytes", said.len());
        assert_eq!(server.knock(None).await.as_deref(), Ok("nobody"), "after nonsense {i}");
    }
}
