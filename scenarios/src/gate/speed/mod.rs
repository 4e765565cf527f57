//! What the hot paths cost, in instructions: a number that a busy machine does not change.
//!
//! Wall time on the shared cores of a CI service says little. Valgrind's callgrind runs the program on a simulated core and counts
//! instructions instead. [`record()`] counts a dozen [`kernels`] and keeps the counts as a file ([`Record`]); [`check()`] counts
//! them again in another build. What a count depends on besides the code is in [`Machine`], and counts of another kind of machine are
//! shown but never judged. [`faults()`] plants slowdowns and says which are caught.

mod callgrind;
mod check;
mod file;
pub mod kernels;
mod summary;

pub use callgrind::Machine;
pub use check::{Caught, Checked, Judged, Verdict, check, faults, judge};
pub use file::{Counted, Record, record};
pub use summary::{Entry, check_markdown, check_text, faults_text, list};

#[cfg(test)]
mod tests;
