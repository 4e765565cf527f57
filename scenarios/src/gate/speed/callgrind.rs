//! Counting with callgrind: this program, run again inside valgrind.

use super::kernels::{COUNTED, Kernel};
use crate::run::{RunError, io_error};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::{Command, Output};

/// What a count depends on besides the program: judged only where it is the same.
///
/// Numerical libraries choose their instructions by what the processor offers. Valgrind shows a processor of its own, without AVX-512 and at most
/// with AVX2, so that most of today's x86-64 machines look alike inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// What `valgrind --version` says.
    pub valgrind: String,
    /// Operating system and architecture.
    pub platform: String,
    /// The C library, which has the elementary functions: what `getconf GNU_LIBC_VERSION` says.
    pub libc: String,
    /// Extensions that the program finds inside valgrind.
    pub features: String,
}

impl Machine {
    /// This one. Fails where there is no valgrind.
    pub fn here() -> Result<Self, RunError> {
        let libc = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
        let features = inside(&["--tool=none", "--quiet"], &["features"])?;
        Ok(Self {
            valgrind: text(&valgrind(Command::new("valgrind").arg("--version"))?),
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            libc: libc.map_or_else(|_| "unknown".into(), |out| text(&out)),
            features: text(&features),
        })
    }

    /// In one line.
    pub fn text(&self) -> String {
        format!("{}, {}, {}, {}", self.valgrind, self.platform, self.libc, self.features)
    }
}

fn text(out: &Output) -> String {
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}

/// Instructions of one kernel; `slow` counts its planted slowdown.
pub(super) fn instructions(kernel: &Kernel, slow: bool) -> Result<u64, RunError> {
    let folder = tempfile::tempdir().map_err(io_error("use", Path::new("the folder for temporary files")))?;
    let file = folder.path().join("callgrind.out");
    let out = format!("--callgrind-out-file={}", file.display());
    let toggle = format!("--toggle-collect=*{COUNTED}*");
    let mut arguments = vec!["kernel", kernel.name];
    if slow {
        arguments.push("--slow");
    }
    inside(&["--tool=callgrind", "--quiet", &out, &toggle], &arguments)?;
    let written = std::fs::read_to_string(&file).map_err(io_error("read", &file))?;
    let totals = written.lines().find_map(|l| l.strip_prefix("totals:").or_else(|| l.strip_prefix("summary:")));
    match totals.and_then(|t| t.split_whitespace().next()?.parse().ok()) {
        Some(0) | None => Err(RunError::Input(format!(
            "callgrind counted nothing in {}: it does not find the function {COUNTED}; accepted: a build with symbols (strip = false)",
            kernel.name
        ))),
        Some(count) => Ok(count),
    }
}

/// Runs `tiptwin gate speed …` inside valgrind.
fn inside(tool: &[&str], arguments: &[&str]) -> Result<Output, RunError> {
    let me = std::env::current_exe().map_err(io_error("find", Path::new("this program")))?;
    valgrind(Command::new("valgrind").args(tool).arg(me).args(["gate", "speed"]).args(arguments))
}

fn valgrind(command: &mut Command) -> Result<Output, RunError> {
    let out = command.output().map_err(|e| {
        RunError::Input(format!(
            "valgrind cannot be run: {e}; accepted: valgrind on the PATH (Debian and Ubuntu: apt-get install valgrind)"
        ))
    })?;
    if out.status.success() {
        return Ok(out);
    }
    let said = String::from_utf8_lossy(&out.stderr);
    Err(RunError::Input(format!("valgrind gave up ({}): {}", out.status, said.trim())))
}
