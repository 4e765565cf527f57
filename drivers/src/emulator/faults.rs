//! What the emulated controller can be told to do wrong.
//!
//! Written `NAME`, `NAME=VALUE`, `NAME@WHEN` or `NAME=VALUE@WHEN`. WHEN counts from 1 what the fault concerns (batches of commands, moves,
//! files): `7` is the seventh alone, `7-` every one from the seventh, and without it every one. VALUE has its unit: `3s`, `50nm`.

use std::str::FromStr;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// Nobody reads the command file.
    IgorAbsent,
    /// The controller stops for VALUE (for ever without one), then takes the newest command file.
    IgorHung,
    /// A batch is carried out VALUE later.
    IgorSlow,
    /// A batch is not carried out, only its read-out.
    CommandIgnored,
    /// The answer before the last one is written again.
    ReadoutStale,
    /// Half of the answer is written.
    ReadoutHalf,
    /// A value of the answer is not a number.
    ReadoutNan,
    /// A file comes VALUE later.
    IbwLate,
    /// A file never comes.
    IbwMissing,
    /// Half of a file is written.
    IbwTruncated,
    /// An image or a curve of another size is written.
    IbwWrongSize,
    /// The channel that was asked for has another name.
    IbwWrongChannel,
    /// A second file comes with the first.
    IbwTwo,
    /// A file of no bytes is written.
    IbwEmpty,
    /// One sample is not a number.
    CurrentNan,
    /// Every sample is the same.
    CurrentConstant,
    /// Every sample is at the rail.
    CurrentSaturated,
    /// The current has the other sign.
    CurrentFlipped,
    /// The sensors jump by VALUE along x when the tip is moved.
    DriftJump,
    /// The lamp keeps the light it has.
    LightStuck,
}

/// What a fault counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counted {
    /// Batches of commands.
    Batch,
    /// Moves of the tip.
    Move,
    /// Data files.
    File,
    /// Settings of the lamp.
    Light,
}

/// Unit of a fault's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    None,
    Seconds,
    Nanometres,
}

impl FaultKind {
    /// Every kind with its name.
    pub const ALL: [(Self, &'static str); 20] = [
        (Self::IgorAbsent, "igor-absent"),
        (Self::IgorHung, "igor-hung"),
        (Self::IgorSlow, "igor-slow"),
        (Self::CommandIgnored, "command-ignored"),
        (Self::ReadoutStale, "readout-stale"),
        (Self::ReadoutHalf, "readout-half"),
        (Self::ReadoutNan, "readout-nan"),
        (Self::IbwLate, "ibw-late"),
        (Self::IbwMissing, "ibw-missing"),
        (Self::IbwTruncated, "ibw-truncated"),
        (Self::IbwWrongSize, "ibw-wrong-size"),
        (Self::IbwWrongChannel, "ibw-wrong-channel"),
        (Self::IbwTwo, "ibw-two"),
        (Self::IbwEmpty, "ibw-empty"),
        (Self::CurrentNan, "current-nan"),
        (Self::CurrentConstant, "current-constant"),
        (Self::CurrentSaturated, "current-saturated"),
        (Self::CurrentFlipped, "current-flipped"),
        (Self::DriftJump, "drift-jump"),
        (Self::LightStuck, "light-stuck"),
    ];

    /// What it counts.
    pub const fn counts(self) -> Counted {
        match self {
            Self::IgorAbsent
            | Self::IgorHung
            | Self::IgorSlow
            | Self::CommandIgnored
            | Self::ReadoutStale
            | Self::ReadoutHalf
            | Self::ReadoutNan => Counted::Batch,
            Self::DriftJump => Counted::Move,
            Self::LightStuck => Counted::Light,
            _ => Counted::File,
        }
    }

    const fn unit(self) -> Unit {
        match self {
            Self::IgorHung | Self::IgorSlow | Self::IbwLate => Unit::Seconds,
            Self::DriftJump => Unit::Nanometres,
            _ => Unit::None,
        }
    }
}

/// One fault: what, how much (s or m), and when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// How much, in seconds or metres, where it has an amount.
    pub amount: Option<f64>,
    /// First time, from 1.
    first: u64,
    /// Last time.
    last: u64,
}

