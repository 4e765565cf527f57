//! Why a file cannot be read or written.

use std::path::{Path, PathBuf};

/// What is wrong with the bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The file ends before what it announces.
    #[error(
        "the file ends at byte {have}, but {what} reaches to byte {need}; it was cut off, or is still being written"
    )]
    Truncated {
        /// What was being read.
        what: &'static str,
        /// Where it ends.
        need: u64,
        /// Where the file ends.
        have: u64,
    },
    /// A value that the format does not have, or that this reader does not take.
    #[error("{what} is {value}; accepted: {accepted}")]
    Value {
        /// Of what.
        what: String,
        /// What stands there.
        value: String,
        /// What would be accepted.
        accepted: String,
    },
    /// Something that must be there is not.
    #[error("{what} is missing; needed: {needed}")]
    Missing {
        /// What.
        what: String,
        /// In which form.
        needed: String,
    },
    /// A checksum does not fit.
    #[error("the checksum of the header is {found:#06x} where 0 was expected: the header is damaged")]
    Checksum {
        /// The sum found.
        found: u16,
    },
    /// What is to be written does not fit the format.
    #[error("{what} cannot be written: {why}")]
    Unwritable {
        /// What.
        what: String,
        /// Why not.
        why: String,
    },
}

impl FormatError {
    pub(crate) fn value(what: impl Into<String>, value: impl std::fmt::Display, accepted: impl Into<String>) -> Self {
        Self::Value { what: what.into(), value: value.to_string(), accepted: accepted.into() }
    }

    pub(crate) fn missing(what: impl Into<String>, needed: impl Into<String>) -> Self {
        Self::Missing { what: what.into(), needed: needed.into() }
    }

    pub(crate) fn unwritable(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Unwritable { what: what.into(), why: why.into() }
    }
}

/// Why a file on disk cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system refused.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The name says nothing about the format.
    #[error("{}: no format is known by the ending \"{ending}\"; accepted: {accepted}", path.display())]
    Ending {
        /// Which file.
        path: PathBuf,
        /// Its ending.
        ending: String,
        /// Endings that are known.
        accepted: String,
    },
    /// The bytes are not what the format asks for.
    #[error("{}: {source}", path.display())]
    Format {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        source: FormatError,
    },
    /// An array of the archive cannot be used.
    #[error(transparent)]
    Npz(#[from] crate::npz::NpzError),
    /// There is no array of that name.
    #[error("{} has no array \"{name}\"; it has: {present}", path.display())]
    NoArray {
        /// Which file.
        path: PathBuf,
        /// What was asked for.
        name: String,
        /// What is there.
        present: String,
    },
}

impl FileError {
    pub(crate) fn format(path: &Path) -> impl FnOnce(FormatError) -> Self {
        let path = path.to_owned();
        move |source| Self::Format { path, source }
    }
}
