//! What a person sees while something long is running: a bar with time left on a terminal, plain lines otherwise.
//!
//! Everything here goes to standard error; standard output is for data.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::Cell;
use std::io::{IsTerminal, Write};
use std::time::Instant;

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing.
    Quiet,
    /// A line now and then.
    Lines,
    /// A live bar.
    Bar,
}

impl Progress {
    /// A bar if standard error is a terminal, lines if it is not, nothing if asked for.
    pub fn detect(quiet: bool) -> Self {
        match (quiet, std::io::stderr().is_terminal()) {
            (true, _) => Self::Quiet,
            (false, true) => Self::Bar,
            (false, false) => Self::Lines,
        }
    }

    /// Announces a stage without a countable end.
    pub fn stage(self, what: &str) {
        self.note(&format!("{what} …"));
    }

    /// Says one thing.
    pub fn note(self, text: &str) {
        if self != Self::Quiet {
            // Nothing sensible is left to do if standard error is closed.
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }

    /// A countable stage.
    pub fn steps(self, what: &str, total: usize) -> Steps {
        let bar = match self {
            Self::Bar => {
                let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
                let style = ProgressStyle::with_template(
                    "{prefix} [{bar:30}] {pos}/{len}  {elapsed_precise} elapsed, {eta_precise} left  {msg}",
                );
                if let Ok(style) = style {
                    bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
                }
                bar.set_prefix(what.to_owned());
                Some(bar)
            }
            _ => None,
        };
        let begun = Instant::now();
        Steps {
            progress: self,
            what: what.to_owned(),
            total,
            bar,
            begun,
            next_line: Cell::new(1),
            last_line: Cell::new(begun),
        }
    }
}

/// A countable stage under way.
#[derive(Debug)]
pub struct Steps {
    progress: Progress,
    what: String,
    total: usize,
    bar: Option<ProgressBar>,
    begun: Instant,
    /// Tenths of the way at which the next plain line is due.
    next_line: Cell<usize>,
    /// When the last plain line was written.
    last_line: Cell<Instant>,
}

impl Steps {
    /// So many are done; `last` is the newest result in a few words.
    pub fn at(&self, done: usize, last: &str) {
        if let Some(bar) = &self.bar {
            bar.set_position(done as u64);
            bar.set_message(last.to_owned());
            return;
        }
        // A line for every tenth, but a stage that is over in a second needs none.
        if done * 10 < self.next_line.get() * self.total || self.last_line.get().elapsed().as_secs_f64() < 1.0 {
            return;
        }
        self.last_line.set(Instant::now());
        self.next_line.set(done * 10 / self.total.max(1) + 1);
        let elapsed = self.begun.elapsed().as_secs_f64();
        let left = elapsed / done.max(1) as f64 * (self.total - done) as f64;
        let last = if last.is_empty() { String::new() } else { format!(", last {last}") };
        self.progress
            .note(&format!("{}: {done} of {}, {elapsed:.0} s elapsed, {left:.0} s left{last}", self.what, self.total));
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.abandon();
        }
    }
}
