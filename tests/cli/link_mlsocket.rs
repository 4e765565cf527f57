//! The learner for the published experiment's client: its wire byte for byte, dropped sockets, killed servers, and what it does not take.

use super::{path, stderr, tiptwin};
use ndarray::{Array2, array};
use ndarray_npy::{NpzReader, ReadNpyExt, WriteNpyExt};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tiptwin_tests::write_recording;

const FIRST: (usize, usize) = (10, 12);
const STEPS: usize = 10;

/// A recording, its image as the server has it, and its values as the client measures them.
struct Sample {
    folder: tempfile::TempDir,
    image: PathBuf,
    values: Array2<f64>,
}

impl Sample {
    fn make() -> Self {
        let folder = tempfile::tempdir().expect("temp");
        let recording = write_recording(folder.path());
        let mut npz = NpzReader::new(File::open(recording).expect("file")).expect("archive");
        let structure: Array2<f32> = npz.by_name("topography_m").expect("array");
        let values = npz.by_name("values").expect("array");
        let image = folder.path().join("image.npy");
        structure.write_npy(File::create(&image).expect("file")).expect("array");
        Self { folder, image, values }
    }

    fn journal(&self) -> PathBuf {
        self.folder.path().join("told.jsonl")
    }

    fn lines(&self, kind: &str) -> Vec<serde_json::Value> {
        let text = fs::read_to_string(self.journal()).expect("journal");
        let lines = text.lines().map(|l| serde_json::from_str::<serde_json::Value>(l).expect("JSON"));
        lines.filter(|l| l["type"] == kind).collect()
    }

    /// Where `tiptwin explore` measures on a replay of the same.
    fn explored(&self) -> Vec<(usize, usize)> {
        let scenario = self.folder.path().join("replay.toml");
        let (row, col) = FIRST;
        let text = format!(
            "[instrument]\ndriver = \"replay\"\n[instrument.replay]\nfile = \"recording.npz\"\nstructure = \"topography_m\"\nvalues = \"values\"\npixel_nm = 1\n[explore]\nwindow_px = 8\nsteps = {STEPS}\nfirst = {{ row = {row}, col = {col} }}\nseed = 5\n"
        );
        fs::write(&scenario, text).expect("scenario");
        let run = self.folder.path().join("run");
        let output = tiptwin(&["explore", path(&scenario), "--quiet", "--out", path(&run)]);
        assert!(output.status.success(), "{}", stderr(&output));
        let journal = fs::read_to_string(run.join("journal.jsonl")).expect("journal");
        let events =
            journal.lines().map(|l| serde_json::from_str::<serde_json::Value>(l).expect("JSON")["event"].take());
        events.filter(|e| e["type"] == "decision").map(|e| place(&e["pixel"])).collect()
    }
}

fn place(at: &serde_json::Value) -> (usize, usize) {
    (at["row"].as_u64().expect("row") as usize, at["col"].as_u64().expect("column") as usize)
}

/// `tiptwin link serve-mlsocket`, killed when dropped.
struct Server {
    child: Child,
    address: String,
    messages: Box<dyn Iterator<Item = String>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn arguments(sample: &Sample) -> Vec<String> {
    let (row, col) = FIRST;
    let text =
        format!("link serve-mlsocket --first {row},{col} --window 8 --steps {STEPS} --seed 5 --address localhost:0");
    let files = [path(&sample.image).to_owned(), "--out".into(), path(&sample.journal()).to_owned()];
    text.split(' ').map(str::to_owned).chain(["--image".to_owned()]).chain(files).collect()
}

impl Server {
    fn start(sample: &Sample) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tiptwin"))
            .args(arguments(sample))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut address = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut address).expect("a line");
        let messages = BufReader::new(child.stderr.take().expect("piped")).lines().map_while(Result::ok);
        Self { child, address: address.trim().to_owned(), messages: Box::new(messages) }
    }

    fn client(&self) -> Client {
        let stream = TcpStream::connect(&self.address).expect("somebody listens");
        stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a time");
        Client(stream)
    }

    /// The next message that holds these words.
    fn hears(&mut self, words: &str) -> String {
        self.messages.find(|line| line.contains(words)).unwrap_or_else(|| panic!("nothing is said of {words}"))
    }

    fn ends(mut self) -> ExitStatus {
        self.child.wait().expect("ends")
    }
}

