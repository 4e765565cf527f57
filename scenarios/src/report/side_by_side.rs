//! The page of several runs side by side, as a paper shows them: picks, prediction and uncertainty of every run, and where the picks went.

use crate::picture::forest::{Bar, Forest, Row};
use crate::picture::quantity::fixed;
use crate::picture::{Axis, Chart, ColourMap, Ink, MapPicture, Numbers, Picture, Series, Shape};
use crate::report::check::{self, ReportError};
use crate::report::headline::{capitalised, duration};
use crate::report::html::{details, escape, grid, page_with, panel, section, wide_table};
use crate::report::input::ReportInput;
use crate::report::{maps, methods};
use std::fmt::Write;
use tiptwin_core::statistics::wilson;

/// Width of an image here, in units: six of them share a row.
const IMAGE: f64 = 208.0;
/// Pictures of each run.
const PANELS: usize = 3;
/// Runs in a row at most.
const RUNS_IN_A_ROW: usize = 2;

/// One self-contained HTML file. The same runs give the same bytes.
///
/// Fails when there is no run, or the parts of one do not belong to each other.
pub fn render(runs: &[ReportInput]) -> Result<String, ReportError> {
    runs.iter().try_for_each(check::run)?;
    let first = runs.first().ok_or(ReportError::NoRuns)?;
    let rows = in_rows(runs);
    let ordered: Vec<&ReportInput> = rows.iter().flatten().copied().collect();
    let title = format!("{} explorations side by side", runs.len());
    let mut body =
        format!("<header>\n<h1>{title}</h1>\n<p class=\"lead\">{}</p>\n</header>\n", escape(&lead(&ordered)));
    body += &section("What was seen, and what is believed", &sheet(&rows));
    body += &section("Where the picks went", &grid(&(enrichment(&ordered) + &shares(&ordered) + &learning(&ordered))));
    body += &section("Numbers", &table(&ordered));
    let told = |run: &&ReportInput| details(&capitalised(&name(run)), &methods::methods(run));
    body += &section("Methods", &ordered.iter().map(told).collect::<String>());
    body += "<footer>Made by tiptwin from the run folders alone.</footer>\n";
    Ok(page_with(&title, &body, first.heights))
}

/// Runs of one target beside each other, in the order in which targets first appear; the dark first.
fn in_rows(runs: &[ReportInput]) -> Vec<Vec<&ReportInput>> {
    let mut groups: Vec<Vec<&ReportInput>> = Vec::new();
    for run in runs {
        match groups.iter_mut().find(|g| g[0].start.target == run.start.target) {
            Some(group) => group.push(run),
            None => groups.push(vec![run]),
        }
    }
    for group in &mut groups {
        group.sort_by(|a, b| a.start.light_suns.total_cmp(&b.start.light_suns));
    }
    groups.iter().flat_map(|g| g.chunks(RUNS_IN_A_ROW).map(<[_]>::to_vec)).collect()
}

fn light(run: &ReportInput) -> String {
    if run.start.light_suns > 0.0 { format!("{} sun", run.start.light_suns) } else { "dark".into() }
}

/// What tells a run from the others.
fn name(run: &ReportInput) -> String {
    format!("{}, {}", run.target_title, light(run))
}

fn lead(runs: &[&ReportInput]) -> String {
    let each = |of: fn(&ReportInput) -> String| {
        let mut all: Vec<String> = Vec::new();
        for run in runs {
            let one = of(run);
            if !all.contains(&one) {
                all.push(one);
            }
        }
        all.join(", ")
    };
    format!(
        "{} ({}) · {} measurements each · {} · seed {} · tiptwin {}",
        each(|r| r.start.strategy.clone()),
        each(|r| r.start.acquisition.clone()),
        each(|r| r.picks.len().to_string()),
        each(|r| r.start.instrument.identity.clone()),
        each(|r| r.start.seed.to_string()),
        each(|r| r.start.version.clone())
    )
}

