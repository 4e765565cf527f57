//! The page of [forensics](crate::forensics): what a run looked at, and what it could have looked at instead.

mod choices;
mod curves;
mod plane;

use crate::forensics::Findings;
use crate::picture::quantity::fixed;
use crate::report::html::{definitions, details, escape, grid, page, section};
use crate::run;
use ndarray::Array2;

/// One self-contained HTML file. The same findings give the same bytes.
pub fn render(findings: &Findings) -> String {
    let start = &findings.evidence.report.start;
    let title = format!("Forensics: {}", lower(&run::title(start)));
    let lead = format!(
        "{} · strategy {} · acquisition {} · seed {} · {} locations touched, {} of them usable",
        start.run,
        start.strategy,
        start.acquisition,
        start.seed,
        findings.evidence.touches.len(),
        findings.evidence.usable().len()
    );
    let mut body =
        format!("<header>\n<h1>{}</h1>\n<p class=\"lead\">{}</p>\n</header>\n", escape(&title), escape(&lead));
    body += &missing(findings);
    body += &numbers(findings);
    body += &section(
        "What the patches of this film have in common",
        &(introduction(findings) + &grid(&plane::manifolds(findings)) + &grid(&plane::on_the_film(findings))),
    );
    body += &section("Where the learner looked", &grid(&plane::looked(findings)));
    body += &section("What was measured along these directions", &grid(&curves::figures(findings)));
    body += &choices::section_of(findings);
    body += &section("Methods", &methods(findings));
    body +=
        "<footer>Made by tiptwin from the run folder alone. Images show row 0, the first scan line, on top.</footer>\n";
    page(&title, &body)
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().collect::<String>() + letters.as_str())
}

/// What could not be said.
fn missing(findings: &Findings) -> String {
    if findings.missing.is_empty() {
        return String::new();
    }
    let items: Vec<String> = findings.missing.iter().map(|m| format!("<li>{}</li>", escape(m))).collect();
    format!("<div class=\"banner\"><b>Not in this run:</b>\n<ul>\n{}\n</ul></div>\n", items.join("\n"))
}

/// Three numbers before anything else.
fn numbers(findings: &Findings) -> String {
    let card = |name: &str, value: String, note: String| {
        format!(
            "<li><span class=\"name\">{name}</span><span class=\"value\">{value}</span><span class=\"note\">{note}</span></li>\n"
        )
    };
    let mut out = String::from("<ul class=\"numbers\">\n");
    if let Some(spread) = &findings.microstructure.spread {
        let test = &spread.test;
        let usual = mean(&test.random);
        let note = format!(
            "of the measured patches lie where a fair sample would not have put them; {:.0} % is usual for as many random patches (p {} {})",
            100.0 * usual,
            if test.p > 1.0 / test.random.len() as f64 { "=" } else { "≤" },
            fixed(test.p, 3)
        );
        out += &card("Choice of microstructure", format!("{:.0} %", 100.0 * test.distance), note);
    }
    if let Some(d) = &findings.decisions {
        if let Some((same, of)) = d.reproduced() {
            let note = "decisions came out the same when the run's own rule was asked again with what was known then";
            out += &card("Decisions made again", format!("{same} <small>of {of}</small>"), note.into());
        }
        if let Some(left) = d.steps.iter().rev().find_map(|s| s.left_out) {
            let note = format!(
                "root mean square of (measured − predicted)/deviation when each measurement is left out: 1 if the model knows how well it knows. \
                 Error {:.0} % of the spread of the values",
                100.0 * left.nrmse
            );
            out += &card("Left out at the end", fixed(left.standardised, 2), note);
        }
    }
    out + "</ul>\n"
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn introduction(findings: &Findings) -> String {
    let m = &findings.microstructure;
    format!(
        "<p>A network learnt to describe every {0} × {0} pixel patch of the structure image by an angle, a shift and two further numbers, <b>z₁</b> \
         and <b>z₂</b>. Because turning and moving a patch has numbers of its own, z₁ and z₂ say what is left: which kind of microstructure it is, \
         whichever way it lies. Nothing of what was measured went into it.</p>\n",
        m.spec.window_px
    )
}

fn methods(findings: &Findings) -> String {
    let m = &findings.microstructure;
    let spec = &m.spec;
    let list = |widths: &[usize]| widths.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let last = m.history.last();
    let mut pairs = vec![
        ("encoder, hidden units".to_owned(), list(&spec.encoder)),
        ("decoder of coordinates, hidden units".into(), list(&spec.decoder)),
        ("epochs".into(), spec.epochs.to_string()),
        (
            "patches a step, pixels of each".into(),
            format!("{}, {}", spec.batch, spec.pixels_a_step.min(spec.window_px.pow(2))),
        ),
        ("learning rate of Adam".into(), spec.learning_rate.to_string()),
        ("deviation of the angle beforehand".into(), format!("{} rad", fixed(spec.rotation_prior_rad, 3))),
        ("a shift of 1 is".into(), format!("{} half-windows", spec.translation_prior)),
        ("patches trained on".into(), format!("{} of {}", m.trained_on, m.codes.content.nrows())),
    ];
    let evidence = &findings.evidence;
    if let Some(open) = evidence.open.as_ref().filter(|open| open.contains(&false)) {
        let count = open.iter().filter(|o| **o).count();
        let value = format!("{count} of {}, on boundaries; random patches are drawn from them", open.len());
        pairs.push(("patches that could be measured".into(), value));
    }
    if let Some(batch) = evidence.settings.as_ref().map(|s| s.explore.batch).filter(|b| *b > 1) {
        pairs.push(("locations chosen at a time".into(), batch.to_string()));
    }
    if let Some(e) = last {
        // Standardised patches have a mean square of 1 a pixel.
        let explained = 1.0 - 2.0 * e.reconstruction / (spec.window_px * spec.window_px) as f64;
        pairs.push(("variance of the patches explained".into(), format!("{:.0} %", 100.0 * explained)));
        pairs.push(("divergence from the prior".into(), format!("{} nats", fixed(e.divergence, 2))));
    }
    let text = "<p>Rotationally invariant variational autoencoder (Kalinin et al., ACS Nano 2021, 15, 6471) on patches without their mean, all divided \
         by one standard deviation. Densities by Gaussian kernels with Scott's bandwidth on 48 × 48 cells. Their distance is the total variation, ½ ∫|p − q|; \
         the test draws as many patches at random as were measured, again and again, and counts how often they are as far from all. Consecutive picks \
         depend on each other: a small p says that the choice is not a fair sample of the film, not why.</p>\n";
    format!(
        "<div class=\"methods\">{text}</div>\n{}{}",
        grid(&plane::history(findings)),
        details("Settings of the autoencoder", &definitions(&pairs))
    )
}

/// A number of each candidate as an image of the size of the structure image, NaN around.
fn on_image(findings: &Findings, of: impl Fn(usize) -> f64) -> Array2<f64> {
    let candidates = &findings.evidence.candidates;
    let mut image = Array2::from_elem(candidates.structure().dim(), f64::NAN);
    for i in 0..candidates.len() {
        let p = candidates.pixel(i);
        image[[p.row, p.col]] = of(i);
    }
    image
}
