//! The journal and the book over damaged, long and reused files.

use super::shelf::Disk;
use super::watched::sweep;
use crate::link::book::{Book, Known};
use crate::link::ids::{ClientId, MeasurementId, digest};
use crate::link::wire::instrument as wire;
use crate::link::words::write_action;
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
