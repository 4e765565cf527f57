//! What is learnt at each location.

use crate::descriptor::{CurveSet, Descriptor, Undefined, Value};
use tiptwin_instrument::{Amps, Suns};

/// What is learnt.
#[derive(Debug)]
pub enum Target {
    /// A descriptor of the current–voltage curve at each location.
    Descriptor(Box<dyn Descriptor>),
    /// The number that the instrument itself returns at each location.
    Scalar,
    /// Several properties of the curves at each location.
    Vector(Vector),
}

/// Several properties of what is measured at each location. Each has a model of its own on the features that all share.
///
/// The first steers: an acquisition asks about one property, and a sum over several would let the one with the roughest map decide,
/// whatever the question was. Locations are the same for all, so the others cost no measurement.
#[derive(Debug)]
pub struct Vector {
    /// At least one, each once; the first steers.
    pub properties: Vec<Property>,
    /// Lights of the sweeps at each location, in this order; empty: the light of the plan.
    pub lights: Vec<Suns>,
    /// Sweeps in each light, at least 1.
    pub repeats: u32,
}

/// One property of the curves of a location.
#[derive(Debug)]
pub enum Property {
    /// What a rule reads from them; a rule for one curve reads those in the first light.
    Descriptor(Box<dyn Descriptor>),
    /// What a rule reads from those in this light.
    InLight(Box<dyn Descriptor>, Suns),
    /// Their score on this principal component (from 0) of all curves so far ([`crate::descriptor::CurveComponents`]). It has no unit.
    Component(usize),
}

/// The component that a target's name stands for, if it is one.
pub fn component_of(name: &str) -> Option<usize> {
    name.strip_prefix("curve_pca_")?.parse::<usize>().ok()?.checked_sub(1)
}

impl Property {
    /// Name as in a run folder.
    pub fn name(&self) -> String {
        match self {
            Self::Descriptor(d) => d.name().to_owned(),
            Self::InLight(d, light) => format!("{}@{}", d.name(), light.0),
            Self::Component(k) => format!("curve_pca_{}", k + 1),
        }
    }

    /// Name for axes and headings.
    pub fn title(&self) -> String {
        match self {
            Self::Descriptor(d) => d.title().to_owned(),
            Self::InLight(d, light) if light.0 > 0.0 => format!("{} under {} suns", d.title(), light.0),
            Self::InLight(d, _) => format!("{} in the dark", d.title()),
            Self::Component(k) => format!("score on curve component {}", k + 1),
        }
    }

    /// SI unit, empty for pure numbers.
    pub fn unit(&self) -> &str {
        match self {
            Self::Descriptor(d) | Self::InLight(d, _) => d.unit(),
            Self::Component(_) => "",
        }
    }

    /// The rule, where it is one.
    pub fn rule(&self) -> Option<&dyn Descriptor> {
        match self {
            Self::Descriptor(d) | Self::InLight(d, _) => Some(d.as_ref()),
            Self::Component(_) => None,
        }
    }

    /// What the rule reads from the curves of a location; `None` for a component, which needs those of all locations.
    pub fn read(&self, set: &CurveSet, noise: Amps) -> Option<Result<Value, Undefined>> {
        match self {
            Self::Descriptor(d) => Some(d.evaluate_set(set, noise)),
            Self::InLight(d, light) => {
                let curves = set.curves.iter().filter(|c| c.light == *light).cloned().collect();
                Some(d.evaluate_set(&CurveSet { curves }, noise))
            }
            Self::Component(_) => None,
        }
    }
}

impl Target {
    /// Names of everything that is learnt, the one that steers first.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Descriptor(d) => vec![d.name().to_owned()],
            Self::Scalar => vec!["scalar".to_owned()],
            Self::Vector(v) => v.properties.iter().map(Property::name).collect(),
        }
    }

    /// Light and number of repeats before it of every sweep at a location, in order; one in `light` if nothing else is asked for.
    pub fn sweeps(&self, light: Suns) -> Vec<(Suns, u32)> {
        let Self::Vector(v) = self else { return vec![(light, 0)] };
        let lights = if v.lights.is_empty() { vec![light] } else { v.lights.clone() };
        lights.into_iter().flat_map(|light| (0..v.repeats.max(1)).map(move |repeat| (light, repeat))).collect()
    }
}
