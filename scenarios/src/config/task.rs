//! The part of a scenario that somebody with an instrument loop of their own writes: what is learnt and how locations are chosen.

use super::explore::read_explore;
use super::measurement::read_measurement;
use super::problem::{Problems, Source};
use super::reader::Reader;
use super::scenario::read_corrections;
use super::tree::{self, Node, Value};
use super::twin::Biased;
use super::{Explore, Measurement};
use std::cell::RefCell;
use std::path::Path;
use tiptwin_core::levelling::Correction;

/// What is learnt and how locations are chosen, for images that come from elsewhere.
#[derive(Clone, Debug)]
pub struct Task {
    /// What is done to the structure image before anything is learnt from it, in this order.
    pub corrections: Vec<Correction>,
    /// What is measured at a location: one number, or one curve.
    pub measurement: Measurement,
    /// How locations are chosen.
    pub explore: Explore,
}

impl Task {
    /// Checks a text with the tables `[explore]`, `[measurement]` and, with corrections alone, `[scan]`. `is_scalar`: a location has a number and
    /// no curve. Nothing in it may name a file or belongs elsewhere: it comes over a network.
    pub fn parse(shown: &str, text: &str, is_scalar: bool) -> Result<Self, Problems> {
        let sources = vec![Source { name: shown.to_owned(), text: text.to_owned() }];
        let table = match tree::parse(text, 0) {
            Ok(table) => table,
            Err(problems) => return Err(Problems { sources, problems }),
        };
        let problems = RefCell::new(Vec::new());
        let root = Reader::new(String::new(), None, &table, &problems);
        if let Some((place, Node { value: Value::Table(explore), .. })) = table.get("explore") {
            refuse_what_belongs_elsewhere(&Reader::new("explore".into(), Some(place.clone()), explore, &problems));
        }
        if problems.borrow().is_empty() {
            let corrections = root.table("scan", read_corrections).unwrap_or_default();
            let read = |r: &Reader<'_>| read_measurement(r, is_scalar, true, Biased::Tip, &mut Vec::new());
            let empty = tree::Table::new();
            let measurement = root
                .table("measurement", read)
                .unwrap_or_else(|| read(&Reader::new("measurement".into(), None, &empty, &problems)));
            let explore = root.table("explore", |r| read_explore(r, None, Path::new(""))).unwrap_or_default();
            root.finish();
            if problems.borrow().is_empty() {
                return Ok(Self { corrections, measurement, explore });
            }
        }
        Err(Problems { sources, problems: problems.into_inner() })
    }
}

/// Every key but these is left to the table's own reader.
fn refuse_what_belongs_elsewhere(r: &Reader<'_>) {
    let names_a_file = r.text("strategy").is_some_and(|strategy| strategy == "points") || r.has("points");
    if names_a_file {
        let key = if r.has("points") { "points" } else { "strategy" };
        r.complain(key, "names a file, which this server does not read for others", "any other strategy".to_owned());
    }
    if r.has("seed") {
        r.complain("seed", "stands in the request itself", "the field seed of the request".to_owned());
    }
}
