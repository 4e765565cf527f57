//! Campaigns as Parquet: the tasks, the parts, and the collected table in folders that query engines understand.

use super::manifest::Campaign;
use super::names;
use super::part::Record;
use crate::compare::{Outcome, columns};
use crate::run::{RunError, io_error, write_whole};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use tiptwin_formats::parquet::{Column, Values, file};

/// Explorations of one collected file.
const PER_FILE: usize = 20_000;

/// Every task: name, case, strategy, seed.
pub(super) fn tasks(campaign: &Campaign) -> Vec<u8> {
    let text = |name: &str, of: &dyn Fn(&super::Task) -> String| Column {
        name: name.into(),
        values: Values::Text(campaign.tasks.iter().map(of).collect()),
    };
    file(&[
        text("task", &|t| t.id.to_string()),
        text("case", &|t| campaign.case(t).name.clone()),
        text("strategy", &|t| campaign.strategy(t).label.clone()),
        Column { name: "seed".into(), values: Values::Whole(campaign.tasks.iter().map(|t| t.seed as i64).collect()) },
    ])
}

/// Where a result comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'a> {
    pub(super) task: &'a str,
    pub(super) attempt: &'a str,
}

/// The scores of a part and how many rows they are.
pub(super) fn part(campaign: &Campaign, attempt: &str, records: &[Record]) -> (Vec<u8>, usize) {
    let outcomes: Vec<&Outcome> = records.iter().map(|r| &r.outcome).collect();
    let origins: Vec<Origin<'_>> = records.iter().map(|r| Origin { task: &r.task, attempt }).collect();
    let rows = outcomes.iter().map(|o| o.played.scores.len()).sum();
    (file(&with_origin(campaign, columns(&outcomes), &outcomes, &origins)), rows)
}

/// The collected table: `table/case=…/strategy=…/part-….parquet`, without the two columns that the folders stand for. It appears
/// under its name when it is whole, in place of an earlier one.
pub(super) fn write(campaign: &Campaign, outcomes: &[(&Outcome, Origin<'_>)]) -> Result<(), RunError> {
    let place = campaign.folder.join(names::TABLE);
    let beside = |what: &str| campaign.folder.join(format!(".{}-{what}-{}", names::TABLE, std::process::id()));
    let (fresh, old) = (beside("new"), beside("old"));
    let written = fill(campaign, outcomes, &fresh);
    if let Err(error) = written {
        // Half a table must not take the space that is missing.
        let _ = fs::remove_dir_all(&fresh);
        return Err(error);
    }
    if place.exists() {
        fs::rename(&place, &old).map_err(io_error("move aside", &place))?;
    }
    fs::rename(&fresh, &place).map_err(io_error("write", &place))?;
    if old.exists() {
        fs::remove_dir_all(&old).map_err(io_error("remove", &old))?;
    }
    Ok(())
}

fn fill(campaign: &Campaign, outcomes: &[(&Outcome, Origin<'_>)], fresh: &Path) -> Result<(), RunError> {
    fs::create_dir_all(fresh).map_err(io_error("create", fresh))?;
    for case in &campaign.plan.cases {
        for strategy in &campaign.plan.strategies {
            let of: Vec<_> =
                outcomes.iter().filter(|(o, _)| o.case == case.name && o.strategy == strategy.label).collect();
            let folder = fresh
                .join(format!("case={}", folder_name(&case.name)))
                .join(format!("strategy={}", folder_name(&strategy.label)));
            for (i, some) in of.chunks(PER_FILE).enumerate() {
                fs::create_dir_all(&folder).map_err(io_error("create", &folder))?;
                let (outcomes, origins): (Vec<&Outcome>, Vec<Origin<'_>>) = some.iter().map(|x| **x).unzip();
                let own = columns(&outcomes).into_iter().skip(2).collect();
                let bytes = file(&with_origin(campaign, own, &outcomes, &origins));
                write_whole(&folder.join(format!("part-{i:03}.parquet")), &bytes)?;
            }
        }
    }
    Ok(())
}

/// The columns of a comparison, and for every row its task, the attempt that played it, and with what.
fn with_origin(
    campaign: &Campaign,
    mut columns: Vec<Column>,
    outcomes: &[&Outcome],
    origins: &[Origin<'_>],
) -> Vec<Column> {
    let rows = || outcomes.iter().zip(origins).flat_map(|(o, from)| o.played.scores.iter().map(move |_| (o, from)));
    let mut text = |name: &str, of: &dyn Fn(&Origin<'_>) -> String| {
        let values = Values::Text(rows().map(|(_, from)| of(from)).collect());
        columns.push(Column { name: name.into(), values });
    };
    let frozen = &campaign.manifest.frozen;
    text("task", &|from| from.task.to_owned());
    text("attempt", &|from| from.attempt.to_owned());
    text("version", &|_| frozen.version.clone());
    text("build", &|_| frozen.build.clone());
    let decide = rows().map(|(o, _)| o.played.decide_s).collect();
    columns.push(Column { name: "decide_s".into(), values: Values::Real(decide) });
    columns
}

/// A value as the name of a folder: what query engines take out of it again are percent signs.
pub(super) fn folder_name(value: &str) -> String {
    value.bytes().fold(String::new(), |mut name, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            name.push(char::from(byte));
        } else {
            let _ = write!(name, "%{byte:02X}");
        }
        name
    })
}
