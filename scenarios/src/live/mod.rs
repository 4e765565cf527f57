//! The live page of a run: a small web server that shows a run folder as it fills.
//!
//! It knows nothing but the folder. The run writes its journal as it always does, and the server reads what was added, only while a
//! browser listens: `tiptwin watch` (another process, a finished run) and `explore --live` (a thread of the run) are one
//! mechanism, and no browser, however slow, can hold up a run. The page is drawn here, with the pictures of the report; a browser
//! hears how things stand (`news`) and fetches the step it shows (`view`). A message says how things are, never what has changed,
//! so whoever comes late, reads slowly or reconnects misses nothing. `guard` says who is answered.

mod charts;
mod few;
mod guard;
mod news;
mod page;
mod server;
mod story;
mod tail;
mod view;
mod watched;

pub use guard::Token;
pub use server::{LiveError, Server};
