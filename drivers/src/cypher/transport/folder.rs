//! The buffer folder: a command file that is written whole, a program that is told of it, an answer file, and a folder of data.

use super::Transport;
use crate::cypher::session::{DataFile, Effect, Failure, Seen};
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tiptwin_instrument::{ErrorKind, Seconds};

/// Name of the command file.
pub const COMMAND_FILE: &str = "ToIgor.arcmd";
/// Held by the one program that may command this microscope.
const LOCK_FILE: &str = "tiptwin.lock";
/// Longest step of a sleep: a system clock that jumps must not prolong it.
const NAP: Duration = Duration::from_millis(50);

/// Talks through folders.
#[derive(Debug)]
pub struct FolderTransport {
    buffer: PathBuf,
    data: PathBuf,
    /// Program that is given the command file, and how long it may take.
    program: Option<(PathBuf, Duration)>,
    opened: Instant,
    /// Locked for as long as this lives.
    _lock: File,
}

impl FolderTransport {
    /// Opens both folders and locks the buffer folder. `program` is Igor.exe, which hands the file to the instance that runs already;
    /// without it the other side is expected to watch the folder.
    pub fn open(buffer: &Path, data: &Path, program: Option<(&Path, Seconds)>) -> Result<Self, Failure> {
        for (folder, what) in [(buffer, "buffer"), (data, "data")] {
            if !folder.is_dir() {
                let message = format!("the {what} folder {} is not there; accepted: a folder", folder.display());
                return Err(Failure::new(ErrorKind::Fault, message));
            }
        }
        if let Some((program, _)) = program
            && !program.is_file()
        {
            let message = format!("{} is not there; accepted: the path of Igor.exe", program.display());
            return Err(Failure::new(ErrorKind::Fault, message));
        }
        let path = buffer.join(LOCK_FILE);
        let cannot = |e: io::Error| {
            Failure::new(ErrorKind::Fault, format!("{} cannot be opened for writing: {e}", path.display()))
        };
        let lock = File::options().create(true).truncate(false).write(true).open(&path).map_err(cannot)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let message =
                    format!("{} is locked: another tiptwin commands this microscope; end it first", path.display());
                return Err(Failure::new(ErrorKind::Fault, message));
            }
            Err(TryLockError::Error(e)) => return Err(cannot(e)),
        }
        let program = program.map(|(path, longest)| (path.to_owned(), Duration::from_secs_f64(longest.0)));
        Ok(Self { buffer: buffer.to_owned(), data: data.to_owned(), program, opened: Instant::now(), _lock: lock })
    }

    fn send(&self, commands: &str, answer: &Path) -> io::Result<()> {
        patiently(|| match fs::remove_file(answer) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        })?;
        let (file, part) = (self.buffer.join(COMMAND_FILE), self.buffer.join("ToIgor.part"));
        let mut out = File::create(&part)?;
        out.write_all(commands.as_bytes())?;
        out.sync_all()?;
        drop(out);
        patiently(|| fs::rename(&part, &file))?;
        if let Some((program, longest)) = &self.program {
            let child = Command::new(program).arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
            await_exit(child, *longest)?;
        }
        Ok(())
    }

    fn list(&self) -> io::Result<Vec<DataFile>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.data)? {
            let path = entry?.path();
            let is_wave = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("ibw"));
            // A file that vanishes between the listing and this question is no data file.
            if is_wave && let Ok(about) = fs::metadata(&path) {
                files.push(DataFile { path, length: about.len() });
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }
}

/// Tries again for a second where the other side still has a file open, which Windows calls a sharing violation.
fn patiently(mut act: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    const SHARING_VIOLATION: i32 = 32;
    for _ in 0..20 {
        match act() {
            Err(e) if e.kind() == io::ErrorKind::PermissionDenied => sleep(NAP),
            Err(e) if cfg!(windows) && e.raw_os_error() == Some(SHARING_VIOLATION) => sleep(NAP),
            other => return other,
        }
    }
    act()
}

/// Waits for a program that only hands a file over. One that does not end is left alone: it may be the controller itself.
fn await_exit(mut child: Child, longest: Duration) -> io::Result<()> {
    let began = Instant::now();
    loop {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => {
                return Err(io::Error::other(format!("the program that takes the commands ended with {status}")));
            }
            None if began.elapsed() > longest => {
                let message =
                    format!("the program that takes the commands has not ended after {} s", longest.as_secs_f64());
                return Err(io::Error::new(io::ErrorKind::TimedOut, message));
            }
            None => sleep(NAP.min(longest / 10)),
        }
    }
}

fn bytes(path: &Path) -> Seen {
    match fs::read(path) {
        Ok(bytes) => Seen::Bytes(Some(bytes)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Seen::Bytes(None),
        Err(e) => Seen::Refused(format!("{} cannot be read: {e}", path.display())),
    }
}

impl Transport for FolderTransport {
    fn now(&self) -> Seconds {
        Seconds(self.opened.elapsed().as_secs_f64())
    }

    /// Milliseconds of the wall clock, a thousand numbers to each. They begin anew after eleven days, and stay below 10¹², of which fifteen
    /// digits of a read-out keep the half that ends an answer.
    fn first_number(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_millis() as u64 % 1_000_000_000) * 1000
    }

    fn perform(&mut self, effect: &Effect, answer: &Path) -> Seen {
        match effect {
            Effect::Send { commands } => match self.send(commands, answer) {
                Ok(()) => Seen::Done,
                Err(e) => Seen::Refused(e.to_string()),
            },
            Effect::Look => bytes(answer),
            Effect::Read(path) => bytes(path),
            Effect::List => match self.list() {
                Ok(files) => Seen::Files(files),
                Err(e) => Seen::Refused(format!("{} cannot be listed: {e}", self.data.display())),
            },
            Effect::Wait(until) => loop {
                let left = until.0 - self.now().0;
                if left <= 0.0 {
                    return Seen::Done;
                }
                sleep(NAP.min(Duration::from_secs_f64(left)));
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_open_elsewhere_is_tried_again_for_a_second() {
        let held = || io::Error::from(io::ErrorKind::PermissionDenied);
        let mut tries = 0;
        let let_go = patiently(|| {
            tries += 1;
            if tries < 4 { Err(held()) } else { Ok(()) }
        });
        assert!(let_go.is_ok() && tries == 4);
        let began = Instant::now();
        assert_eq!(patiently(|| Err(held())).expect_err("held").kind(), io::ErrorKind::PermissionDenied);
        assert!(began.elapsed() < Duration::from_secs(20), "it ends");
        tries = 0;
        let other = patiently(|| {
            tries += 1;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        });
        assert!(other.is_err() && tries == 1, "nothing else is tried again");
    }
}
