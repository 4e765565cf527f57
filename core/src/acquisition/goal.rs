//! What a search is for.

/// What counts as an interesting value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Large values.
    Maximise,
    /// Small values.
    Minimise,
    /// A good map, whatever the values.
    Explore,
}

impl Goal {
    /// All goals.
    pub const ALL: [Self; 3] = [Self::Maximise, Self::Minimise, Self::Explore];

    /// Name as in a scenario file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Maximise => "maximise",
            Self::Minimise => "minimise",
            Self::Explore => "explore",
        }
    }

    /// The goal of a name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|g| g.name() == name)
    }

    /// A value (or a mean) as one that should be large: minimising is maximising the negative.
    pub const fn toward(self, value: f64) -> f64 {
        match self {
            Self::Minimise => -value,
            Self::Maximise | Self::Explore => value,
        }
    }
}
