//! Numbers and page in a folder.

use super::{Findings, Microstructure};
use crate::run::{RunError, write_whole};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// Version of the JSON file.
const SCHEMA: u32 = 1;

/// Writes everything, the page last.
pub(super) fn write(findings: &Findings, out: &Path, page: &str, seed: u64) -> Result<Vec<PathBuf>, RunError> {
    fs::create_dir_all(out).map_err(crate::run::io_error("make", out))?;
    let json = serde_json::to_vec_pretty(&summary(findings, seed)).unwrap_or_default();
    let mut files: Vec<(&str, Vec<u8>)> = vec![
        ("autoencoder.safetensors", findings.microstructure.file.clone()),
        ("patches.csv", patches(findings)),
        ("picks.csv", picks(findings)),
    ];
    if findings.decisions.is_some() {
        files.push(("alternatives.csv", alternatives(findings)));
    }
    files.push(("forensics.json", json));
    files.push(("forensics.html", page.as_bytes().to_vec()));
    let mut written = Vec::new();
    for (name, bytes) in files {
        let path = out.join(name);
        write_whole(&path, &bytes)?;
        written.push(path);
    }
    Ok(written)
}

fn summary(findings: &Findings, seed: u64) -> Value {
    let m = &findings.microstructure;
    let start = &findings.evidence.report.start;
    let density = |shares: &Vec<f64>| json!({"cells": m.grid.cells, "z2": [m.grid.x.0, m.grid.x.1], "z1": [m.grid.y.0, m.grid.y.1], "shares": shares});
    let curves = |k: usize| -> Vec<Value> {
        let of =
            |g: &super::microstructure::CurveGroup| json!({"z": g.at, "curves": g.count, "current_a": g.current_a});
        m.curves[k].iter().map(of).collect()
    };
    let decisions = findings.decisions.as_ref().map(|d| {
        let left: Vec<Value> = d
            .steps
            .iter()
            .filter_map(|s| Some((s.number, s.left_out?)))
            .map(|(n, l)| json!({"step": n, "nrmse": l.nrmse, "standardised_rms": l.standardised}))
            .collect();
        json!({
            "rules": d.rules.iter().map(|r| r.name()).collect::<Vec<_>>(),
            "own_rule_first": d.own,
            "reproduced": d.reproduced().map(|(same, of)| json!({"same": same, "of": of})),
            "regret": d.regret,
            "best_so_far": d.best,
            "leave_one_out": left,
        })
    });
    json!({
        "schema": SCHEMA,
        "version": env!("CARGO_PKG_VERSION"),
        "run": start.run,
        "seed": seed,
        "missing": findings.missing,
        "autoencoder": {
            "spec": m.spec,
            "trained_on_patches": m.trained_on,
            "patches": m.codes.content.nrows(),
            "reconstruction": m.history.iter().map(|e| e.reconstruction).collect::<Vec<_>>(),
            "divergence": m.history.iter().map(|e| e.divergence).collect::<Vec<_>>(),
        },
        "density_all": m.all.as_ref().map(density),
        "density_chosen": m.spread.as_ref().map(|s| density(&s.chosen)),
        "distance": m.spread.as_ref().map(|s| json!({
            "total_variation": s.test.distance,
            "p": s.test.p,
            "permutations": s.test.random.len(),
            "random": s.test.random,
        })),
        "bias_v": findings.evidence.curves.as_ref().map(|c| &c.0),
        "curves_along_z1": curves(0),
        "curves_along_z2": curves(1),
        "decisions": decisions,
    })
}

/// Lines of comma-separated values under their names.
fn csv(head: &str, lines: impl Iterator<Item = String>) -> Vec<u8> {
    let mut text = format!("{head}\n");
    lines.for_each(|line| {
        text += &line;
        text.push('\n');
    });
    text.into_bytes()
}

fn code(m: &Microstructure, i: usize) -> String {
    let number = |v: &f64| format!("{v:.6}");
    m.codes.pose.row(i).iter().chain(m.codes.content.row(i).iter()).map(number).collect::<Vec<_>>().join(",")
}

fn patches(findings: &Findings) -> Vec<u8> {
    let candidates = &findings.evidence.candidates;
    let line = |i: usize| {
        let p = candidates.pixel(i);
        format!("{},{},{}", p.row, p.col, code(&findings.microstructure, i))
    };
    csv("row,col,angle_rad,shift_row,shift_col,z1,z2", (0..candidates.len()).map(line))
}

fn picks(findings: &Findings) -> Vec<u8> {
    let some = |v: Option<f64>| v.map_or_else(String::new, |v| format!("{v:e}"));
    let line = |t: &super::evidence::Touch| {
        let step = findings.decisions.as_ref().and_then(|d| d.steps.iter().find(|s| s.number == t.number));
        let of = |f: &dyn Fn(&super::decisions::StepBack) -> Option<f64>| some(step.and_then(f));
        format!(
            "{},{},{},{},{},{},{},{},{},{},{},{}",
            t.number,
            t.pixel.row,
            t.pixel.col,
            some(t.value),
            code(&findings.microstructure, t.index),
            of(&|s| Some(s.believed.0)),
            of(&|s| Some(s.believed.1)),
            of(&|s| Some(s.improvement.0)),
            of(&|s| Some(s.improvement.1)),
            step.and_then(|s| s.rank).map_or_else(String::new, |r| r.to_string()),
            of(&|s| s.left_out.map(|l| l.nrmse)),
            of(&|s| s.left_out.map(|l| l.standardised)),
        )
    };
    let head = "step,row,col,value,angle_rad,shift_row,shift_col,z1,z2,believed_mean,believed_sigma,improvement_by_mean,improvement_by_uncertainty,rank,left_out_nrmse,left_out_standardised_rms";
    csv(head, findings.evidence.touches.iter().map(line))
}

fn alternatives(findings: &Findings) -> Vec<u8> {
    let Some(d) = &findings.decisions else { return Vec::new() };
    let candidates = &findings.evidence.candidates;
    let lines = d.steps.iter().flat_map(|s| {
        let own = candidates.pixel(s.index);
        d.rules.iter().zip(&s.alternatives).filter_map(move |(rule, index)| {
            let p = candidates.pixel((*index)?);
            let distance = (p.row as f64 - own.row as f64).hypot(p.col as f64 - own.col as f64);
            Some(format!("{},{},{},{},{distance:.3}", s.number, rule.name(), p.row, p.col))
        })
    });
    csv("step,rule,row,col,distance_px", lines)
}
