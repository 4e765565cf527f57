//! What a session starts from, checked.

use super::held::Held;
use crate::config::{Explore, Task};
use crate::run::{Contender, read_from_curves};
use ndarray::Array2;
use tiptwin_core::boundaries::Ensemble;
use tiptwin_core::net::ComputeDevice;
use tiptwin_core::session::{Further, OnBoundaries, Plan, Session, Step, Target};
use tiptwin_drivers::link::wire::decision as wire;
use tiptwin_instrument::log::FurtherTarget;
use tiptwin_instrument::{
    Amps, Capabilities, ChannelKind, Description, Image, Limits, MasterSeed, Meters, Observation, Outcome, Position,
    ScanGrid, Seconds, Stream, Suns, Volts,
};
use tonic::Status;

/// Values of all images of a session together, 1024 × 1024.
pub(super) const VALUES_MAX: usize = 1 << 20;
/// Images of a session.
const IMAGES_MAX: usize = 16;
/// Bytes of a session's scenario.
const SCENARIO_MAX: usize = 64 << 10;

/// A new session and what is to be said about it. Shapes are checked before anything of their size is made.
pub(in crate::link) fn open(
    request: wire::OpenRequest,
    device: ComputeDevice,
) -> Result<(Held, wire::OpenReply), Status> {
    let grid = grid(request.grid.as_ref())?;
    check_images(&request.images, &grid)?;
    let is_scalar = match request.kind() {
        wire::Kind::Scalar => true,
        wire::Kind::Curve => false,
        wire::Kind::Unspecified => return Err(invalid("kind is not given; accepted: KIND_SCALAR or KIND_CURVE")),
    };
    check_noise("current_noise_a", request.current_noise_a)?;
    check_noise("scalar_noise", request.scalar_noise)?;
    if request.scenario.len() > SCENARIO_MAX {
        let length = request.scenario.len();
        return Err(invalid(format!("scenario has {length} bytes; accepted: up to {SCENARIO_MAX}")));
    }
    let task = Task::parse("scenario", &request.scenario, is_scalar).map_err(|e| invalid(e.to_string()))?;
    let (target, names) = learnt(&task, is_scalar)?;
    let contender = Contender::named(&task.explore, request.seed, device).map_err(|e| invalid(e.to_string()))?;
    let plan = Plan {
        grid,
        corrections: task.corrections.clone(),
        further: request.images.iter().skip(1).map(|image| Further::Channel(image.channel.clone())).collect(),
        window_px: task.explore.window_px,
        within: within(&task.explore)?,
        steps: task.explore.steps,
        target,
        light: Suns::ZERO,
        waveform: task.measurement.waveform.clone(),
        first: task.explore.first,
        seed: MasterSeed(request.seed),
        stream: Stream::Strategy,
    };
    let description = describe(&request, &grid, is_scalar);
    let reply = wire::OpenReply {
        session: String::new(),
        targets: names.into_iter().map(|t| wire::Target { name: t.target, unit: t.unit }).collect(),
        strategy: contender.name,
        acquisition: contender.acquisition,
        steps: plan.steps as u32,
        batch: task.explore.batch as u32,
        expires_after_s: 0.0,
    };
    let mut session = Session::new(plan, contender.strategy, &description).map_err(|e| invalid(e.to_string()))?;
    show(&mut session, request.images, grid)?;
    Ok((Held::new(session, is_scalar, task.explore.batch), reply))
}

/// On boundaries alone it is the ensemble that ships which looks for them: a session's text names no file.
fn within(explore: &Explore) -> Result<Option<OnBoundaries>, Status> {
    let Some(wanted) = &explore.boundaries else { return Ok(None) };
    if wanted.model.is_some() {
        return Err(invalid("explore.boundaries.model names a file; accepted: none, for the ensemble that ships"));
    }
    let ensemble = Ensemble::shipped(ComputeDevice::Flex).map_err(|e| invalid(e.to_string()))?;
    Ok(Some(wanted.with(ensemble)))
}

pub(super) fn invalid(message: impl Into<String>) -> Status {
    Status::invalid_argument(message)
}

fn grid(grid: Option<&wire::Grid>) -> Result<ScanGrid, Status> {
    let grid = grid.ok_or_else(|| invalid("grid is not given"))?;
    let pixels = u64::from(grid.rows) * u64::from(grid.cols);
    if pixels == 0 || pixels > VALUES_MAX as u64 {
        let (rows, cols) = (grid.rows, grid.cols);
        return Err(invalid(format!("grid has {rows} x {cols} pixels; accepted: 1 to {VALUES_MAX} in all")));
    }
    for (name, value) in [("width_m", grid.width_m), ("height_m", grid.height_m)] {
        if !(value > 0.0 && value <= 1.0) {
            return Err(invalid(format!("grid.{name} is {value}; accepted: above 0, up to 1 m")));
        }
    }
    for (name, value) in [("origin_x_m", grid.origin_x_m), ("origin_y_m", grid.origin_y_m)] {
        if !(-1.0..=1.0).contains(&value) {
            return Err(invalid(format!("grid.{name} is {value}; accepted: -1 to 1 m")));
        }
    }
    Ok(ScanGrid {
        origin: Position::new(grid.origin_x_m, grid.origin_y_m),
        width: Meters(grid.width_m),
        height: Meters(grid.height_m),
        rows: grid.rows as usize,
        cols: grid.cols as usize,
    })
}

