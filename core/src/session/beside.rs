//! For callers with a loop of their own: several locations under way at once, and measurements that nobody asked for.

use super::{Phase, Session, SessionError, Told};
use crate::strategy::Choice;
use tiptwin_instrument::Outcome;

impl Session {
    /// The next location while those of `under_way` (candidate indices) were chosen and not told yet; `None` when these are all that is left of
    /// the planned steps. With none under way it is the choice that [`Session::next`] makes.
    pub fn choose_beside(&mut self, under_way: &[usize]) -> Result<Option<Choice>, SessionError> {
        let number = self.touched + under_way.len();
        if number >= self.plan.steps || !self.measures() {
            return Ok(None);
        }
        let mut open = self.open().to_vec();
        for &index in under_way {
            open[index] = false;
        }
        self.choose_among(&open, number).map(Some)
    }

    /// Takes in what was measured at an open candidate, asked for or not. A target that is read from several sweeps takes one after the other.
    pub fn tell_at(&mut self, index: usize, outcome: &Outcome) -> Result<Told, SessionError> {
        self.turn_to(index)?;
        Ok(self.take(outcome))
    }

    /// Closes an open candidate because nothing could be measured there.
    pub fn reject_at(&mut self, index: usize, reason: impl Into<String>) -> Result<Told, SessionError> {
        self.turn_to(index)?;
        Ok(self.reject(reason))
    }

    /// What the newest choices of the strategy were worth to its acquisition, if it has such a number and this candidate is one of them.
    pub fn merit(&self, index: usize) -> Option<f64> {
        self.strategy.merit(index)
    }

    const fn measures(&self) -> bool {
        matches!(self.phase, Phase::Measure)
    }

    fn turn_to(&mut self, index: usize) -> Result<(), SessionError> {
        if self.pending.as_ref().is_some_and(|p| p.choice.index == index) {
            return Ok(());
        }
        let is_open = self.measures() && self.open().get(index).copied().unwrap_or(false);
        if !is_open || self.is_within_location() {
            return Err(SessionError::Mismatch {
                expected: "a measurement at an open location",
                got: "another location",
            });
        }
        if self.touched >= self.plan.steps {
            return Err(SessionError::Exhausted { touched: self.touched, steps: self.plan.steps });
        }
        self.pending = Some(self.planned(Choice { index, mean: None, sigma: None }));
        Ok(())
    }
}
