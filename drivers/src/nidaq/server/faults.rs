//! What can be made to go wrong.

/// One trouble.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Trouble {
    /// No answer, ever.
    Hang,
    /// Every connection is cut; new ones are accepted, and tasks live on.
    Disconnect,
    /// The server dies: connections are cut, tasks forgotten, and a programme that begins with this call stops after this share of
    /// it. Outputs keep what they have. New connections are accepted, as after a restart.
    Crash {
        /// Share of the programme, 0 to 1.
        at: f64,
    },
    /// The call is refused with a DAQmx status, negative.
    Status(i32),
    /// The call is carried out and warned of, positive.
    Warning(i32),
    /// The answer says that fewer samples came.
    Short,
}

/// When a trouble happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The call, such as `StartTask`; `None` is any.
    pub call: Option<String>,
    /// So many of these calls are spared first.
    pub skip: usize,
    /// So many are hit.
    pub times: usize,
    /// Whether the call is carried out before it goes wrong.
    pub carried_out: bool,
    /// What happens.
    pub trouble: Trouble,
}

impl Fault {
    /// A trouble at the first call of a name, once, instead of it.
    pub fn at(call: &str, trouble: Trouble) -> Self {
        Self { call: Some(call.to_owned()), skip: 0, times: 1, carried_out: false, trouble }
    }

    /// A trouble at every call from now on.
    pub const fn always(trouble: Trouble) -> Self {
        Self { call: None, skip: 0, times: usize::MAX, carried_out: false, trouble }
    }

    /// The same after so many calls.
    #[must_use]
    pub fn after(self, skip: usize) -> Self {
        Self { skip, ..self }
    }

    /// The same after the call was carried out.
    #[must_use]
    pub fn once_carried_out(self) -> Self {
        Self { carried_out: true, ..self }
    }
}

/// The trouble that is due at a call, if any, and whether the call is carried out first.
pub(super) fn due(faults: &mut Vec<Fault>, call: &str) -> Option<(Trouble, bool)> {
    let mut due = None;
    for fault in faults.iter_mut().filter(|f| f.call.as_deref().is_none_or(|c| c == call)) {
        if fault.skip > 0 {
            fault.skip -= 1;
        } else if due.is_none() && fault.times > 0 {
            fault.times -= 1;
            due = Some((fault.trouble, fault.carried_out));
        }
    }
    faults.retain(|f| f.times > 0);
    due
}