fn check_images(images: &[wire::Image], grid: &ScanGrid) -> Result<(), Status> {
    if images.is_empty() || images.len() > IMAGES_MAX {
        let count = images.len();
        return Err(invalid(format!(
            "there are {count} images; accepted: 1 to {IMAGES_MAX}, the structure image first"
        )));
    }
    if images.len() * grid.len() > VALUES_MAX {
        let (count, pixels) = (images.len(), grid.len());
        return Err(invalid(format!(
            "{count} images of {pixels} pixels are too many; accepted: {VALUES_MAX} values in all"
        )));
    }
    for (i, image) in images.iter().enumerate() {
        if image.values.len() != grid.len() {
            let (found, rows, cols) = (image.values.len(), grid.rows, grid.cols);
            return Err(invalid(format!(
                "images[{i}] has {found} values; accepted: {}, for {rows} x {cols} pixels",
                grid.len()
            )));
        }
        if let Some(at) = image.values.iter().position(|v| !v.is_finite()) {
            let (row, col, value) = (at / grid.cols, at % grid.cols, image.values[at]);
            return Err(invalid(format!("images[{i}] is {value} at row {row}, column {col}; accepted: finite values")));
        }
        if images[..i].iter().any(|other| other.channel == image.channel) {
            return Err(invalid(format!(
                "images[{i}] has the channel \"{}\" of another one; accepted: each once",
                image.channel
            )));
        }
    }
    Ok(())
}

fn check_noise(name: &str, noise: Option<f64>) -> Result<(), Status> {
    match noise {
        Some(noise) if !(noise.is_finite() && noise >= 0.0) => {
            Err(invalid(format!("{name} is {noise}; accepted: a finite number, 0 or above")))
        }
        _ => Ok(()),
    }
}

fn learnt(task: &Task, is_scalar: bool) -> Result<(Target, Vec<FurtherTarget>), Status> {
    if is_scalar {
        let name = task.measurement.target.clone().unwrap_or_else(|| "scalar".to_owned());
        let title = crate::report::words(&name);
        return Ok((Target::Scalar, vec![FurtherTarget { target: name, title, unit: String::new() }]));
    }
    read_from_curves(&task.measurement).map_err(|e| invalid(e.to_string()))
}

/// The client's instrument, as far as a session needs to know it.
fn describe(request: &wire::OpenRequest, grid: &ScanGrid, is_scalar: bool) -> Description {
    let mut channels = request.images.iter().map(|i| ChannelKind { name: i.channel.clone(), unit: i.unit.clone() });
    let structure = channels.next();
    let (structure_channel, structure_unit) = structure.map_or_else(Default::default, |s| (s.name, s.unit));
    Description {
        driver: "a loop of the client's own".into(),
        identity: String::new(),
        serial: None,
        capabilities: Capabilities {
            structure_channel,
            structure_unit,
            further_channels: channels.collect(),
            sweep_iv: !is_scalar,
            scalar_unit: is_scalar.then(String::new),
            current_noise: request.current_noise_a.map(Amps),
            scalar_noise: request.scalar_noise,
            scan_current: false,
            light: false,
            any_grid: false,
            simulated: false,
        },
        // Nothing is driven from here.
        limits: Limits { reach: *grid, bias_max: Volts(0.0), light_max: Suns::ZERO, sweep_max: Seconds(0.0) },
    }
}

/// Answers the session's questions for images.
fn show(session: &mut Session, images: Vec<wire::Image>, grid: ScanGrid) -> Result<(), Status> {
    for image in images {
        let action = match session.next() {
            Ok(Step::Prepare(action)) => action,
            Ok(_) => return Err(Status::internal("the session asked for fewer images than there are")),
            Err(e) => return Err(invalid(e.to_string())),
        };
        let values =
            Array2::from_shape_vec((grid.rows, grid.cols), image.values).map_err(|e| invalid(e.to_string()))?;
        let image = Image { channel: image.channel, unit: image.unit, grid, values };
        let outcome = Outcome::Image(image);
        let none = Seconds(0.0);
        let seen = Observation { action, read_back: None, instrument_time: none, wall_time: none, outcome };
        session.tell(&seen).map_err(|e| invalid(e.to_string()))?;
    }
    Ok(())
}
