//! What is said to the controller and what it answers: text and bytes in, typed values out. No file is opened here.
//!
//! Commands are lines of Igor text in a `.arcmd` file ([`command`]); numbers come back as a column of text ([`readout`]); images and
//! curves come as `.ibw` waves ([`wave`]). Names of controls and channels stand in [`names`], with what is known of each.

pub mod command;
pub mod iv;
pub mod names;
pub mod readout;
pub mod wave;

pub use command::{Command, Source};
pub use names::Setting;
