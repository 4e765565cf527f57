//! `tiptwin link serve-mlsocket`: the learner for the client of the published experiment.

use super::args::device;
use super::error::CommandError;
use super::explore::catch_signals;
use super::printer::Printer;
use crate::config::{ACQUISITIONS, STRATEGIES};
use crate::link::mlsocket::{Bounds, Learner, Task, serve};
use crate::run::RunError;
use clap::Args;
use clap::builder::PossibleValuesParser;
use ndarray::{Array2, Ix2};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tiptwin_core::net::ComputeDevice;
use tiptwin_drivers::link::door::DoorError;
use tiptwin_formats::Document;
use tiptwin_instrument::Pixel;

#[derive(Debug, Args)]
pub(super) struct ServeMlsocketArgs {
    /// Structure image, (H, W) finite numbers: the one that the client's operator sees
    #[arg(long, value_name = "FILE.npy")]
    image: PathBuf,
    /// Location of the first measurement, which the client's operator knows, too: no message says it
    #[arg(long, value_name = "ROW,COL", value_parser = pixel)]
    first: Pixel,
    /// Edge of the windows that are learnt from, pixels
    #[arg(long, value_name = "PX", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=512))]
    window: u16,
    /// Locations to measure
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    steps: u32,
    /// How the property is predicted
    #[arg(long, value_name = "NAME", default_value = "tiptwin", value_parser = PossibleValuesParser::new(STRATEGIES))]
    strategy: String,
    /// How locations are chosen from the prediction [default: that of the scenario's table]
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(ACQUISITIONS))]
    acquisition: Option<String>,
    /// Seed of the choices
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Address of this machine to listen at; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:65432", value_parser = of_this_machine)]
    address: SocketAddr,
    /// What came, JSON lines. The same command with the same file goes on where it stood
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// A client that sends no number for so long is given up, and another one can come
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u32).range(1..=604_800))]
    patience_s: u32,
    /// Where networks are computed; `tiptwin doctor` lists what this build has
    #[arg(long, value_name = "NAME", default_value = "flex", value_parser = device)]
    device: ComputeDevice,
}

pub(super) fn serve_mlsocket(arguments: &ServeMlsocketArgs, printer: &Printer) -> Result<(), CommandError> {
    let stopper = catch_signals()?;
    let task = Task {
        image: image(&arguments.image)?,
        scenario: table(arguments),
        steps: arguments.steps as usize,
        seed: arguments.seed,
    };
    let mut learner = Learner::open(task, &arguments.out, arguments.device)?;
    let address = arguments.address;
    let unheard = |source| match address.to_string().parse() {
        Ok(address) => CommandError::from(DoorError::Listen { address, source }),
        Err(e) => CommandError::from(e),
    };
    let listener = TcpListener::bind(address).map_err(unheard)?;
    let address = listener.local_addr().map_err(unheard)?;
    let (told, steps) = learner.progress();
    let out = arguments.out.display();
    let result =
        serde_json::json!({"address": address.to_string(), "out": arguments.out, "measured": told, "steps": steps});
    let text = format!(
        "{address}\n(MLSocket; {told} of {steps} measurements are in {out}; Ctrl-C stops, the same command goes on)"
    );
    printer.result("link serve-mlsocket", &result, &text);
    let bounds =
        Bounds { patience: Duration::from_secs(arguments.patience_s.into()), message: Duration::from_secs(10) };
    let progress = printer.progress();
    serve(&listener, &mut learner, bounds, &|what| progress.note(what), &stopper)?;
    let (told, steps) = learner.progress();
    progress.note(&format!("{told} of {steps} measurements are in {out}"));
    Ok(())
}

/// The same as somebody writes it in a scenario. Names come from the lists of what there is, so nothing in them has to be escaped.
fn table(arguments: &ServeMlsocketArgs) -> String {
    let ServeMlsocketArgs { first: Pixel { row, col }, window, steps, strategy, .. } = arguments;
    let acquisition = arguments.acquisition.as_ref().map(|a| format!("acquisition = \"{a}\"\n")).unwrap_or_default();
    format!(
        "[explore]\nstrategy = \"{strategy}\"\n{acquisition}window_px = {window}\nsteps = {steps}\nfirst = {{ row = {row}, col = {col} }}\n"
    )
}

fn image(path: &Path) -> Result<Array2<f64>, RunError> {
    let refused = |found: String| {
        RunError::Input(format!(
            "{} {found}; accepted: a file of one image, (H, W) numbers, as numpy.save writes it",
            path.display()
        ))
    };
    let mut document = Document::open(path).map_err(|e| RunError::Input(e.to_string()))?;
    let (Some(array), true) = (document.arrays.pop(), document.arrays.is_empty()) else {
        return Err(refused("does not hold one array".into()));
    };
    let shape = array.values.shape().to_vec();
    array.values.into_dimensionality::<Ix2>().map_err(|_| refused(format!("has shape {shape:?}")))
}

fn pixel(text: &str) -> Result<Pixel, String> {
    let numbers =
        text.split_once(',').and_then(|(row, col)| Some((row.trim().parse().ok()?, col.trim().parse().ok()?)));
    let (row, col) = numbers.ok_or("accepted: ROW,COL, whole numbers from 0, such as 64,70")?;
    Ok(Pixel { row, col })
}

fn of_this_machine(text: &str) -> Result<SocketAddr, String> {
    let numbered = text.strip_prefix("localhost:").map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    let accepted = "accepted: 127.0.0.1:PORT, [::1]:PORT, localhost:PORT";
    let address: SocketAddr = numbered.parse().map_err(|_| accepted.to_owned())?;
    if address.ip().is_loopback() {
        return Ok(address);
    }
    Err(format!(
        "it reaches beyond this machine, and MLSocket knows neither encryption nor names: everybody on the way could read and steer; {accepted} (from elsewhere through an SSH tunnel)"
    ))
}
