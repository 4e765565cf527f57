//! The link under everything that a network and a power cut can do to it.

mod loopback;
mod lossy;
mod messages;
mod restarts;
mod shelf;
mod virtual_link;
mod watched;
