//! Who an instrument is.

use super::{need, read_grid, write_grid};
use crate::link::wire::instrument as wire;
use tiptwin_instrument::{Amps, Capabilities, ChannelKind, Description, Limits, Seconds, Suns, Volts};

pub(in crate::link) fn write_description(d: &Description) -> wire::Description {
    let (c, l) = (&d.capabilities, &d.limits);
    let channel = |k: &ChannelKind| wire::ChannelKind { name: k.name.clone(), unit: k.unit.clone() };
    wire::Description {
        driver: d.driver.clone(),
        identity: d.identity.clone(),
        serial: d.serial.clone(),
        capabilities: Some(wire::Capabilities {
            structure_channel: c.structure_channel.clone(),
            structure_unit: c.structure_unit.clone(),
            further_channels: c.further_channels.iter().map(channel).collect(),
            sweep_iv: c.sweep_iv,
            scalar_unit: c.scalar_unit.clone(),
            current_noise_a: c.current_noise.map(Amps::si),
            scalar_noise: c.scalar_noise,
            scan_current: c.scan_current,
            light: c.light,
            any_grid: c.any_grid,
            simulated: c.simulated,
        }),
        limits: Some(wire::Limits {
            reach: Some(write_grid(&l.reach)),
            bias_max_v: Some(l.bias_max.0),
            light_max_suns: Some(l.light_max.0),
            sweep_max_s: Some(l.sweep_max.0),
        }),
    }
}

pub(in crate::link) fn read_description(d: Option<wire::Description>) -> Result<Description, String> {
    let d = need(d, "description")?;
    let (c, l) = (need(d.capabilities, "capabilities")?, need(d.limits, "limits")?);
    Ok(Description {
        driver: d.driver,
        identity: d.identity,
        serial: d.serial,
        capabilities: Capabilities {
            structure_channel: c.structure_channel,
            structure_unit: c.structure_unit,
            further_channels: c
                .further_channels
                .into_iter()
                .map(|k| ChannelKind { name: k.name, unit: k.unit })
                .collect(),
            sweep_iv: c.sweep_iv,
            scalar_unit: c.scalar_unit,
            current_noise: c.current_noise_a.map(Amps),
            scalar_noise: c.scalar_noise,
            scan_current: c.scan_current,
            light: c.light,
            any_grid: c.any_grid,
            simulated: c.simulated,
        },
        limits: Limits {
            reach: read_grid(l.reach.as_ref(), "limits.reach")?,
            bias_max: Volts(need(l.bias_max_v, "limits.bias_max_v")?),
            light_max: Suns(need(l.light_max_suns, "limits.light_max_suns")?),
            sweep_max: Seconds(need(l.sweep_max_s, "limits.sweep_max_s")?),
        },
    })
}