/// Picks, prediction and uncertainty of every run, as one figure.
fn sheet(rows: &[Vec<&ReportInput>]) -> String {
    let mut letters = ('a'..='z').chain('A'..='Z');
    let mut pictures: Vec<MapPicture> = Vec::new();
    for run in rows.iter().flatten() {
        let mut of = |map: MapPicture, title: String, column: String| {
            let letter = letters.next().map_or(String::new(), |l| format!("{l}\u{2002}"));
            pictures.push(MapPicture { title: format!("{letter}{title}"), column, image_width: IMAGE, ..map });
        };
        let structure = maps::structure(run);
        let (channel, target) = (structure.column.clone(), &run.target_title);
        of(structure, capitalised(&name(run)), channel);
        let (mean, sigma) = match &run.prediction {
            Some(p) => (maps::placed(run, &p.mean), maps::placed(run, &p.sigma)),
            None => [(); 2].map(|()| ndarray::Array2::from_elem(run.structure.values.dim(), f64::NAN)).into(),
        };
        let map = |values| MapPicture::new("", values, &run.start.target_unit, maps::pixel_size(run));
        of(map(mean), "prediction".into(), format!("predicted {target}"));
        let sigma = MapPicture { colours: ColourMap::Magma, ..map(sigma) };
        of(sigma, "uncertainty (1σ)".into(), format!("standard deviation of {target}"));
    }
    let columns = PANELS * rows.iter().map(Vec::len).max().unwrap_or(1);
    let svgs: String = pictures.iter().map(MapPicture::svg).collect();
    format!(
        "<figure class=\"sheet columns{columns}\" data-columns=\"{columns}\" data-name=\"explorations\">\n{svgs}<figcaption><span>\
         <b>Every exploration in three maps:</b> the topography with the measured locations (dark blue first, pale last), what is predicted \
         from them, and its standard deviation (bright is where the model knows least). Each map has colours of its own, from the 1st to the \
         99th percentile; grey: no complete window, no value.</span></figcaption>\n{}</figure>\n",
        numbers(&pictures)
    )
}

/// The numbers of every picture; what several share stands there once.
fn numbers(pictures: &[MapPicture]) -> String {
    let mut seen: Vec<(String, String)> = Vec::new();
    let mut out = String::new();
    for picture in pictures {
        let Some(Numbers::Map(mut map)) = picture.numbers() else { return String::new() };
        map.name.clone_from(&picture.title.replace('\u{2002}', " "));
        map.picks.clear();
        match seen.iter().find(|(_, values)| *values == map.values) {
            Some((same, _)) => {
                map.same.clone_from(same);
                map.values.clear();
            }
            None => seen.push((map.name.clone(), map.values.clone())),
        }
        let _ = writeln!(out, "<script type=\"application/json\" class=\"data\">{}</script>", Numbers::Map(map).json());
    }
    out
}

/// What a region counts: picks there, all picks, its share of the area.
type Counted = (usize, usize, f64);

fn counted(run: &ReportInput) -> Option<[Counted; 2]> {
    let e = run.enrichment?;
    Some([(e.gb_picks, e.picks, e.gb_area), (e.junction_picks, e.picks, e.junction_area)])
}

fn legend() -> Vec<(Ink, String)> {
    vec![(Ink::Orange, "grain boundaries".into()), (Ink::Blue, "junctions".into())]
}

fn rows(runs: &[&ReportInput], value: impl Fn(Counted) -> [f64; 3]) -> Vec<Row> {
    let bar = |counted, ink| {
        let [middle, low, high] = value(counted);
        Bar { middle, low, high, ink }
    };
    let row = |run: &&ReportInput| {
        let [gb, junction] = counted(run)?;
        Some(Row { label: capitalised(&name(run)), bars: vec![bar(gb, Ink::Orange), bar(junction, Ink::Blue)] })
    };
    runs.iter().filter_map(row).collect()
}

/// Share of the picks over share of the area.
fn enrichment(runs: &[&ReportInput]) -> String {
    let rows = rows(runs, |(there, picks, area)| {
        let (low, high) = wilson(there, picks);
        [there as f64 / picks as f64, low, high].map(|share| share / area)
    });
    if rows.is_empty() {
        return String::new();
    }
    panel(
        &Forest { legend: legend(), ..Forest::new("Enrichment of the picks", "enrichment", rows, 1.0) },
        "<b>Picks over what chance would give:</b> share of the picks over share of the area; 1 is chance. Bars: 95 % intervals of the \
         share (Wilson), as if each pick were drawn on its own.",
    )
}

/// Share of the picks, with the share of the area as it is.
fn shares(runs: &[&ReportInput]) -> String {
    let rows = rows(runs, |(there, picks, _)| {
        let (low, high) = wilson(there, picks);
        [there as f64 / picks as f64, low, high]
    });
    let Some([(.., gb), (.., junction)]) = runs.iter().find_map(|run| counted(run)) else { return String::new() };
    panel(
        &Forest { legend: legend(), ..Forest::new("Picks by region", "share of the picks", rows, 0.0) },
        &format!(
            "<b>Where the picks lie;</b> the rest are inside grains. Boundaries cover {} % of the area, junctions {} %{}. Bars as before.",
            fixed(100.0 * gb, 0),
            fixed(100.0 * junction, 0),
            if runs.len() > 1 { " (first run)" } else { "" }
        ),
    )
}

