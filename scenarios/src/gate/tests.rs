use super::*;
use rand::RngExt;
use tiptwin_instrument::{MasterSeed, Stream};

fn quantity(measure: Measure) -> Quantity {
    Quantity {
        measure,
        margin: 0.05,
        deviation: 0.04,
        quantile: 3.0,
        interval: 0.03,
        effect: 0.05,
        recorded: vec![0.5; 16],
    }
}

fn gate() -> Gate {
    Gate {
        schema: 1,
        version: env!("CARGO_PKG_VERSION").into(),
        scenario: "g".into(),
        scenario_sha256: "0".repeat(64),
        strategy: "tiptwin/max-variance".into(),
        alarm: 0.005,
        power: 0.95,
        calibration_seeds: vec![1000, 1001],
        seeds: (0..16).collect(),
        quantity: Measure::ALL.map(quantity).to_vec(),
    }
}

#[test]
fn verdicts_follow_margin_and_interval() {
    // Sixteen films and t s₀ = 0.12: the interval is ±0.03.
    let verdict = |gains: &[f64]| judge(&quantity(Measure::R2), gains);
    let same = |gain: f64| verdict(&[gain; 16]);
    assert_eq!(same(0.0).verdict, Verdict::Pass);
    assert!((same(0.0).low + 0.03).abs() < 1e-12 && (same(0.0).high - 0.03).abs() < 1e-12);
    assert_eq!(same(-0.019).verdict, Verdict::Pass, "within the margin");
    assert_eq!(same(-0.029).verdict, Verdict::Inconclusive);
    assert_eq!(same(-0.031).verdict, Verdict::Fail, "worse, and perhaps by more than the margin");
    // Erratic gains widen what must be shown to pass, not what must be shown to fail.
    let erratic: Vec<f64> = (0..16).map(|i| if i % 2 == 0 { 0.3 } else { -0.3 }).collect();
    let judged = verdict(&erratic);
    assert_eq!(judged.verdict, Verdict::Inconclusive);
    assert!(judged.low < -0.2 && (judged.high - 0.03).abs() < 1e-12);
    let worse: Vec<f64> = erratic.iter().map(|g| g - 0.1).collect();
    assert_eq!(verdict(&worse).verdict, Verdict::Fail);
}

#[test]
fn a_loss_is_one_in_the_direction_of_its_quantity() {
    assert!(Measure::R2.gain(0.5, 0.4) > 0.0 && Measure::UncertaintyRank.gain(0.0, 0.3) < 0.0);
    let plan = crate::compare::test_data::plan();
    let mut outcome = crate::compare::test_data::outcomes(&plan).swap_remove(0);
    assert_eq!((Measure::R2.of(&outcome), Measure::UncertaintyRank.of(&outcome)), (0.4, 0.2));
    let mut error = |c: f64| {
        outcome.played.scores[3].coverage_1sigma = c;
        Measure::CoverageError.of(&outcome)
    };
    assert!((error(0.782_689_492_137_086) - 0.1).abs() < 1e-12 && (error(0.582_689_492_137_086) - 0.1).abs() < 1e-12);
    assert!(Measure::CoverageError.gain(error(0.9), error(0.7)) < 0.0);
}

#[test]
fn a_gate_survives_its_file_and_others_are_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("gate.toml");
    let load = |text: &str| {
        std::fs::write(&path, text).expect("writes");
        Gate::load(&path).map_err(|e| e.to_string())
    };
    let mut odd = gate();
    odd.quantity[1].recorded = (0..16).map(|i| 0.1 / f64::from(i + 3)).collect();
    assert_eq!(load(&odd.text()), Ok(odd.clone()));
    let version = format!("version = {:?}", odd.version);
    for (from, to, part) in [
        (version.as_str(), "version = \"0.0.1\"", "was made by tiptwin 0.0.1"),
        ("schema = 1", "schema = 2", "(fields 2)"),
        ("margin = 0.05", "margin = 0.0", "must be positive"),
        ("recorded = [0.5, ", "recorded = [", "16 recorded values"),
        ("strategy =", "strategie =", "is not a gate: unknown field"),
    ] {
        let error = load(&odd.text().replacen(from, to, 1)).expect_err(part);
        assert!(error.contains(part), "{error}");
    }
    assert!(Gate::load(&folder.path().join("none.toml")).expect_err("missing").to_string().contains("cannot be read"));
}

#[test]
fn summaries_say_what_was_judged() {
    let judged = judge(&quantity(Measure::R2), &[-0.1; 16]);
    let checked = Checked {
        scenario: "g".into(),
        strategy: "tiptwin".into(),
        recorded: "tiptwin".into(),
        verdict: Verdict::Fail,
        quantities: vec![judged],
    };
    let markdown = check_markdown(&checked);
    assert!(
        markdown.contains("### tiptwin gate: fail")
            && markdown.contains("| R² | -0.1000 | -0.1300 to -0.0700 | 0.05 | 16 | fail |")
    );
    assert!(check_text(&checked).starts_with("fail: worse than the recorded build"));
    let row = Caught {
        alteration: crate::compare::Alteration::StaleScaler,
        checks: 10,
        failed: 9,
        inconclusive: 1,
        passed: 0,
        mean_gain: vec![(Measure::R2, -0.2)],
    };
    let table = FaultTable { scenario: "g".into(), strategy: "t".into(), films: 20, n: 16, rows: vec![row] };
    assert!(faults_markdown(&table).ends_with("| stale scaler | 9 of 10 | 1 | 0 | -0.200 |\n"));
    assert!(faults_text(&table).contains("9 of 10"));
}

#[test]
fn better_gains_never_give_a_worse_verdict() {
    let mut rng = MasterSeed(1).rng(Stream::Baseline, 0);
    let q = quantity(Measure::R2);
    for _ in 0..2000 {
        let gains: Vec<f64> = (0..rng.random_range(4..20)).map(|_| rng.random_range(-0.2..0.2)).collect();
        let more = rng.random_range(0.0..0.3);
        let better: Vec<f64> = gains.iter().map(|g| g + more).collect();
        assert!(judge(&q, &better).verdict <= judge(&q, &gains).verdict, "{gains:?} and {more} more");
    }
}
