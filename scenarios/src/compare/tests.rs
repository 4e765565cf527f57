use super::table::ALL;
use super::test_data::{outcomes, plan, table};
use super::*;

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-9, "{a} against {b}");
}

#[test]
fn known_differences_are_found() {
    let table = table();
    let of = |case: &str, strategy: &str| {
        table.differences.iter().find(|d| d.case == case && d.strategy == strategy && d.n == 40).expect("compared")
    };
    let ours = of("dark", "tiptwin");
    close(ours.median, 0.105);
    assert_eq!((ours.pairs, ours.win_rate, ours.p), (6, 1.0, 2.0 / 64.0));
    let pooled = of(ALL, "tiptwin");
    assert_eq!((pooled.pairs, pooled.p), (6, 2.0 / 64.0), "cases of a seed share their film and count once");
    // −0.1, −0.05, 0, 0.05, 0.1, 0.15 over seeds: two below, one equal, three above.
    let mixed = of("<light>", "tiptwin/expected-improvement");
    close(mixed.median, 0.025);
    assert_eq!(mixed.win_rate, 3.5 / 6.0);
    assert!(mixed.low < 0.0 && mixed.high > 0.0);
    let slow = of("dark", "reference");
    assert_eq!(slow.pairs, 3, "paired on the seeds that both have");
    close(slow.median, -0.2);
    // Holm over three strategies and two cases at n = 40: 2/64 is the smallest p, met by two; six times 2/64.
    close(ours.p_holm, 6.0 * 2.0 / 64.0);
    assert!(table.notes.iter().any(|n| n.contains("reference was played on the first 3 seeds")));
}

#[test]
fn measurements_needed_are_counted_at_the_first_good_map() {
    let table = table();
    let dark: Vec<_> = table.reach.table.iter().filter(|r| r.case == "dark" && r.nrmse == 0.9).collect();
    // R² ≥ 0.19: random has 0.01 (n + seed²), so the seeds need 19, 18, 15, 10, 3 and 0 measurements.
    let random = dark.iter().find(|r| r.strategy == "random").expect("there");
    assert_eq!((random.reached, random.runs, random.median_n), (6, 6, Some(15.0)));
    let steps = &table.reach.solved[0];
    assert!(steps.x.windows(2).all(|w| w[0] < w[1]) && steps.share.windows(2).all(|w| w[0] < w[1]));
    assert_eq!(table.reach.profile.len(), 3, "the slow strategy has no place in a profile");
    let best = table.reach.profile.iter().map(|s| s.share[0]).fold(0.0, f64::max);
    assert!(table.reach.profile.iter().any(|s| s.strategy == "tiptwin" && s.share[0] == best));
}

#[test]
fn factors_say_twice_as_fast() {
    let table = table();
    let of = |s: &str| table.factors.iter().find(|f| f.case == ALL && f.strategy == s).expect("there");
    let twice = of("tiptwin/expected-improvement");
    close(twice.best_acceleration.expect("reached"), 2.0);
    close(twice.best_enhancement.expect("positive"), 2.0);
    close(of("random").map_acceleration.expect("itself"), 1.0);
    assert!(of("tiptwin").map_acceleration.expect("reached") > 1.0);
    assert_eq!(of("reference").map_acceleration, None, "it never gets as good");
    close(
        twice.regret_auc_difference.expect("paired"),
        of("random").regret_auc.map_or(0.0, |r| twice.regret_auc.map_or(0.0, |t| t - r)),
    );
}

#[test]
fn needed_measurements_are_counted_to_the_last_error_of_random_picks() {
    let table = table();
    let of = |s: &str| table.factors.iter().find(|f| f.case == "dark" && f.strategy == s).and_then(|f| f.needed);
    let (random, better, never) =
        (of("random").expect("pairs"), of("tiptwin").expect("pairs"), of("reference").expect("pairs"));
    assert_eq!((random.median, random.interval, random.reached), (40.0, [40.0, 40.0], 6));
    // By hand, for seeds 0 to 5: the quality 1/NRMSE straight between 20 and 40 measurements.
    let of_seed = |seed: f64| {
        let quality = |n: f64, gain: f64| (1.0 - 0.01 * seed * seed - 0.01 * n - gain).sqrt().recip();
        let gain = 0.1 + 0.002 * seed;
        20.0 + 20.0 * (quality(40.0, 0.0) - quality(20.0, gain)) / (quality(40.0, gain) - quality(20.0, gain))
    };
    close(better.median, f64::midpoint(of_seed(2.0), of_seed(3.0)));
    assert!(better.interval[0] < better.median && better.median < better.interval[1] && better.reached == 6);
    assert_eq!((never.median, never.reached), (40.0, 0), "all of them, and none that gets there");
}

