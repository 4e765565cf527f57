//! Who has control, and until when. Time is an argument: seconds on a clock that never jumps.

use super::ids::ClientId;

/// The lease that has control.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Held {
    pub(super) id: u64,
    pub(super) client: ClientId,
    pub(super) name: String,
    pub(super) until_s: f64,
}

/// One lease at a time, which ends unless it is renewed.
#[derive(Clone, Debug)]
pub(super) struct Leases {
    time_to_live_s: f64,
    next: u64,
    held: Option<Held>,
}

impl Leases {
    /// `first` is the number of the first lease: a restarted server must not give numbers of its past.
    pub(super) const fn new(time_to_live_s: f64, first: u64) -> Self {
        Self { time_to_live_s, next: first, held: None }
    }

    pub(super) const fn time_to_live_s(&self) -> f64 {
        self.time_to_live_s
    }

    /// The lease that has control now.
    pub(super) fn held(&self, now_s: f64) -> Option<&Held> {
        self.held.as_ref().filter(|h| now_s < h.until_s)
    }

    /// Takes control, or says who has it. Who has it already and did not hear so gets the same lease again.
    pub(super) fn acquire(&mut self, now_s: f64, client: ClientId, name: &str) -> Result<u64, Held> {
        let until_s = now_s + self.time_to_live_s;
        match self.held(now_s) {
            Some(held) if held.client != client => return Err(held.clone()),
            Some(held) => {
                let id = held.id;
                self.renew(now_s, id);
                return Ok(id);
            }
            None => {}
        }
        let id = self.next;
        self.next += 1;
        self.held = Some(Held { id, client, name: name.to_owned(), until_s });
        Ok(id)
    }

    /// A heartbeat; whether the lease has control.
    pub(super) fn renew(&mut self, now_s: f64, id: u64) -> bool {
        match self.held.as_mut().filter(|h| h.id == id && now_s < h.until_s) {
            Some(held) => {
                held.until_s = now_s + self.time_to_live_s;
                true
            }
            None => false,
        }
    }

    /// Gives control back; whether the lease had it.
    pub(super) fn release(&mut self, now_s: f64, id: u64) -> bool {
        let had = self.held(now_s).is_some_and(|h| h.id == id);
        if had {
            self.held = None;
        }
        had
    }

    /// The lease that ended without having been given back: said once.
    pub(super) fn expired(&mut self, now_s: f64) -> Option<Held> {
        self.held.take_if(|h| now_s >= h.until_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: ClientId = ClientId([1; 16]);
    const OTHER: ClientId = ClientId([2; 16]);

    #[test]
    fn one_has_control_until_its_heart_stops() {
        let mut leases = Leases::new(3.0, 10);
        assert_eq!(leases.acquire(0.0, ONE, "one"), Ok(10));
        assert_eq!(leases.acquire(1.0, ONE, "one"), Ok(10), "the answer was lost");
        let refused = leases.acquire(2.0, OTHER, "other").expect_err("one has it");
        assert_eq!((refused.name.as_str(), refused.until_s), ("one", 4.0));
        assert!(leases.renew(3.9, 10));
        assert_eq!(leases.expired(6.8), None);
        assert!(!leases.renew(6.9, 10), "too late is too late, even before anybody looked");
        assert_eq!(leases.expired(6.9).map(|h| h.id), Some(10));
        assert_eq!(leases.expired(7.0), None, "once");
        assert_eq!(leases.acquire(7.0, OTHER, "other"), Ok(11));
        assert!(!leases.release(7.1, 10) && leases.release(7.1, 11));
        assert_eq!(leases.held(7.2), None);
    }
}
