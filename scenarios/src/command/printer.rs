//! The one place that writes to the terminal.

use super::error::CommandError;
use crate::config::{Problem, Problems};
use crate::progress::Progress;
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity, SourceCode, SourceSpan,
};
use serde::Serialize;
use std::fmt;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// Version of the JSON objects on standard output.
const JSON_SCHEMA: u32 = 1;

/// How results, progress and errors are shown.
#[derive(Debug)]
pub(super) struct Printer {
    json: bool,
    progress: Progress,
}

#[derive(Serialize)]
struct Versioned<'a, T: Serialize> {
    json_schema: u32,
    command: &'a str,
    #[serde(flatten)]
    result: T,
}

impl Printer {
    pub(super) fn new(json: bool, quiet: bool) -> Self {
        Self { json, progress: Progress::detect(quiet) }
    }

    pub(super) const fn progress(&self) -> Progress {
        self.progress
    }

    /// Shows a result: its JSON or its text.
    pub(super) fn result<T: Serialize>(&self, command: &str, result: T, text: &str) {
        let mut out = std::io::stdout();
        // A closed pipe (`tiptwin … | head`) is the reader's choice, not an error.
        let _ = if self.json {
            match serde_json::to_string(&Versioned { json_schema: JSON_SCHEMA, command, result }) {
                Ok(json) => writeln!(out, "{json}"),
                Err(e) => writeln!(std::io::stderr(), "the result cannot be written as JSON: {e}"),
            }
        } else {
            writeln!(out, "{}", text.trim_end())
        };
    }

    /// Shows an error and gives its exit code.
    pub(super) fn fail(&self, error: &CommandError) -> ExitCode {
        let code = error.exit_code();
        // A gate fails after its result was shown, and one object is all that a reader expects.
        if self.json && !matches!(error, CommandError::Gate(_)) {
            let problems: Vec<_> = error.problems().map_or_else(Vec::new, |p| {
                p.problems
                    .iter()
                    .map(|problem| {
                        serde_json::json!({
                            "location": p.location(problem),
                            "message": problem.message,
                            "accepted": problem.accepted,
                        })
                    })
                    .collect()
            });
            let result =
                serde_json::json!({"error": {"exit_code": code, "message": error.to_string(), "problems": problems}});
            self.result("error", result, "");
        }
        let text = match error.problems() {
            Some(problems) => pretty(problems),
            None => format!("error: {}", chain(error)),
        };
        let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
        ExitCode::from(code)
    }
}

/// An error and its sources, each said once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(e) = source {
        let more = e.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        source = e.source();
    }
    text
}

/// One problem as miette shows it: the line of the file, the place marked, what would be accepted.
#[derive(Debug)]
struct Shown<'a> {
    problem: &'a Problem,
    location: Option<String>,
    source: Option<NamedSource<String>>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.location {
            Some(location) => write!(f, "{location}: {}", self.problem.message),
            None => f.write_str(&self.problem.message),
        }
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn severity(&self) -> Option<Severity> {
        Some(Severity::Error)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.problem.accepted.as_ref().map(|a| Box::new(format!("accepted: {a}")) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|s| s as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.problem.place.as_ref()?;
        self.source.as_ref()?;
        let span = SourceSpan::from((place.span.start, place.span.len().max(1)));
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(Some("here".into()), span))))
    }
}

fn pretty(problems: &Problems) -> String {
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let theme = if colours { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(100).with_context_lines(1);
    let mut text = String::new();
    for problem in &problems.problems {
        let source = problem.place.as_ref().and_then(|place| problems.sources.get(place.source));
        let shown = Shown {
            problem,
            location: problems.location(problem),
            source: source.map(|s| NamedSource::new(&s.name, s.text.clone())),
        };
        if handler.render_report(&mut text, &shown).is_err() {
            return problems.to_string();
        }
    }
    text
}
