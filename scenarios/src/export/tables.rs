//! Apache Parquet: `picks.parquet` has a row for every usable measurement, `curves.parquet` one for every sample of every curve. The head of
//! the run is in the key-value metadata of both.

use super::Files;
use super::content::Content;
use std::collections::BTreeSet;
use tiptwin_formats::parquet::{Column, Values, file_with};

pub(super) fn files(content: &Content) -> Files {
    let mut head = content.head();
    head.push(("scenario_toml".into(), content.scenario.clone()));
    let mut files = vec![("picks.parquet".to_owned(), file_with(&picks(content), &head))];
    if let Some((bias_v, currents)) = &content.curves {
        files.push(("curves.parquet".to_owned(), file_with(&curves(content, bias_v, currents), &head)));
    }
    files
}

fn column(name: &str, values: Values) -> Column {
    Column { name: name.into(), values }
}

/// Columns of the picks, also for the other formats: names carry units where a number has one.
pub(super) fn picks(content: &Content) -> Vec<Column> {
    use tiptwin_instrument::log::{Decision, Measurement};
    let picks = &content.picks;
    let whole = |f: fn(&Measurement) -> i64| Values::Whole(picks.iter().map(|(_, m)| f(m)).collect());
    let real = |f: fn(&Decision, &Measurement) -> f64| Values::Real(picks.iter().map(|(d, m)| f(d, m)).collect());
    let mut columns = vec![
        column("index", whole(|m| m.index as i64)),
        column("row", whole(|m| m.pixel.row as i64)),
        column("col", whole(|m| m.pixel.col as i64)),
        column("x_m", real(|_, m| m.position.x.0)),
        column("y_m", real(|_, m| m.position.y.0)),
        column("value", real(|_, m| m.value)),
        column("censored", whole(|m| i64::from(m.censored))),
        column("predicted_mean", real(|d, _| d.mean.unwrap_or(f64::NAN))),
        column("predicted_sigma", real(|d, _| d.sigma.unwrap_or(f64::NAN))),
        column("decide_s", real(|d, _| d.decide.0)),
        column("instrument_time_s", real(|_, m| m.instrument_time.0)),
        column("curve", whole(|m| m.curve.map_or(-1, |c| c as i64))),
    ];
    let names: BTreeSet<&String> = picks.iter().flat_map(|(_, m)| m.descriptors.keys()).collect();
    for name in names {
        let values = picks.iter().map(|(_, m)| m.descriptors.get(name).copied().unwrap_or(f64::NAN)).collect();
        columns.push(column(&format!("descriptor_{name}"), Values::Real(values)));
    }
    columns
}

fn curves(content: &Content, bias_v: &[f64], currents: &[Vec<f64>]) -> Vec<Column> {
    let stored = content.picks.iter().filter_map(|(_, m)| Some((m.index, currents.get(m.curve?)?)));
    let (mut index, mut sample, mut bias, mut current) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (k, curve) in stored {
        for (i, (&v, &a)) in bias_v.iter().zip(curve).enumerate() {
            index.push(k as i64);
            sample.push(i as i64);
            bias.push(v);
            current.push(a);
        }
    }
    vec![
        column("index", Values::Whole(index)),
        column("sample", Values::Whole(sample)),
        column("bias_v", Values::Real(bias)),
        column("current_a", Values::Real(current)),
    ]
}
