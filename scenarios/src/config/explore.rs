//! The table `[explore]`: strategy, acquisition and goal, window, number of steps, and what they say about each other.

use super::boundaries::read_boundaries;
use super::points;
use super::reader::Reader;
use super::scenario::{ACQUISITIONS, Explore, STRATEGIES, Scan};
use std::ops::RangeInclusive;
use std::path::Path;
use tiptwin_core::acquisition::Goal;
use tiptwin_core::acquisition::cost::Cost;
use tiptwin_core::session::First;
use tiptwin_core::strategy::{DEFAULT_KAPPA, DEFAULT_XI, Rule};
use tiptwin_instrument::{Meters, Pixel};

pub(super) fn read_explore(r: &Reader<'_>, scan: Option<Scan>, folder: &Path) -> Explore {
    let first = if r.is_table("first") {
        let pixel = r.table("first", |r| {
            let row = r.require("row", r.count("row", 0..=65_535), "a row number");
            let col = r.require("col", r.count("col", 0..=65_535), "a column number");
            Some(Pixel { row: row? as usize, col: col? as usize })
        });
        pixel.flatten().map_or(First::Random, First::At)
    } else {
        let _ = r.choice("first", &["random"]);
        First::Random
    };
    let strategy = r.choice("strategy", &STRATEGIES).unwrap_or_else(|| "tiptwin".into());
    let points = read_points(r, &strategy, scan, folder);
    let (known, goal) = read_rule(r, &strategy);
    let rule = known.unwrap_or(Rule::MaxVariance);
    let cost = read_cost(r, &strategy, known);
    let batch = read_batch(r, &strategy, rule);
    let steps = r.count("steps", 1..=100_000).map(|n| n as usize);
    let first = points.first().copied().map_or(first, First::At);
    let boundaries = read_boundaries(r, &strategy, folder);
    let explore = Explore {
        strategy,
        acquisition: rule.name().into(),
        goal,
        xi: read_number(r, "xi", 0.0..=10.0, known, is_improvement).unwrap_or(DEFAULT_XI),
        kappa: read_number(r, "kappa", 0.0..=100.0, known, is_bound).unwrap_or(DEFAULT_KAPPA),
        cost,
        batch,
        window_px: r.count("window_px", 1..=512).unwrap_or(16) as usize,
        steps: steps.unwrap_or(if points.is_empty() { 200 } else { points.len() }),
        boundaries,
        first,
        points,
        seed: r.count("seed", 0..=i64::MAX as u64),
        compare_random: r.boolean("compare_random").unwrap_or(true),
    };
    if let Some(scan) = scan {
        check_extent(r, scan, &explore);
    }
    explore
}

/// The rule (none if its name is not known) and the goal, and what they say about each other and about the strategy.
fn read_rule(r: &Reader<'_>, strategy: &str) -> (Option<Rule>, Option<Goal>) {
    let goal = r.choice("goal", &Goal::ALL.map(Goal::name)).and_then(|name| Goal::by_name(&name));
    let default = match goal {
        Some(Goal::Maximise | Goal::Minimise) => Rule::LogExpectedImprovement { xi: DEFAULT_XI },
        Some(Goal::Explore) | None => Rule::MaxVariance,
    };
    let rule = if r.has("acquisition") {
        match r.choice("acquisition", &ACQUISITIONS).and_then(|name| Rule::by_name(&name)) {
            Some(rule) => rule,
            None => return (None, goal),
        }
    } else {
        default
    };
    if let Some(goal) = goal
        && !rule.goals().contains(&goal)
    {
        let message = format!("is no goal of the acquisition \"{}\"", rule.name());
        let able: Vec<&str> = Rule::ALL.iter().filter(|r| r.goals().contains(&goal)).map(|r| r.name()).collect();
        let goals: Vec<&str> = rule.goals().iter().map(|g| g.name()).collect();
        r.complain("goal", &message, format!("{}; or acquisition = one of {}", goals.join(", "), able.join(", ")));
    }
    if rule.needs_covariances() && matches!(strategy, "reference" | "knn") {
        let message = format!("asks how places vary together, which the strategy \"{strategy}\" does not know");
        let able: Vec<&str> = Rule::ALL.iter().filter(|r| !r.needs_covariances()).map(|r| r.name()).collect();
        r.complain("acquisition", &message, able.join(", "));
    }
    (Some(rule), goal)
}

