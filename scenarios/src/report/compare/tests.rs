use super::*;
use crate::compare::test_data::table;
use crate::compare::{Control, Controlled};

#[test]
fn a_page_has_every_part_and_needs_no_network() {
    let mut table = table();
    // Six seeds cannot be sure of eight things at once; let them be sure of this one.
    for e in table.enrichment.iter_mut().filter(|e| e.region == "gb" && e.strategy == "tiptwin") {
        e.p_holm = 0.01;
    }
    let html = render(&table, "[instrument]\n# <b>not markup</b>");
    for part in [
        "4 strategies compared",
        "all cases together",
        "difference of R²",
        "Errors reached",
        "Performance profile",
        "Calibration",
        "Enrichment at junctions",
        "instrument time",
        "<b>tiptwin</b>: more often than chance at grain boundaries (1.50×); not shown to differ from chance at junctions",
        "best place: AF",
        "reference was played on the first 3 seeds",
        "&lt;b&gt;not markup",
    ] {
        assert!(html.contains(part), "{part} is missing");
    }
    assert!(html.contains("&lt;light&gt;") && !html.contains("<light>"));
    let html = crate::picture::svg::without_rasters(&html);
    assert_eq!(html.matches("<script").count(), 1, "the page's own script and no other");
    for bad in ["NaN", ">inf", "-inf", "src=", "url("] {
        assert!(!html.contains(bad), "the page contains {bad}");
    }
    assert_eq!(html.matches("http").count(), html.matches("xmlns=\"http://www.w3.org/2000/svg\"").count());
    for tag in ["figure", "svg", "section", "table", "div", "details", "g", "p", "ul", "li"] {
        let open = html.matches(&format!("<{tag}>")).count() + html.matches(&format!("<{tag} ")).count();
        assert_eq!(open, html.matches(&format!("</{tag}>")).count(), "<{tag}>");
    }
    let again = render(&table, "[instrument]\n# <b>not markup</b>");
    assert_eq!(html, crate::picture::svg::without_rasters(&again), "same input, same bytes");
}

#[test]
fn the_control_says_who_wins_and_who_loses() {
    let mut table = table();
    let controlled = |strategy: &str, median: f64, p_holm: f64| Controlled {
        case: "dark".into(),
        strategy: strategy.into(),
        against: "random".into(),
        n: 40,
        pairs: 6,
        median,
        interval: [median - 0.1, median + 0.1],
        p_holm,
    };
    let comparisons = vec![controlled("a<b", 0.2, 0.01), controlled("c", -0.3, 0.02), controlled("d", -0.3, 0.2)];
    table.control = Some(Control { level: 0.95, nobody_wins: false, all_include_zero: false, comparisons });
    let html = render(&table, "");
    assert!(
        html.contains("somebody wins")
            && html.contains("no, these do.</b> They have found a leak, not structure: a&lt;b on dark")
    );
    assert!(html.contains("choosing by a model that is wrong costs: c on dark after 40 (−0.300)."));
    let control = table.control.as_mut().expect("set above");
    control.comparisons.remove(0);
    control.nobody_wins = true;
    assert!(render(&table, "").contains("learnt: yes, none does."));
}

#[test]
fn what_is_not_known_is_left_out() {
    let mut bare = table();
    bare.random = None;
    for list in [&mut bare.notes, &mut bare.strategies] {
        list.truncate(1);
    }
    bare.enrichment.clear();
    bare.calibration.clear();
    bare.differences.clear();
    bare.factors.clear();
    (bare.reach.profile_problems, bare.curves[0].n) = (0, Vec::new());
    let html = render(&bare, "");
    assert!(html.contains("what choosing buys") && !html.contains("Where the picks went") && !html.contains("NaN"));
}

#[test]
fn a_strategy_keeps_its_colour() {
    let table = table();
    let inks: Vec<_> = table.strategies.iter().map(|s| charts::ink(&table, s)).collect();
    assert_eq!(inks[0], (crate::picture::Ink::Grey, true), "random is grey");
    assert!(inks.iter().enumerate().all(|(i, a)| inks[..i].iter().all(|b| a != b)));
}
