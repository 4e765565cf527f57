//! A scenario as a tree in which every value knows where it was written.

use super::problem::{Place, Problem};
use std::collections::BTreeMap;
use toml::de::{DeTable, DeValue};

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) place: Place,
}

/// A table: key → (where the key stands, value).
pub(super) type Table = BTreeMap<String, (Place, Node)>;

#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Real(f64),
    Boolean(bool),
    List(Vec<Node>),
    Date,
    Table(Table),
}

impl Value {
    /// What a person would call it.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Integer(_) => "a whole number",
            Self::Real(_) => "a number",
            Self::Boolean(_) => "true or false",
            Self::List(_) => "a list",
            Self::Date => "a date",
            Self::Table(_) => "a table",
        }
    }
}

/// Parses one source text; `source` is its number in the list of sources.
pub(super) fn parse(text: &str, source: usize) -> Result<Table, Vec<Problem>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(convert_table(table.get_ref(), source));
    }
    let problem = |e: &toml::de::Error| Problem {
        place: e.span().map(|span| Place { source, span }),
        message: format!("this is not TOML: {}", e.message().trim()),
        accepted: None,
    };
    Err(errors.iter().map(problem).collect())
}

fn convert_table(table: &DeTable<'_>, source: usize) -> Table {
    table
        .iter()
        .map(|(key, value)| {
            let key_place = Place { source, span: key.span() };
            let node = Node { value: convert(value.get_ref(), source), place: Place { source, span: value.span() } };
            (key.get_ref().to_string(), (key_place, node))
        })
        .collect()
}

fn convert(value: &DeValue<'_>, source: usize) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(i) => match i64::from_str_radix(&i.as_str().replace('_', ""), i.radix()) {
            Ok(integer) => Value::Integer(integer),
            // Beyond 64 bits: as a real it fails the range check with its value shown.
            Err(_) => Value::Real(i.as_str().parse().unwrap_or(f64::INFINITY)),
        },
        DeValue::Float(x) => Value::Real(x.as_str().replace('_', "").parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(b) => Value::Boolean(*b),
        DeValue::Datetime(_) => Value::Date,
        DeValue::Array(items) => {
            let node = |item: &toml::Spanned<DeValue<'_>>| Node {
                value: convert(item.get_ref(), source),
                place: Place { source, span: item.span() },
            };
            Value::List(items.iter().map(node).collect())
        }
        DeValue::Table(table) => Value::Table(convert_table(table, source)),
    }
}

/// Lays `over` on top of `base`; tables are merged, everything else is replaced.
pub(super) fn merge(base: &mut Table, over: Table) {
    for (key, (place, node)) in over {
        match (base.get_mut(&key), node) {
            (Some((_, Node { value: Value::Table(below), .. })), Node { value: Value::Table(above), .. }) => {
                merge(below, above);
            }
            (_, node) => {
                base.insert(key, (place, node));
            }
        }
    }
}

/// Where every key of a table stands, by its dotted path.
pub(super) fn places(table: &Table, path: &str, places: &mut BTreeMap<String, Place>) {
    for (key, (key_place, node)) in table {
        let full = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match &node.value {
            Value::Table(inner) => {
                self::places(inner, &full, places);
                places.insert(full, key_place.clone());
            }
            _ => {
                places.insert(full, node.place.clone());
            }
        }
    }
}
