//! The journal and the book over damaged, long and reused files.

use super::shelf::Disk;
use super::watched::sweep;
use crate::link::book::{Book, Known};
use crate::link::ids::{ClientId, MeasurementId, digest};
use crate::link::shelf::FileShelf;
use crate::link::wire::instrument as wire;
use crate::link::words::write_action;
use prost::Message;
use wire::execute_response::Outcome;

fn id(number: u64) -> MeasurementId {
    MeasurementId { client: ClientId([1; 16]), number }
}

fn result(text: &str) -> wire::ExecuteResponse {
    let error = wire::InstrumentError { kind: 7, message: text.into() };
    wire::ExecuteResponse { outcome: Some(Outcome::Error(error)) }
}

fn measure(book: &mut Book, number: u64) {
    let action = write_action(&sweep(number));
    let hash = digest(&action);
    book.begin(id(number), hash);
    book.intend(id(number), hash, &action).expect("writes");
    book.finish(id(number), hash, &result(&number.to_string())).expect("writes");
}

fn open(disk: &Disk) -> Book {
    Book::open(Box::new(disk.clone())).expect("opens")
}

#[test]
fn cut_at_any_byte_a_journal_never_makes_a_begun_measurement_new() {
    let disk = Disk::default();
    let mut book = open(&disk);
    measure(&mut book, 1);
    let one = disk.bytes().len();
    measure(&mut book, 2);
    let whole = disk.bytes();
    let hash = |k| digest(&write_action(&sweep(k)));
    for cut in one..=whole.len() {
        disk.put(whole[..cut].to_vec());
        let mut book = open(&disk);
        assert!(matches!(book.look(id(1), Some(&hash(1))), Ok(Known::Stored(r)) if *r == result("1")));
        let second = book.look(id(2), Some(&hash(2))).expect("reads");
        // The intent is whole or it is not; before it is on the disk, nothing was touched.
        match second {
            Known::New => assert!(cut < whole.len()),
            Known::Unknown => assert!(cut > one && cut < whole.len()),
            Known::Stored(_) => assert_eq!(cut, whole.len()),
            other => panic!("{other:?}"),
        }
        // What is torn is gone, and more can follow.
        measure(&mut book, 3);
        assert!(matches!(open(&disk).look(id(3), None), Ok(Known::Stored(_))));
    }
}

#[test]
fn damage_before_the_end_is_refused_with_its_place() {
    let disk = Disk::default();
    let mut book = open(&disk);
    measure(&mut book, 1);
    measure(&mut book, 2);
    let mut bytes = disk.bytes();
    bytes[20] ^= 1;
    disk.put(bytes);
    let error = Book::open(Box::new(disk)).expect_err("damaged");
    assert!(error.to_string().contains("byte 0 is damaged"), "{error}");
}

#[test]
fn another_action_under_the_same_id_and_ids_of_the_past_are_told_apart() {
    let disk = Disk::default();
    let mut book = open(&disk);
    for number in 1..=200 {
        measure(&mut book, number);
    }
    for mut book in [book, open(&disk)] {
        let other = digest(&write_action(&sweep(7)));
        assert!(matches!(book.look(id(200), Some(&other)), Ok(Known::Reused)));
        assert!(matches!(book.look(id(200), None), Ok(Known::Stored(r)) if *r == result("200")));
        assert!(matches!(book.look(id(1), None), Ok(Known::TooOld)), "not kept, and not new either");
        assert!(matches!(book.look(id(201), None), Ok(Known::New)));
        let stranger = MeasurementId { client: ClientId([2; 16]), number: 1 };
        assert!(matches!(book.look(stranger, None), Ok(Known::New)));
    }
}

/// A result as large as a scan of 128 x 128 pixels.
fn large() -> wire::ExecuteResponse {
    result(&"x".repeat(8 * 128 * 128))
}

