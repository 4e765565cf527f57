//! One sweep at one place, and what it leaves behind.

use super::{PlaceMemory, Twin, failed};
use tiptwin_instrument::random::measurement_unit;
use tiptwin_instrument::{InstrumentError, IvCurve, Position, Seconds, Stream, Suns, Volts, Waveform};
use tiptwin_sim::amplifier::Moment;
use tiptwin_sim::amplifier::telegraph::Trap;
use tiptwin_sim::contact::Contact;
use tiptwin_sim::contact::damage::{BARRIER_EV, VACANCIES};
use tiptwin_sim::transport::{self, Column, Constants, Lighting, Site};

/// Nearness to a boundary falls by this width, m: flicker is a matter of the boundary itself.
const BOUNDARY_M: f64 = 25e-9;

/// Places are the same if they are within a nanometre.
fn key(at: Position) -> (i64, i64) {
    ((at.x.0 * 1e9).round() as i64, (at.y.0 * 1e9).round() as i64)
}

impl Twin {
    /// What the film feels of the lamp now.
    pub(super) fn light_now(&mut self) -> Suns {
        let now = self.past.clock.now();
        let (before, then) = self.past.effective;
        let elapsed = Seconds(now.0 - then.0);
        let effective = self.realism.memory.light.after(before, self.past.lamp, elapsed);
        self.past.effective = (effective, now);
        effective
    }

    /// A place as it is now, under a tip as it is now.
    pub(super) fn worn(&self, at: Position) -> (Site, Constants) {
        let mut site = self.film.site(at);
        let mut constants = self.constants;
        let damage = self.past.damage.at(at, self.past.clock.now());
        if damage > 0.0 {
            site.boundary_barrier_ev += BARRIER_EV * damage;
            constants.vacancies_per_m3 *= 1.0 + VACANCIES * damage;
        }
        let scale = self.past.tip.contact_scale();
        constants.contact_radius_m *= scale;
        site.spreading_ohm /= scale;
        (site, constants)
    }

    /// Sweeps at a commanded position.
    pub(super) fn touch(
        &mut self,
        commanded: Position,
        waveform: &Waveform,
        repeat: u32,
    ) -> Result<IvCurve, InstrumentError> {
        let from = self.past.clock.tip();
        self.past.clock.touch_down(commanded);
        let now = self.past.clock.now();
        let at = self.scanner.position(commanded, self.past.image, now, from, repeat);
        let effective = self.light_now();
        let (site, constants) = self.worn(at);
        let lighting = Lighting { lamp: self.past.lamp, effective, memory: self.realism.memory.light };
        let remembered = self.past.places.get(&key(at)).copied().unwrap_or_default();
        let charge = self.remembered_charge(&site, effective, &constants, remembered).map_err(|e| failed(at, e))?;
        let (swept, light_end) =
            transport::sweep_under(&site, lighting, waveform, &constants, charge).map_err(|e| failed(at, e))?;

        let unit = measurement_unit(commanded, self.past.lamp.0, repeat);
        let bias_v = waveform.bias_v();
        let mut current_a = swept.current_a;
        let since_broken = remembered.broken_s.map(|t| now.0 - t);
        let rng = &mut self.noise.rng(Stream::Contact, unit >> 2);
        let contact = Contact::draw(&self.realism.contact, since_broken, rng);
        let broke = contact.apply(&bias_v, &mut current_a);
        let coating = self.past.tip.coating();
        if coating < 1.0 {
            for i in &mut current_a {
                *i *= coating;
            }
        }
        let interval = waveform.sample_interval();
        let charge_c = current_a.iter().map(|i| i.abs()).sum::<f64>() * interval.0;
        let place = &mut self.noise.rng(Stream::Contact, measurement_unit(commanded, 0.0, u32::MAX) >> 2);
        let moment = Moment {
            interval,
            since_zero: now,
            boundary: (-0.5 * (self.film.nearest(at).d_gb_m / BOUNDARY_M).powi(2)).exp(),
            trap: Trap::draw(self.realism.amplifier.disturbances.trap_share, place),
        };
        let rng = &mut self.noise.rng(Stream::CurrentNoise, unit);
        let (recorded, saturated) = self.realism.amplifier.record_at(&current_a, &bias_v, moment, rng);

        self.past.clock.sweep(waveform.total_time());
        let end = self.past.clock.now();
        self.past.effective = (light_end, end);
        self.past.tip.after_contact();
        self.past.damage.add(at, charge_c, effective, end);
        let ions = self.realism.memory.ions.then_some((swept.charge_end, end.0));
        let broken_s = if broke { Some(end.0) } else { remembered.broken_s };
        if ions.is_some() || broken_s.is_some() {
            self.past.places.insert(key(at), PlaceMemory { ions, broken_s });
        }
        Ok(IvCurve { bias_v, current_a: recorded, sample_interval: interval, saturated })
    }

    /// The ion charge of a place that was swept before, after its rest at 0 V; `None` for a rested place.
    fn remembered_charge(
        &self,
        site: &Site,
        light: Suns,
        constants: &Constants,
        place: PlaceMemory,
    ) -> Result<Option<f64>, tiptwin_sim::SimError> {
        let Some((charge, then_s)) = place.ions else { return Ok(None) };
        let column = Column::new(site, light, constants)?;
        let rested = Seconds((self.past.clock.now().0 - then_s).max(0.0));
        transport::rest(&column, Volts::ZERO, rested, charge).map(Some)
    }
}
