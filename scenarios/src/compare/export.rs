//! All scores of all explorations as one flat table, for whoever wants to look further.

use super::store::Outcome;
use tiptwin_formats::parquet::{Column, Values, file};
use tiptwin_instrument::log::Scores;

/// A Parquet file with one row for every scored map: case, strategy, seed, number of measurements n, its scores, the regret by then; and, the
/// same in every row of an exploration, what the whole exploration cost and where its picks went. Not a number where nothing is
/// known.
pub fn parquet(outcomes: &[Outcome]) -> Vec<u8> {
    file(&columns(&outcomes.iter().collect::<Vec<_>>()))
}

/// The columns of that file; case and strategy are the first two.
pub(crate) fn columns(outcomes: &[&Outcome]) -> Vec<Column> {
    let rows: Vec<(&Outcome, &Scores)> =
        outcomes.iter().flat_map(|o| o.played.scores.iter().map(move |s| (*o, s))).collect();
    let text = |name: &str, value: fn(&Outcome) -> &str| Column {
        name: name.into(),
        values: Values::Text(rows.iter().map(|(o, _)| value(o).to_owned()).collect()),
    };
    let whole = |name: &str, value: fn(&Outcome, &Scores) -> i64| Column {
        name: name.into(),
        values: Values::Whole(rows.iter().map(|(o, s)| value(o, s)).collect()),
    };
    let real = |name: &str, value: fn(&Outcome, &Scores) -> f64| Column {
        name: name.into(),
        values: Values::Real(rows.iter().map(|(o, s)| value(o, s)).collect()),
    };
    vec![
        text("case", |o| &o.case),
        text("strategy", |o| &o.strategy),
        whole("seed", |o, _| o.seed as i64),
        whole("n", |_, s| s.n as i64),
        real("r2", |_, s| s.r2),
        real("nrmse", |_, s| s.nrmse),
        real("spearman", |_, s| s.spearman),
        real("nlpd", |_, s| s.nlpd),
        real("coverage_1sigma", |_, s| s.coverage_1sigma),
        real("coverage_2sigma", |_, s| s.coverage_2sigma),
        real("regret", |o, s| o.regret.get(s.n - 1).copied().unwrap_or(f64::NAN)),
        whole("touches", |o, _| o.played.touches as i64),
        whole("near_touches", |o, _| o.played.near_touches as i64),
        real("travel_m", |o, _| o.played.travel_m),
        real("charge_c", |o, _| o.played.charge_c.unwrap_or(f64::NAN)),
        real("instrument_s", |o, _| o.played.instrument_s),
        real("gb_enrichment", |o, _| o.enrichment.and_then(|e| e.gb).unwrap_or(f64::NAN)),
        real("junction_enrichment", |o, _| o.enrichment.and_then(|e| e.junction).unwrap_or(f64::NAN)),
    ]
}
