//! Documents of bluesky's event model: `events.jsonl`, one `{"name": …, "doc": {…}}` a line: a start, a descriptor, an event for every usable
//! measurement, a stop.
//!
//! Schemas: the `event-model` package. The run log keeps durations, not dates: times are the time the folder was begun plus the
//! instrument's clock. Identifiers are made from the log, so that the same run gives the same documents.

use super::Files;
use super::content::Content;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use tiptwin_instrument::log::StopOutcome;

pub(super) fn files(content: &Content) -> Files {
    let head: Map<String, Value> = content.head().into_iter().map(|(k, v)| (k, Value::String(v))).collect();
    let uid = |what: &str| identifier(content, what);
    let began = content.began_s;
    let mut start = json!({
        "uid": uid("start"),
        "time": began,
        "plan_name": "explore",
        "plan_type": "generator",
        "sample": content.start.instrument.identity,
        "hints": {"dimensions": [[["x", "y"], "primary"]]},
        "scenario_toml": content.scenario,
    });
    if let Some(start) = start.as_object_mut() {
        start.extend(head);
    }
    let names: BTreeSet<&String> = content.picks.iter().flat_map(|(_, m)| m.descriptors.keys()).collect();
    let mut keys = Map::new();
    let number = |units: &str, source: &str| json!({"source": source, "dtype": "number", "shape": [], "units": units});
    keys.insert("x".into(), number("m", "instrument"));
    keys.insert("y".into(), number("m", "instrument"));
    keys.insert("value".into(), number(&content.start.target_unit, &content.start.target));
    for name in &names {
        let unit = tiptwin_core::descriptor::by_name(name).map_or("", |d| d.unit());
        keys.insert(format!("descriptor_{name}"), number(unit, "curve"));
    }
    let descriptor = json!({
        "uid": uid("descriptor"),
        "run_start": uid("start"),
        "time": began,
        "name": "primary",
        "data_keys": keys,
        "configuration": {},
        "object_keys": {},
        "hints": {},
    });
    let mut lines = vec![("start", start), ("descriptor", descriptor)];
    let mut last = began;
    for (k, (_, m)) in content.picks.iter().enumerate() {
        last = began + m.instrument_time.0;
        let mut data = json!({"x": m.position.x.0, "y": m.position.y.0, "value": m.value});
        if let Some(data) = data.as_object_mut() {
            // Every event has every key; a descriptor that a curve does not have is null.
            data.extend(names.iter().map(|name| (format!("descriptor_{name}"), json!(m.descriptors.get(*name)))));
        }
        let times: Map<String, Value> =
            data.as_object().into_iter().flatten().map(|(key, _)| (key.clone(), json!(last))).collect();
        lines.push((
            "event",
            json!({
                "uid": uid(&format!("event {k}")),
                "descriptor": uid("descriptor"),
                "time": last,
                "seq_num": k + 1,
                "data": data,
                "timestamps": times,
                "filled": {},
            }),
        ));
    }
    let (status, reason) = match &content.stop {
        Some((StopOutcome::Completed, message)) => ("success", message.clone()),
        Some((StopOutcome::Interrupted, message)) => ("abort", message.clone()),
        Some((StopOutcome::Failed, message)) => ("fail", message.clone()),
        None => ("abort", "the run was cut off".to_owned()),
    };
    let stop = json!({
        "uid": uid("stop"),
        "run_start": uid("start"),
        "time": last,
        "exit_status": status,
        "reason": reason,
        "num_events": {"primary": content.picks.len()},
    });
    lines.push(("stop", stop));
    let mut text = String::new();
    for (name, doc) in lines {
        text += &json!({"name": name, "doc": doc}).to_string();
        text.push('\n');
    }
    vec![("events.jsonl".to_owned(), text.into_bytes())]
}

/// An identifier of the form that readers expect (RFC 9562, version 8: made by the program's own rule).
fn identifier(content: &Content, what: &str) -> String {
    let s = &content.start;
    let text = format!("{} {} {} {} {what}", s.version, s.run, s.seed, content.began_s);
    let mut b = Sha256::digest(text.as_bytes());
    b[6] = b[6] & 0x0f | 0x80;
    b[8] = b[8] & 0x3f | 0x80;
    let mut text = String::new();
    for (i, byte) in b[..16].iter().enumerate() {
        text += if [4, 6, 8, 10].contains(&i) { "-" } else { "" };
        let _ = write!(text, "{byte:02x}");
    }
    text
}
