//! `tiptwin compare`: strategies against each other on the same samples.

use super::args::CompareArgs;
use super::error::CommandError;
use super::explore::catch_signals;
use super::printer::Printer;
use crate::compare::{self, Plan, Store, Table, Wanted};
use crate::run::{RunError, write_whole};

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
    let outcomes = compare::run(&plan, &store, arguments.device, printer.progress(), &stopper)?;
    let table = Table::new(&plan, &outcomes);
    let json = serde_json::to_string_pretty(&table).map_err(|e| RunError::Input(e.to_string()))?;
    let file = store.path().join("comparison.json");
    write_whole(&file, (json + "\n").as_bytes())?;
    let text = format!("{}written: {}", compare::text(&table), file.display());
    printer.result("compare", &table, &text);
    Ok(())
}