/// The client's end of the wire.
struct Client(TcpStream);

impl Client {
    /// Sends a number as `MLSocket.send` does, in two parts, and waits until it is taken.
    fn send(&mut self, value: f64) {
        self.write(&npy(value));
        self.write(b"End");
        let mut answer = [0; 8];
        self.0.read_exact(&mut answer).expect("an answer");
        assert_eq!(&answer, b"Complete");
    }

    fn receive(&mut self) -> (usize, usize) {
        let at = self.receive_without_a_word();
        self.write(b"Complete");
        at
    }

    /// Reads the next location and does not say so.
    fn receive_without_a_word(&mut self) -> (usize, usize) {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"End") {
            let mut byte = [0];
            self.0.read_exact(&mut byte).expect("a location");
            bytes.push(byte[0]);
        }
        let at = ndarray::Array1::<f64>::read_npy(&bytes[..bytes.len() - 3]).expect("a NumPy file");
        assert_eq!((at.len(), bytes.len()), (2, 128 + 16 + 3));
        (at[0] as usize, at[1] as usize)
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).expect("the server reads");
    }

    /// Whether the server ended the connection without a word.
    fn is_closed(&mut self) -> bool {
        // What it had not read makes its end a reset.
        self.0.read(&mut [0]).map_or_else(|e| e.kind() == std::io::ErrorKind::ConnectionReset, |n| n == 0)
    }
}

fn npy(value: f64) -> Vec<u8> {
    let mut bytes = Vec::new();
    array![value].write_npy(&mut bytes).expect("an array");
    bytes
}

#[test]
fn the_picks_are_those_of_a_local_run_whatever_is_cut_or_killed_in_between() {
    let sample = Sample::make();
    let mut server = Server::start(&sample);
    let mut client = server.client();
    let mut picks = vec![FIRST];
    let step = |client: &mut Client, picks: &mut Vec<(usize, usize)>| {
        client.send(sample.values[picks[picks.len() - 1]]);
        if picks.len() < STEPS {
            picks.push(client.receive());
        }
    };
    (0..3).for_each(|_| step(&mut client, &mut picks));
    // A socket that drops while the tip measures.
    drop(client);
    let mut client = server.client();
    step(&mut client, &mut picks);
    // One that drops before the client said that it has the location: it is sent again, and nothing that comes first is learnt.
    client.send(sample.values[picks[4]]);
    let lost = client.receive_without_a_word();
    drop(client);
    let mut client = server.client();
    client.send(123.0);
    assert_eq!(client.receive(), lost);
    picks.push(lost);
    server.hears("123 is not learnt from");
    step(&mut client, &mut picks);
    // Killed before it knows that the location arrived, it would send it again.
    let until = Instant::now() + Duration::from_secs(30);
    while !fs::read_to_string(sample.journal()).expect("journal").ends_with("{\"type\":\"received\",\"number\":6}\n") {
        assert!(Instant::now() < until, "the server does not say that the location arrived");
        std::thread::sleep(Duration::from_millis(2));
    }
    // The server is killed, and what a power cut leaves of a line is not believed.
    drop(server);
    drop(client);
    let mut file = fs::OpenOptions::new().append(true).open(sample.journal()).expect("journal");
    file.write_all(b"{\"type\":\"told\",\"number\":6,\"row\":1").expect("written");
    let mut server = Server::start(&sample);
    let (row, col) = picks[6];
    let mut client = server.client();
    server.hears(&format!("measurement 7 of {STEPS} is expected from row {row}, column {col}"));
    (6..STEPS).for_each(|_| step(&mut client, &mut picks));
    assert!(client.is_closed(), "nothing is left to measure");
    assert!(server.ends().success());

    assert_eq!(picks, sample.explored());
    let told = sample.lines("told");
    assert_eq!(told.iter().map(place).collect::<Vec<_>>(), picks);
    assert!(told.iter().zip(&picks).all(|(line, at)| line["value"].as_f64() == Some(sample.values[*at])));
    assert_eq!((sample.lines("received").len(), sample.lines("unplaced").len()), (STEPS - 1, 1));
}