#[test]
fn a_long_journal_is_tidied_when_a_server_starts_and_no_id_becomes_new() {
    let folder = tempfile::tempdir().expect("temp");
    let path = folder.path().join("served.touches");
    let file = || Box::new(FileShelf::open(&path).expect("opens"));
    let mut book = Book::open(file()).expect("reads");
    let stranger = MeasurementId { client: ClientId([2; 16]), number: 7 };
    let action = write_action(&sweep(1));
    let hash = digest(&action);
    for of in std::iter::once(stranger).chain((1..=200).map(id)) {
        book.begin(of, hash);
        book.intend(of, hash, &action).expect("writes");
        book.finish(of, hash, &large()).expect("writes");
    }
    // Begun, and cut off before there was a result.
    book.begin(id(201), hash);
    book.intend(id(201), hash, &action).expect("writes");
    drop(book);
    let bytes = || std::fs::metadata(&path).expect("is there").len();
    let before = bytes();
    // A server that was cut off while it tidied leaves this, and it is in nobody's way.
    std::fs::write(path.with_extension("touches.new"), "half of a journal").expect("writes");
    for start in 0..3 {
        let mut book = Book::open(file()).expect("reads");
        let of_64 = 64 * (large().encoded_len() as u64 + 200);
        assert!(before > 16 << 20 && bytes() < of_64, "{} bytes of {before} at start {start}", bytes());
        assert!(matches!(book.look(id(201), Some(&hash)), Ok(Known::Unknown)));
        assert!(matches!(book.look(id(200), Some(&hash)), Ok(Known::Stored(r)) if *r == large()));
        assert!(matches!(book.look(id(139), Some(&hash)), Ok(Known::Stored(r)) if *r == large()));
        assert!(matches!(book.look(id(137), Some(&hash)), Ok(Known::TooOld)), "201 less 64");
        assert!(matches!(book.look(stranger, None), Ok(Known::TooOld)), "its result is gone, and it was begun");
        assert!(matches!(book.look(id(202), None), Ok(Known::New)));
        let second = FileShelf::open(&path).map(drop).expect_err("one journal, one server");
        assert!(second.to_string().contains("another server writes it"), "{second}");
    }
    assert!(!path.with_extension("touches.new").exists());
    // What follows is written behind what was kept, and read from there.
    let mut book = Book::open(file()).expect("reads");
    measure(&mut book, 202);
    drop(book);
    let mut book = Book::open(file()).expect("reads");
    assert!(matches!(book.look(id(202), None), Ok(Known::Stored(r)) if *r == result("202")));
}

#[test]
fn power_that_goes_while_a_journal_is_tidied_leaves_the_old_one_or_the_new_one() {
    let disk = Disk::default();
    let mut book = open(&disk);
    for number in 1..=200 {
        measure(&mut book, number);
    }
    let long = disk.bytes();
    let tidied = || Book::open_tidied(Box::new(disk.clone()), 1000).expect("opens");
    drop(tidied());
    let short = disk.bytes();
    assert!(2 * short.len() < long.len(), "{} of {}", short.len(), long.len());
    for bytes in [long, short] {
        disk.put(bytes);
        let mut book = tidied();
        for number in 1..=200 {
            let known = book.look(id(number), None).expect("reads");
            let is_kept = number > 200 - 64;
            assert!(
                if is_kept { matches!(known, Known::Stored(_)) } else { matches!(known, Known::TooOld) },
                "{number}"
            );
        }
    }
}

#[test]
fn what_a_server_holds_of_ids_and_clients_is_bounded() {
    let mut book = open(&Disk::default());
    let hash = digest(&write_action(&sweep(1)));
    let mut clients = 0_u32;
    let client = |k: u32| {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&k.to_le_bytes());
        ClientId(bytes)
    };
    while book.has_room_for(client(clients)) && clients < 100_000 {
        for number in 1..=3 {
            book.begin(MeasurementId { client: client(clients), number }, hash);
        }
        clients += 1;
    }
    assert_eq!((clients, book.sizes()), (65_536, (64, 65_536)));
    assert!(book.has_room_for(client(7)), "who was there before goes on");
}
