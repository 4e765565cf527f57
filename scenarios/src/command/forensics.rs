//! `tiptwin forensics`: what a run looked at, and what it could have looked at instead.

use super::args::ForensicsArgs;
use super::error::CommandError;
use super::printer::Printer;
use crate::forensics::{Decisions, Settings, examine};
use crate::picture::quantity::fixed;

pub(super) fn forensics(arguments: &ForensicsArgs, printer: &Printer) -> Result<(), CommandError> {
    let out = arguments.out.clone().unwrap_or_else(|| arguments.run.join("forensics"));
    let settings = Settings {
        faithful: arguments.faithful,
        epochs: arguments.epochs.map(Into::into),
        seed: arguments.seed,
        permutations: arguments.permutations.into(),
        every: arguments.every,
        device: arguments.device,
    };
    let (findings, files) = examine(&arguments.run, &out, &settings, printer.progress())?;
    let test = findings.microstructure.spread.as_ref().map(|s| &s.test);
    let reproduced = findings.decisions.as_ref().and_then(Decisions::reproduced);
    let json = serde_json::json!({
        "files": files,
        "missing": findings.missing,
        "total_variation": test.map(|t| t.distance),
        "p": test.map(|t| t.p),
        "reproduced": reproduced.map(|(same, of)| serde_json::json!({"same": same, "of": of})),
    });
    let mut lines: Vec<String> = Vec::new();
    if let Some(t) = test {
        let usual = t.random.iter().sum::<f64>() / t.random.len().max(1) as f64;
        lines.push(format!(
            "measured patches are {} from all in total variation; random ones {} (p = {})",
            fixed(t.distance, 2),
            fixed(usual, 2),
            fixed(t.p, 3)
        ));
    }
    lines.extend(reproduced.map(|(same, of)| format!("{same} of {of} decisions came out the same again")));
    lines.extend(findings.missing.iter().map(|m| format!("missing: {m}")));
    lines.extend(files.iter().rev().take(1).map(|f| f.display().to_string()));
    printer.result("forensics", json, &lines.join("\n"));
    Ok(())
}