#[test]
fn enrichment_stands_beside_its_base_rate() {
    let table = table();
    let gb = table.enrichment.iter().find(|e| e.case == "dark" && e.region == "gb").expect("there");
    assert_eq!((gb.there, gb.picks, gb.runs), (72, 240, 6));
    close(gb.area, 0.2);
    assert_eq!(gb.interval, [1.5, 1.5]);
    let junction = table.enrichment.iter().find(|e| e.region == "junction").expect("there");
    assert!(junction.interval[0] < 1.0 && junction.interval[1] > 1.0 && junction.p_holm > 0.9);
}

#[test]
fn habits_are_told_from_what_targets_add() {
    let mut plan = plan();
    plan.strategies.truncate(2);
    let shuffled = Named::parse("tiptwin+shuffled-targets", &plan.cases[0].scenario).expect("known");
    let mut all = outcomes(&plan);
    let mut control: Vec<Outcome> = all.iter().filter(|o| o.strategy == "tiptwin").cloned().collect();
    for o in &mut control {
        o.strategy.clone_from(&shuffled.label);
        let e = o.enrichment.as_mut().expect("known");
        e.gb = e.gb.map(|gb| gb - 0.25 - 0.01 * o.seed as f64);
    }
    all.extend(control);
    plan.strategies.push(shuffled);
    let table = Table::new(&plan, &all);
    let of = |region: &str| {
        let mut found =
            table.enrichment.iter().filter(|e| e.case == ALL && e.strategy == "tiptwin" && e.region == region);
        found.next().and_then(|e| e.beyond_habit.as_ref()).expect("paired with its control")
    };
    close(of("gb").median, 0.275);
    assert!(of("gb").interval[0] >= 0.25 && of("gb").interval[1] <= 0.3);
    // A family of two, each of six pairs: 2/64 for the one, nothing for the other.
    assert_eq!(of("gb").p_holm, 4.0 / 64.0);
    assert_eq!((of("junction").median, of("junction").p_holm), (0.0, 1.0));
    assert!(table.enrichment.iter().filter(|e| e.strategy == "random").all(|e| e.beyond_habit.is_none()));
}

/// All strategies on shuffled targets: 'tiptwin' gains on every film, which it cannot without a leak.
#[test]
fn who_wins_where_nothing_can_be_learnt_is_named() {
    let mut plan = plan();
    let mut all = outcomes(&plan);
    assert_eq!(Table::new(&plan, &all).control, None, "everything can be learnt here");
    plan.cases.truncate(1);
    all.retain(|o| o.case == "dark");
    // More films, or six pairs cannot be sure of four comparisons at once.
    plan.seeds = (0..12).collect();
    let more: Vec<Outcome> = all.iter().map(|o| Outcome { seed: o.seed + 6, ..o.clone() }).collect();
    all.extend(more);
    for named in &mut plan.strategies {
        let label = format!("{}+shuffled-targets", named.label);
        all.iter_mut().filter(|o| o.strategy == named.label).for_each(|o| o.strategy.clone_from(&label));
        *named = Named { label, alteration: Some(Alteration::ShuffledTargets), ..named.clone() };
    }
    let control = Table::new(&plan, &all).control.expect("nothing can be learnt");
    // 'reference' has a model of its own and no random picks of it beside it.
    assert_eq!(control.comparisons.len(), 4, "two strategies at two numbers of measurements");
    assert!(!control.nobody_wins && !control.all_include_zero);
    for c in &control.comparisons {
        assert_eq!((c.wins(), c.loses()), (c.strategy == "tiptwin+shuffled-targets", false), "{c:?}");
        assert_eq!((c.against.as_str(), c.pairs), ("random+shuffled-targets", 12));
    }
    let mut fair = all.clone();
    let scores: Vec<_> =
        fair.iter().filter(|o| o.strategy.starts_with("random")).map(|o| o.played.scores.clone()).collect();
    for (o, s) in fair.iter_mut().filter(|o| o.strategy == "tiptwin+shuffled-targets").zip(scores) {
        o.played.scores = s;
    }
    let control = Table::new(&plan, &fair).control.expect("nothing can be learnt");
    assert!(control.nobody_wins && control.all_include_zero);
}

#[test]
fn what_an_exploration_costs_the_film_is_counted() {
    let table = table();
    let of = |strategy: &str| table.cost.iter().find(|c| c.case == "dark" && c.strategy == strategy).expect("there");
    close(of("tiptwin").charge_c.expect("curves"), 7e-8);
    close(of("tiptwin").near_share, 1.0 / 41.0);
    assert_eq!(of("reference").charge_c, None, "no curve, no charge");
}

#[test]
fn a_single_case_has_no_pooled_rows_and_the_order_of_outcomes_does_not_matter() {
    let mut one = plan();
    one.cases.truncate(1);
    let mut all = outcomes(&one);
    let forwards = Table::new(&one, &all);
    assert!(forwards.rows.iter().all(|r| r.case == "dark"));
    all.reverse();
    assert_eq!(Table::new(&one, &all).differences, forwards.differences);
    let bytes = export::parquet(&all);
    assert_eq!(&bytes[..4], b"PAR1");
}
