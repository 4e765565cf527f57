//! Gwyddion: `NAME.gsf` for every image and map, and `picks.gxyzf` with the measured values and all descriptors. A map with gaps gets its
//! least value there and `NAME-mask.gsf`, one where there is a value: the format has no gaps.

use super::Files;
use super::content::{Content, Picture};
use crate::run::names;
use ndarray::Array2;
use tiptwin_formats::gsf::SimpleField;
use tiptwin_formats::gxyzf::{XyzChannel, XyzField};

pub(super) fn files(content: &Content) -> Result<Files, String> {
    let mut files = Vec::new();
    for image in &content.images {
        let file = names::plain(&image.name);
        let known = image.values.mapv(f64::is_finite);
        let least = image.values.iter().copied().filter(|x| x.is_finite()).fold(f64::INFINITY, f64::min);
        let least = if least.is_finite() { least } else { 0.0 };
        let filled = image.values.mapv(|x| if x.is_finite() { x } else { least });
        files.push((
            format!("{file}.gsf"),
            field(content, image, &image.name, filled).write().map_err(|e| e.to_string())?,
        ));
        if known.iter().any(|k| !k) {
            let mask = known.mapv(|k| f64::from(u8::from(k)));
            let title = format!("{} is known", image.name);
            let bytes = SimpleField { unit: String::new(), ..field(content, image, &title, mask) }.write();
            files.push((format!("{file}-mask.gsf"), bytes.map_err(|e| e.to_string())?));
        }
    }
    if !content.picks.is_empty() {
        files.push(("picks.gxyzf".to_owned(), picks(content).write().map_err(|e| e.to_string())?));
    }
    Ok(files)
}

fn field(content: &Content, image: &Picture, title: &str, values: Array2<f64>) -> SimpleField {
    let grid = &content.grid;
    SimpleField {
        title: title.to_owned(),
        values,
        size: [grid.width.0, grid.height.0],
        origin: [grid.origin.x.0, grid.origin.y.0],
        lateral_unit: "m".into(),
        unit: image.unit.clone(),
        notes: content.head(),
    }
}

fn picks(content: &Content) -> XyzField {
    let start = &content.start;
    let mut channels = vec![XyzChannel {
        title: start.target.clone(),
        unit: start.target_unit.clone(),
        values: content.picks.iter().map(|(_, m)| m.value).collect(),
    }];
    let names: std::collections::BTreeSet<&String> =
        content.picks.iter().flat_map(|(_, m)| m.descriptors.keys()).filter(|n| **n != start.target).collect();
    channels.extend(names.into_iter().map(|name| XyzChannel {
        title: name.clone(),
        unit: tiptwin_core::descriptor::by_name(name).map_or_else(String::new, |d| d.unit().to_owned()),
        values: content.picks.iter().map(|(_, m)| m.descriptors.get(name).copied().unwrap_or(f64::NAN)).collect(),
    }));
    XyzField {
        lateral_unit: "m".into(),
        points: content.picks.iter().map(|(_, m)| [m.position.x.0, m.position.y.0]).collect(),
        channels,
        notes: content.head(),
    }
}
