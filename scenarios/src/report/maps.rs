//! The maps of a run: what was seen, what is believed, what is true.

use crate::picture::{ColourMap, MapPicture, Scale, without_plane};
use crate::report::figures;
use crate::report::headline::capitalised;
use crate::report::html::{escape, panel, words};
use crate::report::input::{ReportInput, TruthKind};
use ndarray::{Array2, s};
use tiptwin_core::levelling::{Correction, corrected};
use tiptwin_instrument::{Image, Meters};

/// Topography with picks, prediction, uncertainty; then truth, error and both against each other where a truth is
/// known. As HTML figures.
pub(super) fn maps(input: &ReportInput) -> String {
    let target = input.target_title.clone();
    let mut out = figure_of(&structure(input), &structure_caption(input));
    if let Some((map, caption)) = learnt_from(input) {
        out += &figure_of(&map, &caption);
    }
    let Some(p) = &input.prediction else {
        return out;
    };
    let (mean, sigma) = (placed(input, &p.mean), placed(input, &p.sigma));
    let truth = input.truth.as_ref().map(|truth| target_map(input, "d\u{2002}Truth", "true", truth.clone()));
    let mut prediction = target_map(input, "b\u{2002}Prediction", "predicted", mean.clone());
    if let Some(truth) = &truth {
        prediction.range = Some(truth.colour_range());
    }
    let same = if truth.is_some() { " Same colours as the truth, whose percentiles end them." } else { "" };
    out += &figure_of(
        &prediction,
        &format!(
            "<b>{} as predicted</b> from {} measurements.{}{same} {}{}",
            escape(&capitalised(&target)),
            input.picks.len(),
            even_note(&p.mean),
            escape(&prediction.range_note()),
            margin_note(input, &mean)
        ),
    );

    let mut uncertainty = target_map(input, "c\u{2002}Uncertainty (1σ)", "standard deviation of", sigma);
    uncertainty.colours = ColourMap::Magma;
    uncertainty.outline.clone_from(&input.regions);
    let outlined = if input.regions.is_some() { " Thin lines: edges of the boundaries." } else { "" };
    out += &figure_of(
        &uncertainty,
        &format!(
            "<b>Predicted standard deviation</b> of the property; bright is where the model knows least.{outlined} {}",
            escape(&uncertainty.range_note())
        ),
    );
    let Some(truth) = truth else {
        return out;
    };
    out += &figure_of(
        &truth,
        &format!(
            "<b>{} {}</b>. The strategy never saw it. {}",
            escape(&capitalised(&target)),
            match input.truth_kind {
                TruthKind::NoiseFree => "as it truly is, without noise",
                TruthKind::Recorded => "as recorded at every pixel",
            },
            escape(&truth.range_note())
        ),
    );
    let mut error = target_map(input, "e\u{2002}Prediction − truth", "error of", &mean - &truth.values);
    error.colours = ColourMap::Diverging;
    error.scale = Scale::Centred;
    out += &figure_of(
        &error,
        &format!("<b>Error of the map.</b> Red is predicted too high, blue too low. {}", escape(&error.range_note())),
    );
    out += &figures::parity(input);
    out
}

/// Every further image, as HTML figures.
pub(super) fn further(input: &ReportInput) -> String {
    input.further.iter().map(|image| figure_of(&further_map(image), &further_caption(image))).collect()
}

fn further_map(image: &Image) -> MapPicture {
    let size = (image.grid.pixel_width(), image.grid.pixel_height());
    let mut map = MapPicture::new(&capitalised(&words(&image.channel)), image.values.clone(), &image.unit, size);
    if image.unit != "A" {
        map.colours = ColourMap::Grey;
    }
    map
}

fn further_caption(image: &Image) -> String {
    format!(
        "<b>{} as measured</b>, on the pixels of the structure image. {}",
        escape(&capitalised(&words(&image.channel))),
        escape(&further_map(image).range_note())
    )
}

pub(super) fn figure_of(map: &MapPicture, caption: &str) -> String {
    panel(map, caption)
}

/// Pixel size of the structure image.
pub(super) fn pixel_size(input: &ReportInput) -> (Meters, Meters) {
    (input.structure.grid.pixel_width(), input.structure.grid.pixel_height())
}

pub(super) fn structure(input: &ReportInput) -> MapPicture {
    let image = &input.structure;
    let title = format!("a\u{2002}{} with picks", capitalised(&words(&image.channel)));
    let values = if is_height(image) { without_plane(&image.values) } else { image.values.clone() };
    let mut map = MapPicture::new(&title, values, &image.unit, pixel_size(input));
    map.colours = input.heights;
    words(&image.channel).clone_into(&mut map.column);
    map.picks = input.picks.iter().map(|p| p.pixel).collect();
    map
}

/// Whether an image is a surface, whose tilt says how the sample was mounted and nothing else.
fn is_height(image: &Image) -> bool {
    image.unit == "m"
}

fn structure_caption(input: &ReportInput) -> String {
    let map = structure(input);
    let count = match input.picks.len() {
        1 => "The one measured location".to_owned(),
        n => format!("The {n} measured locations, dark blue first, pale last"),
    };
    format!(
        "<b>{} as measured{}.</b> {count}. {}",
        escape(&capitalised(&words(&input.structure.channel))),
        if is_height(&input.structure) { ", a plane subtracted" } else { "" },
        escape(&map.range_note())
    )
}

/// The structure image as the learner saw it, where it was corrected.
fn learnt_from(input: &ReportInput) -> Option<(MapPicture, String)> {
    let corrections: Vec<Correction> =
        input.start.corrections.iter().filter_map(|name| Correction::by_name(name)).collect();
    let done = corrections.iter().map(|c| c.words()).collect::<Vec<_>>().join(", then ");
    (!corrections.is_empty()).then(|| {
        let image = &input.structure;
        let title = format!("{} as learnt from", capitalised(&words(&image.channel)));
        let mut map = MapPicture::new(&title, corrected(&image.values, &corrections), &image.unit, pixel_size(input));
        map.colours = input.heights;
        words(&image.channel).clone_into(&mut map.column);
        let caption = format!(
            "<b>{} as learnt from:</b> {done}. {}",
            escape(&capitalised(&words(&image.channel))),
            escape(&map.range_note())
        );
        (map, caption)
    })
}

fn target_map(input: &ReportInput, title: &str, what: &str, values: Array2<f64>) -> MapPicture {
    let column = format!("{what} {}", input.target_title);
    MapPicture { column, ..MapPicture::new(title, values, &input.start.target_unit, pixel_size(input)) }
}

/// A candidate-area map laid into the frame of the structure image, NaN around it.
pub(super) fn placed(input: &ReportInput, map: &Array2<f64>) -> Array2<f64> {
    let mut whole = Array2::from_elem(input.structure.values.dim(), f64::NAN);
    if let Some(p) = &input.prediction {
        let (rows, cols) = map.dim();
        whole.slice_mut(s![p.row..p.row + rows, p.col..p.col + cols]).assign(map);
    }
    whole
}

/// What a reader of a map without contrast should know.
pub(super) fn even_note(mean: &Array2<f64>) -> &'static str {
    let even = mean.iter().all(|m| Some(m) == mean.iter().next());
    if even { " It is even: the measurements do not bear out that any place differs from another." } else { "" }
}

fn margin_note(input: &ReportInput, mean: &Array2<f64>) -> String {
    let candidates = input.prediction.as_ref().map_or(0, |p| p.mean.len());
    if candidates == mean.len() {
        String::new()
    } else {
        format!(" Grey: closer to the edge than the window of {} pixels reaches.", input.start.window_px)
    }
}
