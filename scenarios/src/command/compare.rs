//! `tiptwin compare`: strategies against each other on the same samples.

use super::args::CompareArgs;
use super::error::CommandError;
use super::explore::catch_signals;
use super::printer::Printer;
use crate::compare::{self, Plan, Store, Table, Wanted};
use crate::report;
use crate::run::{RunError, write_whole};

/// What a comparison leaves beside its explorations.
mod names {
    pub(super) const JSON: &str = "comparison.json";
    pub(super) const PARQUET: &str = "explorations.parquet";
    pub(super) const PAGE: &str = "compare.html";
}

pub(super) fn compare(arguments: &CompareArgs, printer: &Printer) -> Result<(), CommandError> {
    let wanted = Wanted {
        scenarios: arguments.scenarios.clone(),
        set: arguments.set.clone(),
        strategies: (!arguments.strategies.is_empty()).then(|| arguments.strategies.clone()),
        seeds: arguments.seeds.clone(),
    };
    let plan = Plan::new(&wanted)?;
    let store = Store::open(&arguments.out)?;
    let stopper = catch_signals()?;
    let outcomes = compare::run(&plan, &store, arguments.device, printer.progress(), &stopper).inspect_err(|e| {
        if matches!(e, RunError::Interrupted { .. }) {
            printer.progress().note("what is finished is kept; the same command continues");
        }
    })?;
    let table = Table::new(&plan, &outcomes);
    let json = serde_json::to_string_pretty(&table).map_err(|e| RunError::Input(e.to_string()))?;
    let folder = store.path();
    write_whole(&folder.join(names::JSON), (json + "\n").as_bytes())?;
    write_whole(&folder.join(names::PARQUET), &compare::parquet(&outcomes))?;
    let page = folder.join(names::PAGE);
    write_whole(&page, report::compare::render(&table, &plan.text()).as_bytes())?;
    let text = format!(
        "{}numbers: {} and {}\nreport: {}",
        compare::text(&table),
        folder.join(names::JSON).display(),
        folder.join(names::PARQUET).display(),
        page.display()
    );
    printer.result("compare", &table, &text);
    Ok(())
}
