//! Reads checked values out of a table and notes everything that is wrong on the way.

use super::problem::{Place, Problem};
use super::tree::{Node, Table, Value};
use std::cell::RefCell;
use std::ops::RangeInclusive;

/// One table being read. Every question names a key; [`Reader::finish`] complains about the keys nobody asked for.
pub(super) struct Reader<'a> {
    path: String,
    /// Where the table's own name stands; the root has none.
    place: Option<Place>,
    table: &'a Table,
    asked: RefCell<Vec<String>>,
    problems: &'a RefCell<Vec<Problem>>,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(
        path: String,
        place: Option<Place>,
        table: &'a Table,
        problems: &'a RefCell<Vec<Problem>>,
    ) -> Self {
        Self { path, place, table, asked: RefCell::new(Vec::new()), problems }
    }

    /// Notes a problem with a key's value, or with its absence.
    pub(super) fn complain(&self, key: &str, message: &str, accepted: impl Into<Option<String>>) {
        let place = self.table.get(key).map(|(_, node)| node.place.clone());
        let shown = self.table.get(key).map_or(String::new(), |(_, node)| match &node.value {
            Value::Text(t) => format!(" = \"{t}\""),
            Value::Integer(i) => format!(" = {i}"),
            Value::Real(x) => format!(" = {}", plain(*x)),
            Value::Boolean(b) => format!(" = {b}"),
            _ => String::new(),
        });
        self.note(place, format!("{}{shown} {message}", self.full(key)), accepted.into());
    }

    /// Notes a problem of the table as a whole.
    pub(super) fn complain_of_all(&self, message: &str, accepted: &str) {
        self.note(self.place.clone(), format!("{}: {message}", self.path), Some(accepted.to_owned()));
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.ask(key).is_some()
    }

    /// A finite number within bounds.
    pub(super) fn number(&self, key: &str, range: RangeInclusive<f64>, unit: &str) -> Option<f64> {
        let accepted = format!("a number from {} to {} {unit}", plain(*range.start()), plain(*range.end()));
        self.bounded(key, &range, unit, accepted.trim(), "")
    }

    /// A number within bounds that are those of a physical quantity: `what` it is, and `why` there are bounds.
    pub(super) fn number_because(&self, key: &str, range: RangeInclusive<f64>, what: &str, why: &str) -> Option<f64> {
        let accepted = format!("a number from {} to {} ({what})", plain(*range.start()), plain(*range.end()));
        self.bounded(key, &range, "", &accepted, &format!(": {why}"))
    }

    fn bounded(
        &self,
        key: &str,
        range: &RangeInclusive<f64>,
        unit: &str,
        accepted: &str,
        because: &str,
    ) -> Option<f64> {
        let accepted = || accepted.to_owned();
        let x = match &self.ask(key)?.value {
            Value::Real(x) => *x,
            Value::Integer(i) => *i as f64,
            other => {
                self.complain(key, &format!("is {}", other.kind()), accepted());
                return None;
            }
        };
        if !range.contains(&x) {
            let message = match x {
                x if x.is_nan() => "is not a number".to_owned(),
                x if x < *range.start() => format!("is below the limit of {} {unit}", plain(*range.start())),
                _ => format!("is above the limit of {} {unit}", plain(*range.end())),
            };
            self.complain(key, &format!("{}{because}", message.trim_end()), accepted());
            return None;
        }
        Some(x)
    }

    /// A whole number within bounds.
    pub(super) fn count(&self, key: &str, range: RangeInclusive<u64>) -> Option<u64> {
        let accepted = || format!("a whole number from {} to {}", range.start(), range.end());
        match &self.ask(key)?.value {
            Value::Integer(i) => match u64::try_from(*i) {
                Ok(n) if range.contains(&n) => return Some(n),
                Ok(n) if n > *range.end() => {
                    self.complain(key, &format!("is above the limit of {}", range.end()), accepted());
                }
                _ => self.complain(key, &format!("is below the limit of {}", range.start()), accepted()),
            },
            other => self.complain(key, &format!("is {}", other.kind()), accepted()),
        }
        None
    }

    pub(super) fn boolean(&self, key: &str) -> Option<bool> {
        match &self.ask(key)?.value {
            Value::Boolean(b) => Some(*b),
            other => {
                self.complain(key, &format!("is {}", other.kind()), "true or false".to_owned());
                None
            }
        }
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        match &self.ask(key)?.value {
            Value::Text(text) if !text.is_empty() => Some(text.clone()),
            Value::Text(_) => {
                self.complain(key, "is empty", "a text".to_owned());
                None
            }
            other => {
                self.complain(key, &format!("is {}", other.kind()), "a text".to_owned());
                None
            }
        }
    }

    /// A list of finite numbers within bounds.
    pub(super) fn numbers(&self, key: &str, range: RangeInclusive<f64>, unit: &str) -> Option<Vec<f64>> {
        let accepted = || format!("a list of numbers from {} to {} {unit}", range.start(), range.end());
        let items = self.list(key, &accepted())?;
        let number = |node: &Node| match node.value {
            Value::Real(x) if range.contains(&x) => Some(x),
            Value::Integer(i) if range.contains(&(i as f64)) => Some(i as f64),
            _ => {
                self.note(
                    Some(node.place.clone()),
                    format!("{} holds another value", self.full(key)),
                    Some(accepted()),
                );
                None
            }
        };
        items.iter().map(number).collect()
    }

    /// A list of texts.
    pub(super) fn texts(&self, key: &str) -> Option<Vec<String>> {
        let items = self.list(key, "a list of texts")?;
        let text = |node: &Node| match &node.value {
            Value::Text(text) if !text.is_empty() => Some(text.clone()),
            other => {
                let message = format!("{} holds {}", self.full(key), other.kind());
                self.note(Some(node.place.clone()), message, Some("a list of texts".to_owned()));
                None
            }
        };
        items.iter().map(text).collect()
    }

    fn list(&self, key: &str, accepted: &str) -> Option<&'a [Node]> {
        match &self.ask(key)?.value {
            Value::List(items) => Some(items),
            other => {
                self.complain(key, &format!("is {}", other.kind()), accepted.to_owned());
                None
            }
        }
    }

    /// One of a few words.
    pub(super) fn choice(&self, key: &str, accepted: &[&str]) -> Option<String> {
        let text = self.text(key)?;
        if accepted.contains(&text.as_str()) {
            return Some(text);
        }
        let message = nearest(&text, accepted.iter().copied())
            .map_or("is not known".to_owned(), |near| format!("is not known; did you mean \"{near}\"?"));
        self.complain(key, &message, accepted.join(", "));
        None
    }

    /// Notes that a key is required and missing.
    pub(super) fn require<T>(&self, key: &str, value: Option<T>, accepted: &str) -> Option<T> {
        if value.is_none() && !self.table.contains_key(key) {
            self.note(self.place.clone(), format!("{} is missing", self.full(key)), Some(accepted.to_owned()));
        }
        value
    }

    /// A sub-table, read by a function; `None` if there is none.
    pub(super) fn table<T>(&self, key: &str, read: impl FnOnce(&Reader<'_>) -> T) -> Option<T> {
        match &self.ask(key)?.value {
            Value::Table(table) => {
                let place = self.table.get(key).map(|(place, _)| place.clone());
                let reader = Reader::new(self.full(key), place, table, self.problems);
                let result = read(&reader);
                reader.finish();
                Some(result)
            }
            other => {
                self.complain(key, &format!("is {}", other.kind()), format!("a table, written [{}]", self.full(key)));
                None
            }
        }
    }

    /// Whether a key holds a table rather than a plain value.
    pub(super) fn is_table(&self, key: &str) -> bool {
        matches!(self.table.get(key), Some((_, Node { value: Value::Table(_), .. })))
    }

    /// Whether a key holds a list.
    pub(super) fn is_list(&self, key: &str) -> bool {
        matches!(self.table.get(key), Some((_, Node { value: Value::List(_), .. })))
    }

    /// Complains about keys that nobody asked for.
    pub(super) fn finish(&self) {
        let asked = self.asked.borrow();
        for (key, (place, _)) in self.table.iter().filter(|(key, _)| !asked.contains(key)) {
            let message = match nearest(key, asked.iter().map(String::as_str)) {
                Some(near) => format!("unknown key {}; did you mean \"{near}\"?", self.full(key)),
                None => format!("unknown key {}", self.full(key)),
            };
            self.note(Some(place.clone()), message, Some(asked.join(", ")));
        }
    }

    fn ask(&self, key: &str) -> Option<&'a Node> {
        let mut asked = self.asked.borrow_mut();
        if !asked.iter().any(|a| a == key) {
            asked.push(key.to_owned());
        }
        self.table.get(key).map(|(_, node)| node)
    }

    fn full(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn note(&self, place: Option<Place>, message: String, accepted: Option<String>) {
        self.problems.borrow_mut().push(Problem { place, message, accepted });
    }
}

/// A number as a person writes it: powers of ten where zeros would have to be counted.
fn plain(x: f64) -> String {
    let far = x.is_finite() && x != 0.0 && !(1e-6..1e9).contains(&x.abs());
    if far { format!("{x:e}") } else { x.to_string() }
}

/// The accepted word nearest to what was written, if it is near enough to be meant.
pub(super) fn nearest<'w>(word: &str, accepted: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    accepted
        .map(|a| (strsim::jaro_winkler(word, a), a))
        .filter(|(similarity, _)| *similarity > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, a)| a)
}
