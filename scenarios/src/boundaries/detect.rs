//! One image: where it comes from, and what is written about it.

use super::explored::Explored;
use super::page;
use super::picks::{Measured, Picks, REACH_PX};
use super::{BURR_PX, THRESHOLD};
use crate::run::{RunError, io_error, names, read_journal, write_whole};
use ndarray::{Array1, Array2, Ix2};
use ndarray_npy::NpzWriter;
use serde::Serialize;
use std::fmt::Write as _;
use std::io::Cursor;
use std::path::Path;
use tiptwin_core::boundaries::{BoundaryGraph, Detection, Ensemble};
use tiptwin_formats::Document;
use tiptwin_instrument::Meters;
use tiptwin_instrument::log::Event;

/// An image to look at.
#[derive(Clone, Debug)]
pub struct Input {
    /// Name for the page.
    pub name: String,
    /// Values in any unit.
    pub image: Array2<f64>,
    /// Unit of the values; may be empty.
    pub unit: String,
    /// Side of a pixel.
    pub pixel: Meters,
    /// What was measured there, if it is a run's.
    pub measured: Option<Measured>,
    /// What a run that explored boundaries could measure, as it kept it; of the shape of the image.
    pub open: Option<Array2<bool>>,
}

/// What was found, in numbers.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// Rows and columns of the image.
    pub pixels: (usize, usize),
    /// Boundaries.
    pub edges: usize,
    /// Junctions.
    pub junctions: usize,
    /// Length of all boundaries over the area of the image, µm of boundary per µm²: pixels of lines times the side of a pixel.
    pub boundary_um_per_um2: f64,
    /// Mean spread of the members' probabilities on the lines.
    pub spread_on_lines: f64,
    /// Seconds for the probabilities.
    pub seconds: f64,
    /// Where a run measured.
    pub picks: Option<Picks>,
}

impl Input {
    /// A run folder's structure image, or a file's image: the array of that name, or the first that is an image.
    pub fn open(path: &Path, array: Option<&str>, pixel_nm: Option<f64>) -> Result<Self, RunError> {
        let input = if path.is_dir() { Self::of_run(path, pixel_nm)? } else { Self::of_file(path, array, pixel_nm)? };
        if !(input.pixel.0.is_finite() && input.pixel.0 > 0.0) {
            return Err(RunError::Input(format!(
                "pixels of {} m cannot be; accepted: --pixel-nm above 0",
                input.pixel.0
            )));
        }
        Ok(input)
    }

    fn of_run(path: &Path, pixel_nm: Option<f64>) -> Result<Self, RunError> {
        let (events, _) = read_journal(path)?;
        let grid = events.iter().find_map(|e| match e {
            Event::Scan { grid, .. } => Some(*grid),
            _ => None,
        });
        let file = path.join(names::STRUCTURE);
        let mut input = Self::of_file(&file, None, pixel_nm.or(grid.map(|g| g.pixel_width().0 * 1e9)))?;
        input.name = path.display().to_string();
        input.measured = Some(Measured::of_run(path)?);
        input.open = Explored::of_run(path, None, &input.image)?.map(|explored| explored.open);
        Ok(input)
    }

    fn of_file(path: &Path, wanted: Option<&str>, pixel_nm: Option<f64>) -> Result<Self, RunError> {
        let document = Document::open(path).map_err(|e| RunError::Input(e.to_string()))?;
        let images: Vec<_> = document
            .arrays
            .iter()
            .filter_map(|a| Some((a, a.values.clone().into_dimensionality::<Ix2>().ok()?)))
            .filter(|(_, image)| image.nrows() > 1 && image.ncols() > 1)
            .collect();
        let found = images.iter().find(|(a, _)| wanted.is_none_or(|name| a.name == name));
        let Some((array, image)) = found else {
            let names: Vec<&str> = images.iter().map(|(a, _)| a.name.as_str()).collect();
            let what = wanted.map_or_else(|| "image".to_owned(), |name| format!("image \"{name}\""));
            return Err(RunError::Input(format!(
                "{} has no {what}; accepted: {}",
                path.display(),
                if names.is_empty() { "a file with an image".into() } else { names.join(", ") }
            )));
        };
        let axis = array.axes.last().filter(|a| a.unit == "m").map(|a| a.step.abs());
        let pixel = pixel_nm.map(|nm| nm * 1e-9).or(axis).ok_or_else(|| {
            RunError::Input(format!("{} does not say how large a pixel is; accepted: --pixel-nm N", path.display()))
        })?;
        Ok(Self {
            name: format!("{} of {}", array.name, path.file_name().map(|n| n.to_string_lossy()).unwrap_or_default()),
            image: image.clone(),
            unit: array.unit.clone().unwrap_or_default(),
            pixel: Meters(pixel),
            measured: None,
            open: None,
        })
    }
}

