//! From one number per film to a verdict.

use super::SIGNIFICANCE;
use super::sample::FilmSample;
use super::statements::Statement;
use super::statistics::sign::{median_interval, p_value};
use serde::Serialize;
use tiptwin_sim::Preset;

/// What a preset owes to a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Requirement {
    /// It must hold.
    Holds,
    /// It must not hold.
    Fails,
    /// Either is fine.
    None,
}

impl Requirement {
    /// The preset made after the experiment shows everything; the negative control shows nothing that is about structure.
    pub fn of(statement: &Statement, preset: Preset) -> Self {
        match preset {
            Preset::Seed => Self::Holds,
            Preset::Random if statement.structural => Self::Fails,
            _ => Self::None,
        }
    }
}

/// What became of one statement over all films of one preset.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// Letter of the statement.
    pub statement: &'static str,
    /// The statement.
    pub says: &'static str,
    /// What the effect is.
    pub effect: &'static str,
    /// What the effect must exceed.
    pub threshold: f64,
    /// Number of films.
    pub films: usize,
    /// Films in which the effect exceeds the threshold.
    pub films_holding: usize,
    /// Median effect; absent where no film has one.
    pub median: Option<f64>,
    /// Confidence interval of the median effect.
    pub interval: Option<[f64; 2]>,
    /// Probability with which the interval holds the true median.
    pub coverage: Option<f64>,
    /// One-sided p value of the sign test against the threshold.
    pub p_value: f64,
    /// Whether the statement holds: the p value is below [`SIGNIFICANCE`].
    pub holds: bool,
    /// What the preset owes to it.
    pub required: Requirement,
    /// Whether it is as required.
    pub as_required: bool,
}

impl Verdict {
    /// Tests a statement over films of a preset. A film in which the effect is not defined does not count as holding.
    pub fn over(statement: &Statement, preset: Preset, films: &[FilmSample]) -> Self {
        let effects: Vec<f64> = films.iter().filter_map(|f| (statement.measure)(f)).filter(|e| e.is_finite()).collect();
        let films_holding = effects.iter().filter(|e| **e > statement.threshold).count();
        let p_value = p_value(films_holding, films.len());
        let holds = p_value < SIGNIFICANCE;
        let middle = median_interval(&effects);
        let required = Requirement::of(statement, preset);
        Self {
            statement: statement.letter,
            says: statement.says,
            effect: statement.effect,
            threshold: statement.threshold,
            films: films.len(),
            films_holding,
            median: middle.map(|m| m.median),
            interval: middle.map(|m| [m.low, m.high]),
            coverage: middle.map(|m| m.coverage),
            p_value,
            holds,
            required,
            as_required: match required {
                Requirement::Holds => holds,
                Requirement::Fails => !holds,
                Requirement::None => true,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn films(count: usize) -> Vec<FilmSample> {
        vec![FilmSample::default(); count]
    }

    fn statement(measure: fn(&FilmSample) -> Option<f64>) -> Statement {
        Statement { letter: "x", says: "", effect: "", threshold: 0.5, basis: "", structural: true, measure }
    }

    #[test]
    fn a_statement_holds_when_nearly_all_films_exceed_the_threshold() {
        let always = statement(|_| Some(0.7));
        let verdict = Verdict::over(&always, Preset::Seed, &films(7));
        assert!(verdict.holds && verdict.as_required && verdict.films_holding == 7, "{verdict:?}");
        assert_eq!((verdict.median, verdict.interval), (Some(0.7), Some([0.7, 0.7])));
        assert!(!Verdict::over(&always, Preset::Seed, &films(6)).holds, "six films cannot be significant");
        assert!(!Verdict::over(&always, Preset::Random, &films(7)).as_required, "the control must not show it");
        assert!(Verdict::over(&always, Preset::Hard, &films(7)).as_required, "other presets owe nothing");
        let trivial = Statement { structural: false, ..always };
        assert!(Verdict::over(&trivial, Preset::Random, &films(7)).as_required);
    }

    #[test]
    fn what_is_not_defined_does_not_hold() {
        for measure in [|_: &FilmSample| None, |_: &FilmSample| Some(f64::NAN), |_: &FilmSample| Some(0.5)] {
            let verdict = Verdict::over(&statement(measure), Preset::Seed, &films(20));
            assert!(!verdict.holds && verdict.films_holding == 0 && !verdict.as_required, "{verdict:?}");
        }
    }
}
