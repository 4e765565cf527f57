//! What a folder may hold when a run is to go on.

use super::*;
use crate::run::folder::{FolderError, RunFolder};

#[test]
fn a_journal_cut_at_every_byte_is_continued_from_what_is_whole() {
    let bench = Bench::new(false, &[]);
    let (whole, _) = undisturbed(&bench);
    let run = bench.run();
    let journal = fs::read(run.join(names::JOURNAL)).expect("journal");
    for late in [names::MAPS, names::EXTRAS, names::SUMMARY, names::REPORT] {
        fs::remove_file(run.join(late)).expect("removed");
    }
    let ends: Vec<usize> = (0..journal.len()).filter(|i| journal[*i] == b'\n').map(|i| i + 1).collect();
    let disk = |folder: &Path| -> Box<dyn Disk> { Box::new(RealDisk::new(folder)) };
    let file = OpenOptions::new().write(true).open(run.join(names::JOURNAL)).expect("journal");
    for length in (0..=journal.len()).rev() {
        file.set_len(length as u64).expect("cut");
        let text = std::str::from_utf8(&journal[..length]).unwrap_or_default();
        // A line is whole from its last brace on.
        let events = ends.iter().filter(|end| **end - 1 <= length).count();
        match RunFolder::reopen(&run, false, &disk) {
            Ok((_, found)) => {
                assert!(events > 0, "{length}");
                let told = text.lines().take(events).filter(|l| l.contains("\"type\":\"measurement\"")).count();
                assert_eq!(found.touched, told, "{length} bytes");
            }
            Err(FolderError::Damaged { reason, .. }) => assert!(events == 0 && reason.contains("no start"), "{length}"),
            Err(other) => panic!("{length} bytes: {other}"),
        }
        assert_eq!(file.metadata().expect("journal").len(), length as u64, "looking changes nothing");
    }
    // Whole runs from around the end of every line.
    for length in
        ends.iter().flat_map(|end| [end - 1, *end, end + 1]).filter(|l| (ends[0] - 1..=journal.len()).contains(l))
    {
        fs::write(run.join(names::JOURNAL), &journal[..length]).expect("cut");
        bench.resume(false).unwrap_or_else(|e| panic!("{length} bytes: {e}"));
        assert!(left(&run) == whole, "{length} bytes");
        fs::remove_file(run.join(names::SUMMARY)).expect("removed");
    }
}

#[test]
fn what_cannot_be_continued_is_refused_and_left_as_it_is() {
    let bench = Bench::new(false, &[]);
    undisturbed(&bench);
    let refuse = |why: &str| {
        let before = fs::read(bench.run().join(names::JOURNAL)).expect("journal");
        let error = bench.resume(false).expect_err(why);
        assert_eq!(error.exit_code(), 7, "{error}");
        assert!(error.to_string().contains(why), "{why}: {error}");
        assert_eq!(fs::read(bench.run().join(names::JOURNAL)).expect("journal"), before);
    };
    refuse("is complete");
    fs::remove_file(bench.run().join(names::SUMMARY)).expect("removed");
    let journal = fs::read_to_string(bench.run().join(names::JOURNAL)).expect("journal");
    let write = |text: &str| fs::write(bench.run().join(names::JOURNAL), text).expect("written");
    let lines: Vec<&str> = journal.split_inclusive('\n').collect();
    write(&[&lines[..3], &lines[4..]].concat().concat());
    refuse("line 4 of the journal is damaged");
    // Events that are sound and of another past.
    let rewritten = |from: &str, to: &str| -> String {
        let (events, _) = tiptwin_instrument::log::decode(&journal).expect("sound");
        let line = |(seq, event): (usize, &Event)| {
            let text = serde_json::to_string(event).expect("JSON").replace(from, to);
            let event: Event = serde_json::from_str(&text).expect("an event");
            tiptwin_instrument::log::encode(seq as u64, &event).expect("encodes")
        };
        events.iter().enumerate().map(line).collect()
    };
    write(&rewritten("\"version\":\"0", "\"version\":\"9"));
    refuse("was begun by tiptwin 9");
    write(&rewritten("\"window_px\":8", "\"window_px\":9"));
    refuse("line 1 of the journal says");
    write(&rewritten("\"censored\":false", "\"censored\":true"));
    refuse("and repeating it gives");
    write(&journal);
    let curves = fs::read(bench.run().join(names::CURVES)).expect("curves");
    fs::write(bench.run().join(names::CURVES), &curves[..curves.len() - 1]).expect("short");
    refuse("the journal needs");
    let mut other = curves.clone();
    other[8 * 51 + 3] ^= 1;
    fs::write(bench.run().join(names::CURVES), other).expect("changed");
    refuse("the curves differ");
    fs::write(bench.run().join(names::CURVES), curves).expect("as it was");
    let (holder, _) = RunFolder::reopen(&bench.run(), false, &|folder| Box::new(RealDisk::new(folder))).expect("opens");
    refuse("is being written by another process");
    let error = bench.explore().expect_err("somebody writes there");
    assert_eq!(error.exit_code(), 3, "{error}");
    drop(holder);
    bench.resume(false).expect("nothing is wrong with it");
}
