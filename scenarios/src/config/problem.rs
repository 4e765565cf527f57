//! What is wrong with a scenario: all of it at once, each with its place, its value and what would be accepted.

use std::fmt;
use std::ops::Range;

/// Where something was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Number of the source text in [`Problems::sources`].
    pub source: usize,
    /// Byte range in that text.
    pub span: Range<usize>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, if it is about something that was written.
    pub place: Option<Place>,
    /// What is wrong, with the value and the limit.
    pub message: String,
    /// What would be accepted.
    pub accepted: Option<String>,
}

/// A text that was read: a file or a `--set`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Name to show.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Everything that is wrong with one input.
#[derive(Clone, Debug)]
pub struct Problems {
    /// The texts that places refer to.
    pub sources: Vec<Source>,
    /// At least one problem.
    pub problems: Vec<Problem>,
}

impl Problems {
    /// A single problem that has no place in a text, such as an unreadable file.
    pub fn one(message: impl Into<String>, accepted: Option<String>) -> Self {
        Self { sources: Vec::new(), problems: vec![Problem { place: None, message: message.into(), accepted }] }
    }

    /// `file:line:column` of a problem, if it has a place.
    pub fn location(&self, problem: &Problem) -> Option<String> {
        let place = problem.place.as_ref()?;
        let source = self.sources.get(place.source)?;
        let before = &source.text[..place.span.start.min(source.text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        Some(format!("{}:{line}:{column}", source.name))
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            if let Some(location) = self.location(problem) {
                write!(f, "{location}: ")?;
            }
            write!(f, "{}", problem.message)?;
            if let Some(accepted) = &problem.accepted {
                write!(f, "; accepted: {accepted}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
