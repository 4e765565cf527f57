//! Watches the folder, and writes what is due.

use super::Habits;
use super::bench::Bench;
use super::controller::Controller;
use super::faults::{Counted, FaultKind, Faults};
use crate::cypher::transport::COMMAND_FILE;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};
use tiptwin_instrument::Seconds;

/// An emulated microscope.
#[derive(Debug)]
pub struct Emulator {
    bench: Arc<Mutex<Bench>>,
    controller: Controller,
    buffer: PathBuf,
    data: PathBuf,
    /// The commands that were taken last.
    taken: Vec<u8>,
    poll: Duration,
}

impl Emulator {
    /// An emulator in two folders, which are made if they are not there.
    pub fn new(bench: Bench, buffer: &Path, data: &Path, habits: Habits, faults: Faults) -> io::Result<Self> {
        fs::create_dir_all(buffer)?;
        fs::create_dir_all(data)?;
        let bench = Arc::new(Mutex::new(bench));
        let poll = Duration::from_secs_f64(habits.poll.0.max(0.0002));
        let controller = Controller::new(Arc::clone(&bench), habits, faults);
        // What an earlier session left is not for this one.
        let taken = fs::read(buffer.join(COMMAND_FILE)).unwrap_or_default();
        Ok(Self { bench, controller, buffer: buffer.to_owned(), data: data.to_owned(), taken, poll })
    }

    /// The film and the tip, for another emulated device over the same film, and for whoever wants to know how things stand.
    pub fn bench(&self) -> Arc<Mutex<Bench>> {
        Arc::clone(&self.bench)
    }

    /// Watches until `stop` is not 0.
    pub fn run(mut self, stop: &AtomicUsize) -> io::Result<()> {
        let began = Instant::now();
        let file = self.buffer.join(COMMAND_FILE);
        let mut hung_until = Seconds::ZERO;
        let mut waiting: Option<(Seconds, Vec<u8>)> = None;
        while stop.load(Ordering::Relaxed) == 0 {
            let now = Seconds(began.elapsed().as_secs_f64());
            if now.0 >= hung_until.0 {
                let text = fs::read(&file).unwrap_or_default();
                if text != self.taken && !text.is_empty() {
                    let faults = &mut self.controller.faults;
                    faults.happens(Counted::Batch);
                    if let Some(hung) = faults.now(FaultKind::IgorHung) {
                        // It will take the newest file then.
                        hung_until = Seconds(now.0 + hung.amount.unwrap_or(f64::INFINITY));
                        continue;
                    }
                    self.taken.clone_from(&text);
                    if !faults.on(FaultKind::IgorAbsent) {
                        let slow = faults.now(FaultKind::IgorSlow).and_then(|f| f.amount).unwrap_or(0.0);
                        waiting = Some((Seconds(now.0 + slow), text));
                    }
                }
                if let Some((_, text)) = waiting.take_if(|(due, _)| due.0 <= now.0) {
                    for (name, bytes) in self.controller.obey(now, &String::from_utf8_lossy(&text)) {
                        fs::write(self.buffer.join(name), bytes)?;
                    }
                }
                self.write_due(now)?;
            }
            sleep(self.poll);
        }
        Ok(())
    }

    fn write_due(&mut self, now: Seconds) -> io::Result<()> {
        let pending = &mut self.controller.pending;
        while let Some(at) = pending.iter().position(|p| p.due.0 <= now.0) {
            let file = pending.swap_remove(at);
            fs::write(self.data.join(format!("{}.ibw", file.name)), file.bytes)?;
        }
        Ok(())
    }

    /// Watches in a thread of its own.
    pub fn start(self) -> Running {
        let stop = Arc::new(AtomicUsize::new(0));
        let bench = self.bench();
        let until = Arc::clone(&stop);
        let thread = Some(spawn(move || self.run(&until)));
        Running { stop, thread, bench }
    }
}

/// An emulator that runs in a thread; it stops when this is dropped.
#[derive(Debug)]
pub struct Running {
    stop: Arc<AtomicUsize>,
    thread: Option<JoinHandle<io::Result<()>>>,
    bench: Arc<Mutex<Bench>>,
}

impl Running {
    /// The film and the tip, for another emulated device over the same film.
    pub fn shared(&self) -> Arc<Mutex<Bench>> {
        Arc::clone(&self.bench)
    }

    /// How things stand.
    pub fn bench(&self) -> std::sync::MutexGuard<'_, Bench> {
        super::controller::lock(&self.bench)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.store(1, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
