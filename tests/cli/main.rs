//! The command line as a user meets it: the real binary, real files, real exit codes.

use std::path::Path;
use std::process::{Command, Output};

mod bad_input;
mod boundaries;
mod campaign;
mod compare;
mod cypher;
mod forensics;
mod formats;
mod gate;
mod good_runs;
mod link;
mod link_door;
mod link_mlsocket;
mod live;
mod survive;
mod vector;

fn tiptwin(arguments: &[&str]) -> Output {
    tiptwin_in(Path::new("."), arguments)
}

/// Runs in a folder, so that messages name files without a path whose length differs from machine to machine.
fn tiptwin_in(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tiptwin"));
    command.args(arguments).current_dir(folder).env("NO_COLOR", "1").output().expect("the binary runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn path(p: &Path) -> &str {
    p.to_str().expect("UTF-8 path")
}
