//! Everybody whom a server of the link turns away, over real sockets, and that it still answers everybody else.

mod certificates;
mod crowd;
mod refused;
mod support;
#[cfg(unix)]
mod unix;