/// Why a text is not a fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("fault \"{text}\" {reason}; accepted: {accepted}")]
pub struct FaultError {
    text: String,
    reason: String,
    accepted: String,
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let wrong = |reason: String, accepted: &str| {
            let text = text.to_owned();
            FaultError { text, reason, accepted: accepted.to_owned() }
        };
        let (what, when) = text.split_once('@').map_or((text, None), |(a, b)| (a, Some(b)));
        let (name, value) = what.split_once('=').map_or((what, None), |(a, b)| (a, Some(b)));
        let names = || FaultKind::ALL.map(|(_, n)| n).join(", ");
        let kind = FaultKind::ALL.iter().find(|(_, n)| *n == name).map(|(k, _)| *k);
        let kind = kind.ok_or_else(|| wrong("is not known".into(), &names()))?;
        let amount = match (kind.unit(), value) {
            (Unit::None, None) => None,
            (Unit::None, Some(_)) => return Err(wrong("takes no value".into(), name)),
            (Unit::Seconds, None) if kind == FaultKind::IgorHung => None,
            (unit, value) => {
                let (suffix, scale) = if unit == Unit::Seconds { ("s", 1.0) } else { ("nm", 1e-9) };
                let number = value.and_then(|v| v.strip_suffix(suffix)).and_then(|v| v.parse::<f64>().ok());
                let number = number.filter(|x| x.is_finite() && (0.0..=1e6).contains(x));
                let example = format!("a number from 0 to 1e6 with its unit, such as {name}=3{suffix}");
                Some(scale * number.ok_or_else(|| wrong("needs a value".into(), &example))?)
            }
        };
        let count = |t: &str| t.parse::<u64>().ok().filter(|n| *n > 0);
        let span = match when {
            None => Some((1, u64::MAX)),
            Some(w) => match w.strip_suffix('-') {
                Some(from) => count(from).map(|n| (n, u64::MAX)),
                None => count(w).map(|n| (n, n)),
            },
        };
        let (first, last) =
            span.ok_or_else(|| wrong("has no such time".into(), "@7 for the seventh, @7- from the seventh on"))?;
        Ok(Self { kind, amount, first, last })
    }
}

/// A plan of faults, and how often everything that they count has happened.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    plan: Vec<Fault>,
    counts: [u64; 4],
}

impl Faults {
    /// Faults from their texts.
    pub fn read<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Self, FaultError> {
        let plan = texts.into_iter().map(str::parse).collect::<Result<_, _>>()?;
        Ok(Self { plan, counts: [0; 4] })
    }

    /// Faults from a file: one a line; empty lines and those after `#` are left out.
    pub fn read_file(text: &str) -> Result<Self, FaultError> {
        Self::read(text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')))
    }

    /// Adds those of another plan.
    pub fn extend(&mut self, other: Self) {
        self.plan.extend(other.plan);
    }

    /// Counts an event.
    pub(super) const fn happens(&mut self, what: Counted) {
        self.counts[what as usize] += 1;
    }

    /// The fault of a kind, if it is on for the event that happened last.
    pub(super) fn now(&self, kind: FaultKind) -> Option<Fault> {
        let n = self.counts[kind.counts() as usize];
        self.plan.iter().find(|f| f.kind == kind && (f.first..=f.last).contains(&n)).copied()
    }

    pub(super) fn on(&self, kind: FaultKind) -> bool {
        self.now(kind).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_with_amount_and_time() {
        let fault: Fault = "ibw-late=3s@7".parse().expect("known");
        assert_eq!((fault.kind, fault.amount, fault.first, fault.last), (FaultKind::IbwLate, Some(3.0), 7, 7));
        let fault: Fault = "drift-jump=50nm@2-".parse().expect("known");
        assert!((fault.amount.expect("an amount") - 50e-9).abs() < 1e-20 && fault.last == u64::MAX);
        let plan = Faults::read_file("# a comment\n\nigor-hung\ncommand-ignored@3\n").expect("known");
        assert_eq!(plan.plan.len(), 2);
        for (text, says) in [
            ("ibw-latte=3s", "accepted: igor-absent"),
            ("ibw-late", "ibw-late=3s"),
            ("ibw-late=3nm", "ibw-late=3s"),
            ("ibw-empty=3s", "takes no value"),
            ("ibw-empty@0", "@7-"),
        ] {
            let error = text.parse::<Fault>().expect_err(text).to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn a_fault_is_on_when_its_event_happens() {
        let mut faults = Faults::read(["ibw-empty@2", "current-nan@3-"]).expect("known");
        let mut on = Vec::new();
        for _ in 0..4 {
            faults.happens(Counted::File);
            on.push((faults.on(FaultKind::IbwEmpty), faults.on(FaultKind::CurrentNan)));
        }
        assert_eq!(on, [(false, false), (true, false), (false, true), (false, true)]);
        assert!(!faults.on(FaultKind::IgorAbsent));
    }
}