/// Looks at an image and writes everything into a folder: `boundaries.npz`, `edges.csv`, `junctions.csv`, `overlay.png`, `boundaries.html`.
pub fn detect(input: &Input, ensemble: &Ensemble, out: &Path) -> Result<Found, RunError> {
    let begun = std::time::Instant::now();
    let detection = ensemble.detect(&input.image)?;
    let seconds = begun.elapsed().as_secs_f64();
    let graph = BoundaryGraph::new(&detection.lines(THRESHOLD), BURR_PX);
    let on: Vec<f64> = graph.line.iter().zip(&detection.spread).filter(|(l, _)| **l).map(|(_, s)| *s).collect();
    let found = Found {
        pixels: graph.dim,
        edges: graph.edges.len(),
        junctions: graph.junctions.len(),
        boundary_um_per_um2: on.len() as f64 / (input.image.len() as f64 * input.pixel.0 * 1e6),
        spread_on_lines: on.iter().sum::<f64>() / on.len().max(1) as f64,
        seconds,
        picks: input.measured.as_ref().map(|m| m.picks(&graph, input.open.as_ref(), REACH_PX)),
    };
    std::fs::create_dir_all(out).map_err(io_error("create", out))?;
    let npz = arrays(input, &detection, &graph).map_err(|e| RunError::Input(format!("boundaries.npz: {e}")))?;
    write_whole(&out.join("boundaries.npz"), &npz)?;
    write_whole(&out.join("edges.csv"), edges(&graph, &detection, input.pixel).as_bytes())?;
    write_whole(&out.join("junctions.csv"), junctions(&graph).as_bytes())?;
    write_whole(&out.join("overlay.png"), &page::overlay(input, &graph)?)?;
    write_whole(&out.join("boundaries.html"), page::page(input, &detection, &graph, &found, ensemble).as_bytes())?;
    Ok(found)
}

fn arrays(input: &Input, detection: &Detection, graph: &BoundaryGraph) -> Result<Vec<u8>, ndarray_npy::WriteNpzError> {
    let mut bytes = Cursor::new(Vec::new());
    let mut npz = NpzWriter::new_compressed(&mut bytes);
    npz.add_array("probability", &detection.probability.mapv(|p| p as f32))?;
    npz.add_array("spread", &detection.spread.mapv(|p| p as f32))?;
    npz.add_array("uncertainty", &detection.uncertainty().mapv(|u| u as f32))?;
    npz.add_array("members", &detection.members)?;
    npz.add_array("line", &graph.line.mapv(u8::from))?;
    npz.add_array("edge_id", &graph.edge_ids())?;
    let at: Vec<f64> = graph.junctions.iter().flat_map(|j| [j.at.0, j.at.1]).collect();
    let at = Array2::from_shape_vec((graph.junctions.len(), 2), at).expect("two numbers a junction");
    npz.add_array("junction_row_col", &at)?;
    npz.add_array("pixel_size_m", &Array1::from(vec![input.pixel.0]))?;
    npz.finish()?;
    Ok(bytes.into_inner())
}

fn edges(graph: &BoundaryGraph, detection: &Detection, pixel: Meters) -> String {
    let mut text = String::from("edge,pixels,length_nm,probability,spread,junction_a,junction_b\n");
    for (id, edge) in graph.edges.iter().enumerate() {
        let n = edge.pixels.len() as f64;
        let mean = |map: &Array2<f64>| edge.pixels.iter().map(|&p| map[p]).sum::<f64>() / n;
        let end = |k: usize| edge.junctions.get(k).map(ToString::to_string).unwrap_or_default();
        let length = n * pixel.0 * 1e9;
        let _ = writeln!(
            text,
            "{id},{},{length:.1},{:.4},{:.4},{},{}",
            edge.pixels.len(),
            mean(&detection.probability),
            mean(&detection.spread),
            end(0),
            end(1)
        );
    }
    text
}

fn junctions(graph: &BoundaryGraph) -> String {
    let mut text = String::from("junction,row,col,edges\n");
    for (id, junction) in graph.junctions.iter().enumerate() {
        let edges: Vec<String> = junction.edges.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "{id},{:.2},{:.2},{}", junction.at.0, junction.at.1, edges.join(" "));
    }
    text
}
