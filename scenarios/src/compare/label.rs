//! How a strategy is written: `strategy[/acquisition][+alteration][@films]`.

use super::altered::Alteration;
use crate::config::{ACQUISITIONS, Problems, STRATEGIES, Scenario};
use crate::run::RunError;

/// A strategy and the rule that it chooses by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// As it was written, without the number of seeds.
    pub label: String,
    /// One of [`STRATEGIES`].
    pub strategy: String,
    /// One of [`ACQUISITIONS`].
    pub acquisition: String,
    /// What is different from the strategy of that name: a control or a planted fault.
    pub alteration: Option<Alteration>,
    /// Only so many of the seeds, for strategies that are too slow for all.
    pub first_seeds: Option<usize>,
}

impl Named {
    /// Reads a label; an acquisition that is left out is the scenario's.
    pub fn parse(text: &str, scenario: &Scenario) -> Result<Self, RunError> {
        let unknown = |what: &str, word: &str, known: &[&str]| {
            let accepted = known.join(", ");
            RunError::Scenario(Problems::one(format!("{what} \"{word}\" of \"{text}\" is not known"), Some(accepted)))
        };
        let (label, first_seeds) = match text.trim().split_once('@') {
            None => (text.trim(), None),
            Some((label, count)) => match count.parse() {
                Ok(n) if n > 1 => (label, Some(n)),
                _ => return Err(unknown("the number of seeds", count, &["2 or more, as in reference@5"])),
            },
        };
        let (rest, alteration) = match label.split_once('+') {
            None => (label, None),
            Some((rest, word)) => {
                let found = Alteration::parse(word.trim());
                let alteration = found.ok_or_else(|| unknown("the alteration", word, &Alteration::NAMES))?;
                (rest, Some(alteration))
            }
        };
        let (strategy, acquisition) = match rest.split_once('/') {
            Some((s, a)) => (s.trim(), a.trim().to_owned()),
            None => (rest.trim(), scenario.explore.acquisition.clone()),
        };
        if !STRATEGIES.contains(&strategy) {
            return Err(unknown("the strategy", strategy, &STRATEGIES));
        }
        if !ACQUISITIONS.contains(&acquisition.as_str()) {
            return Err(unknown("the acquisition", &acquisition, &ACQUISITIONS));
        }
        if let Some(reason) = alteration.and_then(|a| a.refuses(strategy, &acquisition)) {
            return Err(RunError::Input(format!("\"{text}\": {reason}")));
        }
        Ok(Self { label: label.to_owned(), strategy: strategy.to_owned(), acquisition, alteration, first_seeds })
    }

    /// Whether it is a strategy's own model on random picks, or the strategy `random`: what others are measured by.
    pub fn is_random(&self) -> bool {
        self.alteration.is_none() && self.picks_at_random()
    }

    /// Whether its picks are random, altered or not.
    pub fn picks_at_random(&self) -> bool {
        self.strategy == "random" || self.acquisition == "random"
    }

    /// The strategy whose model predicts its maps: strategies without a model of their own predict with tiptwin's.
    pub fn model(&self) -> &str {
        match self.strategy.as_str() {
            "random" | "grid" | "farthest-point" => "tiptwin",
            own => own,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn parse(text: &str) -> Result<Named, String> {
        let scenario =
            Scenario::parse("s", "s.toml", "[instrument]\ndriver = \"twin\"\n", Path::new("."), &[]).expect("valid");
        Named::parse(text, &scenario).map_err(|e| e.to_string())
    }

    #[test]
    fn labels_say_everything_about_a_strategy() {
        let plain = parse(" tiptwin ").expect("known");
        assert_eq!((plain.label.as_str(), plain.acquisition.as_str()), ("tiptwin", "max-variance"));
        let full = parse("tiptwin/expected-improvement+sign-flipped@5").expect("known");
        assert_eq!(full.label, "tiptwin/expected-improvement+sign-flipped");
        assert_eq!((full.alteration, full.first_seeds), (Some(Alteration::SignFlipped), Some(5)));
        assert!(parse("random").expect("known").is_random() && parse("tiptwin/random").expect("known").is_random());
        assert!(!parse("tiptwin/random+shuffled-targets").expect("known").is_random());
    }

    #[test]
    fn what_is_not_known_is_refused_with_what_would_be() {
        for (text, part) in [
            ("tiptwn", "accepted: tiptwin"),
            ("tiptwin/variance", "accepted: max-variance"),
            ("tiptwin+broken", "accepted: again"),
            ("tiptwin@1", "accepted: 2 or more"),
            ("grid+sign-flipped", "has no acquisition"),
            ("tiptwin/integrated-variance+constant-sigma", "max-variance or expected-improvement"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(part), "{error}");
        }
    }
}
