//! What a person does to an AFM image before looking at it: plane, bow, lines, scars.
//!
//! Every correction is a function of the image alone (values in any unit, rows along the slow scan axis) and returns the corrected image in the
//! same unit. A scenario names them in the order they are made; the learner sees the corrected image, the run folder keeps the image as
//! scanned.

mod lines;
mod scars;
mod surface;

pub use lines::without_line_offsets;
pub use scars::without_scars;
pub use surface::{without_bow, without_plane};

pub(crate) use surface::without_surface;

use ndarray::Array2;

/// One correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Correction {
    /// [`without_plane`]
    Plane,
    /// [`without_bow`]
    Bow,
    /// [`without_line_offsets`]
    Lines,
    /// [`without_scars`]
    Scars,
}

impl Correction {
    /// All of them with the word that a scenario calls them by and what they do.
    pub const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Plane, "plane", "a plane taken out"),
        (Self::Bow, "bow", "plane and bow taken out"),
        (Self::Lines, "lines", "lines shifted to each other"),
        (Self::Scars, "scars", "scars along the lines filled in"),
    ];

    /// The correction of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, n, _)| *n == name).map(|(c, ..)| *c)
    }

    /// The word that a scenario calls it by.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(c, ..)| *c == self).map_or("", |(_, name, _)| name)
    }

    /// What it does, in words.
    pub fn words(self) -> &'static str {
        Self::ALL.iter().find(|(c, ..)| *c == self).map_or("", |(.., words)| words)
    }

    /// The corrected image.
    pub fn apply(self, image: &Array2<f64>) -> Array2<f64> {
        match self {
            Self::Plane => without_plane(image),
            Self::Bow => without_bow(image),
            Self::Lines => without_line_offsets(image),
            Self::Scars => without_scars(image),
        }
    }
}

/// The image after all corrections, in their order.
pub fn corrected(image: &Array2<f64>, corrections: &[Correction]) -> Array2<f64> {
    corrections.iter().fold(image.clone(), |image, correction| correction.apply(&image))
}