fn is_improvement(rule: Rule) -> bool {
    use Rule::{ExpectedImprovement, LogExpectedImprovement, ProbabilityOfImprovement};
    matches!(rule, ExpectedImprovement { .. } | LogExpectedImprovement { .. } | ProbabilityOfImprovement { .. })
}

fn is_bound(rule: Rule) -> bool {
    matches!(rule, Rule::UpperConfidenceBound { .. })
}

/// A number that only some rules have.
fn read_number(
    r: &Reader<'_>,
    key: &str,
    range: RangeInclusive<f64>,
    rule: Option<Rule>,
    has: fn(Rule) -> bool,
) -> Option<f64> {
    let value = r.number(key, range, "standard deviations")?;
    if let Some(rule) = rule.filter(|r| !has(*r)) {
        let able: Vec<&str> = Rule::ALL.iter().filter(|r| has(**r)).map(|r| r.name()).collect();
        let message = format!("has no effect on the acquisition \"{}\"", rule.name());
        r.complain(key, &message, format!("acquisition = one of {}", able.join(", ")));
    }
    Some(value)
}

/// What a place costs besides its measurement.
fn read_cost(r: &Reader<'_>, strategy: &str, rule: Option<Rule>) -> Cost {
    let travel = r.number("travel_um", 1e-3..=1e4, "µm").map(|um| Meters(um * 1e-6));
    let spacing = r.number("spacing_nm", 0.1..=1e5, "nm").map(|nm| Meters(nm * 1e-9));
    if rule == Some(Rule::Random) || matches!(strategy, "random" | "grid" | "points") {
        for (key, given) in [("travel_um", travel.is_some()), ("spacing_nm", spacing.is_some())] {
            if given {
                let message = "has no effect where no acquisition chooses the locations";
                r.complain(key, message, "another strategy and another acquisition than random".to_owned());
            }
        }
    }
    Cost { travel, spacing }
}

/// How many locations are chosen at a time.
fn read_batch(r: &Reader<'_>, strategy: &str, rule: Rule) -> usize {
    let batch = r.count("batch", 1..=1000).unwrap_or(1) as usize;
    if batch > 1 && (!rule.asks_the_model() || matches!(strategy, "random" | "grid" | "farthest-point" | "points")) {
        let message = "has no effect where no model is asked for the next location";
        r.complain("batch", message, "1; or another strategy and acquisition".to_owned());
    }
    batch
}

/// The chosen points of strategy `points`; empty for every other strategy.
fn read_points(r: &Reader<'_>, strategy: &str, scan: Option<Scan>, folder: &Path) -> Vec<Pixel> {
    let file = r.text("points");
    if strategy != "points" {
        if file.is_some() {
            r.complain("points", "is only used by the strategy \"points\"", "strategy = \"points\"".to_owned());
        }
        return Vec::new();
    }
    if r.has("first") {
        r.complain("first", "has no effect on chosen points: their first row is measured first", None);
    }
    let Some(file) = r.require("points", file, "the name of a .csv file with columns row,col or x_nm,y_nm") else {
        return Vec::new();
    };
    let pixel = scan.map(|scan| Meters(scan.size.0 / scan.pixels as f64));
    match points::read(&folder.join(file), pixel) {
        Ok(points) => points,
        Err(error) => {
            r.complain("points", &error.to_string(), "a .csv file with columns row,col or x_nm,y_nm".to_owned());
            Vec::new()
        }
    }
}

/// What window, scan and number of steps say about each other. The session checks again against the image itself,
/// which for a replay is known only once the file is open.
fn check_extent(r: &Reader<'_>, scan: Scan, explore: &Explore) {
    let window = explore.window_px;
    if window > scan.pixels {
        let message = format!("is larger than the image of {0} × {0} pixels", scan.pixels);
        r.complain("window_px", &message, format!("1 to {}", scan.pixels));
        return;
    }
    let side = scan.pixels - window + 1;
    if explore.steps > side * side {
        let message = format!("is more than the {} locations that have a complete window", side * side);
        r.complain("steps", &message, format!("1 to {}", side * side));
    }
    if let First::At(at) = explore.first {
        let (low, high) = (window / 2, window / 2 + side - 1);
        if at.row < low || at.row > high || at.col < low || at.col > high {
            let message = format!("(row {}, column {}) has no complete window around it", at.row, at.col);
            r.complain("first", &message, format!("rows and columns {low} to {high}"));
        }
    }
}