#[test]
fn what_is_no_number_closes_the_connection_and_the_next_client_is_served() {
    let sample = Sample::make();
    let mut server = Server::start(&sample);
    let whole = npy(0.5);
    let text = |from: &str, to: &str| {
        let at = whole.windows(from.len()).position(|w| w == from.as_bytes()).expect("is in the header");
        let mut bytes = whole.clone();
        bytes.splice(at..at + from.len(), to.bytes());
        bytes
    };
    let many = {
        let mut bytes = Vec::new();
        ndarray::Array1::<f64>::zeros(100_000).write_npy(&mut bytes).expect("an array");
        bytes.truncate(128);
        bytes
    };
    for (bytes, reason) in [
        (b"\x80\x04".to_vec(), "nothing is unpickled"),
        (text("'<f8'", "'|O' "), "elements are |O"),
        (many, "data has 800000 bytes"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec(), "header has 4294967295 bytes"),
        ([whole.as_slice(), b"Bye"].concat(), "accepted: \"End\""),
        (b"GET / HTTP/1.1\r\n\r\n".to_vec(), "begins with bytes [47]"),
    ] {
        let mut client = server.client();
        client.write(&bytes);
        assert!(client.is_closed(), "{reason}");
        let said = server.hears("closed, ");
        assert!(said.contains(reason) && said.contains("0 of 10 measurements are kept"), "{said}");
    }
    // A client that does not measure there, and one whose numbers are those of the published client.
    let mut client = server.client();
    client.send(0.5);
    client.receive();
    client.send(1.0);
    server.hears("scales each by the range so far");
    client.receive();
    client.send(f64::NAN);
    server.hears("measurement 3 is NaN: its location is closed");
    client.receive();
    let values: Vec<_> = sample.lines("told").iter().map(|l| l["value"].as_f64()).collect();
    assert_eq!(values, [Some(0.5), Some(1.0), None]);
}

#[test]
fn other_addresses_other_arguments_and_other_images_are_refused() {
    let sample = Sample::make();
    let journal = sample.journal();
    let with = |option: &str, value: &str| {
        let mut arguments = arguments(&sample);
        let at = arguments.iter().position(|a| a == option).expect("is given");
        value.clone_into(&mut arguments[at + 1]);
        tiptwin(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let refused = |option: &str, value: &str, code: i32, reason: &str| {
        let output = with(option, value);
        let said = stderr(&output).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(reason), "{said}");
    };
    refused("--address", "0.0.0.0:0", 2, "it reaches beyond this machine");
    refused("--address", "192.0.2.1:65432", 2, "SSH tunnel");
    refused("--address", "somewhere", 2, "accepted: 127.0.0.1:PORT");
    refused("--first", "10", 2, "accepted: ROW,COL");
    refused("--first", "1,1", 3, "the first location (row 1, column 1) has no complete window");
    refused("--steps", "5000", 3, "the window leaves only");
    assert!(!journal.exists(), "nothing was begun");
    drop(Server::start(&sample));
    refused("--seed", "6", 7, "belongs to another start");
    fs::write(&journal, "no journal\n").expect("written");
    refused("--seed", "5", 7, "line 1 of");
    assert_eq!(fs::read_to_string(&journal).expect("is there"), "no journal\n");
    let recording: &Path = &sample.folder.path().join("recording.npz");
    refused("--image", path(recording), 3, "does not hold one array");
}