/// R² of all runs in one chart.
fn learning(runs: &[&ReportInput]) -> String {
    const WORST_SHOWN: f64 = -0.5;
    if runs.iter().all(|r| r.scores.is_empty()) {
        return String::new();
    }
    let all = || runs.iter().flat_map(|r| &r.scores);
    let most = all().map(|s| s.n).max().unwrap_or(1) as f64;
    let lowest = all().map(|s| s.r2).filter(|r| r.is_finite()).fold(0.0, f64::min).max(WORST_SHOWN);
    let y = Axis::new("R² of the predicted map", "").between(lowest, 1.0);
    let mut chart = Chart::new("Learning curves", Axis::new("measurements", "").between(0.0, 1.02 * most), y);
    // As high as the intervals beside it, whatever its legend takes.
    chart.size.1 = 190.0 + 30.0 * runs.len() as f64;
    let mut targets: Vec<&str> = Vec::new();
    for run in runs {
        if !targets.contains(&run.start.target.as_str()) {
            targets.push(&run.start.target);
        }
        let ink = [Ink::Blue, Ink::Orange, Ink::Green, Ink::Black, Ink::DeepOrange][(targets.len() - 1) % 5];
        let points = run.scores.iter().map(|s| (s.n as f64, s.r2)).collect();
        let series = Series::new(&name(run), ink, points);
        chart.series.push(Series { dashed: run.start.light_suns == 0.0, shape: Shape::Line, ..series });
    }
    let cut = if lowest > WORST_SHOWN { "" } else { " What is below −0.5 is cut off." };
    panel(&chart, &format!("<b>How the maps improve.</b> Broken: in the dark; solid: in light.{cut}"))
}

fn table(runs: &[&ReportInput]) -> String {
    let last = |run: &ReportInput| run.scores.iter().max_by_key(|s| s.n).copied();
    let number = |x: Option<f64>, digits| x.map_or("–".to_owned(), |x| fixed(x, digits));
    let with_interval = |(there, picks, area): Counted| {
        let (low, high) = wilson(there, picks);
        let [share, low, high] = [there as f64 / picks as f64, low, high].map(|s| fixed(s / area, 2));
        format!("{share} ({low} to {high})")
    };
    let lines: Vec<Vec<String>> = runs
        .iter()
        .map(|run| {
            let score = last(run);
            let random = score.and_then(|s| run.random_scores.iter().find(|r| r.n == s.n));
            let [gb, junction] = counted(run).map_or(["–", "–"].map(str::to_owned), |both| both.map(with_interval));
            vec![
                capitalised(&name(run)),
                run.picks.len().to_string(),
                number(score.map(|s| s.r2), 2),
                number(random.map(|s| s.r2), 2),
                number(score.map(|s| 100.0 * s.coverage_1sigma), 0),
                gb,
                junction,
                run.start.seed.to_string(),
                duration(run.timing.wall_total),
            ]
        })
        .collect();
    let head = ["run", "n", "R²", "R², random", "within ±1σ, %", "boundaries", "junctions", "seed", "wall clock"];
    let lines: Vec<&[String]> = lines.iter().map(Vec::as_slice).collect();
    wide_table("Last maps; enrichment of the picks with its 95 % interval.", &head, &lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::svg::without_rasters;
    use crate::report::test_data;

    fn six() -> Vec<ReportInput> {
        let mut runs = Vec::new();
        for suns in [0.1, 0.0] {
            for target in ["max_current", "turn_on_voltage", "hysteresis_area"] {
                let mut run = test_data::full(24, 24);
                run.start.target = target.into();
                run.target_title = target.replace('_', " ");
                run.start.light_suns = suns;
                runs.push(run);
            }
        }
        runs
    }

    #[test]
    fn six_explorations_are_three_rows_of_six_maps() {
        let html = render(&six()).expect("renders");
        let places = ["a\u{2002}Max current, dark", "d\u{2002}Max current, 0.1 sun", "g\u{2002}Turn on voltage, dark"];
        let found: Vec<usize> = places.iter().map(|p| html.find(&format!(">{p}<")).expect(p)).collect();
        assert!(found.windows(2).all(|w| w[0] < w[1]));
        assert!(html.contains("data-columns=\"6\"") && html.contains("6 explorations side by side"));
        // 22 of 60 picks on 26 % of the area.
        assert!(html.contains("1.41 (0.99 to 1.90)"), "enrichment with its interval");
        // The topography is the same in all and stands there once.
        assert_eq!(html.matches("\"same\":\"a Max current, dark\"").count(), 5);
        let plain = without_rasters(&html);
        assert_eq!(plain.matches("http").count(), plain.matches("xmlns=\"http://www.w3.org/2000/svg\"").count());
        assert_eq!(html, render(&six()).expect("renders"), "same input, same bytes");
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let mut run = test_data::full(24, 24);
        (run.prediction, run.enrichment) = (None, None);
        run.scores.clear();
        let html = render(&[run]).expect("renders");
        assert!(!html.contains("Picks by region") && !html.contains("Learning curves"));
        assert!(render(&[]).is_err());
    }
}
