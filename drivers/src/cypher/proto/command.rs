//! Typed commands and their Igor text, in both directions: the driver writes it, the emulator reads it.
//!
//! The controller has no error channel: a line that fails is skipped in silence. Every batch therefore ends with a read-out.

use std::fmt::{self, Write as _};

/// One line for the controller.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Operates a control of a panel: a button (value 0, no text), a number, or a text.
    Control {
        /// Name of the control.
        control: String,
        /// Name of its panel.
        panel: String,
        /// Value for a number.
        value: f64,
        /// Text for a text.
        text: String,
    },
    /// Sets a variable of the master panel.
    Put {
        /// Name of the variable.
        variable: String,
        /// Value, SI.
        value: f64,
    },
    /// Writes to a channel of the controller.
    Write {
        /// Name of the channel.
        channel: String,
        /// Value, volts.
        value: f64,
    },
    /// Makes the wave that a read-out is collected in.
    Make {
        /// Number of values.
        points: usize,
    },
    /// Fills one value of that wave.
    Fill {
        /// Which.
        index: usize,
        /// From where.
        source: Source,
    },
    /// Saves that wave as text.
    Save {
        /// Path as Igor writes it.
        path: String,
    },
    /// Writes the serial number as text: a function of the procedure file that is installed beside the vendor's software.
    Identify {
        /// Path as Igor writes it.
        path: String,
        /// Number that the answer repeats.
        nonce: u64,
    },
    /// Sets what names of data files begin with: another function of that procedure file.
    Name {
        /// Beginning of the names.
        base: String,
    },
}

/// Where a value of a read-out comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A number as it stands.
    Number(f64),
    /// A variable of the master panel.
    Variable(String),
    /// A channel of the controller.
    Channel(String),
}

/// Why a line is not a command that is known here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{line}\" is not understood from byte {at} on; expected {expected}")]
pub struct CommandError {
    line: String,
    at: usize,
    expected: &'static str,
}

struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\r' => f.write_str("\\r")?,
                '\n' => f.write_str("\\n")?,
                '\t' => f.write_str("\\t")?,
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(x) => write!(f, "{x:e}"),
            Self::Variable(name) => write!(f, "GV({})", Quoted(name)),
            Self::Channel(name) => write!(f, "td_ReadValue({})", Quoted(name)),
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Control { control, panel, value, text } => {
                write!(f, "ARExecuteControl({},{},{value:e},{})", Quoted(control), Quoted(panel), Quoted(text))
            }
            Self::Put { variable, value } => write!(f, "PV({},{value:e})", Quoted(variable)),
            Self::Write { channel, value } => write!(f, "td_WriteValue({},{value:e})", Quoted(channel)),
            // Double precision: a position in volts has more digits than a single-precision wave keeps.
            Self::Make { points } => write!(f, "Make/D/N=({points})/O ReadOut"),
            Self::Fill { index, source } => write!(f, "ReadOut[{index}]={source}"),
            Self::Save { path } => write!(f, "Save/O/G/J ReadOut as {}", Quoted(path)),
            Self::Name { base } => write!(f, "TipTwin_Name({})", Quoted(base)),
            Self::Identify { path, nonce } => write!(f, "TipTwin_Identity({},{nonce})", Quoted(path)),
        }
    }
}

/// Commands as the text of one file.
pub fn batch(commands: &[Command]) -> String {
    commands.iter().fold(String::new(), |mut text, c| {
        let _ = writeln!(text, "{c}");
        text
    })
}

/// The lines of a file, each as a command or as what is wrong with it.
pub fn read_batch(text: &str) -> Vec<Result<Command, CommandError>> {
    text.split(['\r', '\n']).filter(|l| !l.trim().is_empty()).map(Command::read).collect()
}

impl Command {
    /// Presses a button.
    pub fn press(control: &str, panel: &str) -> Self {
        Self::Control { control: control.into(), panel: panel.into(), value: 0.0, text: String::new() }
    }

    /// Reads one line.
    pub fn read(line: &str) -> Result<Self, CommandError> {
        let mut s = Scanner { line, rest: line };
        let command = if s.eat("ARExecuteControl(") {
            let control = s.quoted()?;
            s.need(",", "a comma")?;
            let panel = s.quoted()?;
            s.need(",", "a comma")?;
            let value = s.number()?;
            s.need(",", "a comma")?;
            let text = s.quoted()?;
            s.need(")", "a closing bracket")?;
            Self::Control { control, panel, value, text }
        } else if s.eat("PV(") {
            let (variable, value) = s.name_and_number()?;
            Self::Put { variable, value }
        } else if s.eat("td_WriteValue(") {
            let (channel, value) = s.name_and_number()?;
            Self::Write { channel, value }
        } else if s.eat("Make/D/N=(") {
            let points = s.whole()? as usize;
            s.need(")/O ReadOut", "the wave ReadOut")?;
            Self::Make { points }
        } else if s.eat("ReadOut[") {
            let index = s.whole()? as usize;
            s.need("]=", "an assignment")?;
            Self::Fill { index, source: s.source()? }
        } else if s.eat("Save/O/G/J ReadOut as ") {
            Self::Save { path: s.quoted()? }
        } else if s.eat("TipTwin_Identity(") {
            let path = s.quoted()?;
            s.need(",", "a comma")?;
            let nonce = s.whole()?;
            s.need(")", "a closing bracket")?;
            Self::Identify { path, nonce }
        } else if s.eat("TipTwin_Name(") {
            let base = s.quoted()?;
            s.need(")", "a closing bracket")?;
            Self::Name { base }
        } else {
            return Err(s.wrong("a known command"));
        };
        s.end()?;
        Ok(command)
    }
}

struct Scanner<'a> {
    line: &'a str,
    rest: &'a str,
}

impl Scanner<'_> {
    fn wrong(&self, expected: &'static str) -> CommandError {
        CommandError { line: self.line.to_owned(), at: self.line.len() - self.rest.len(), expected }
    }

    fn eat(&mut self, what: &str) -> bool {
        self.rest.strip_prefix(what).is_some_and(|rest| {
            self.rest = rest;
            true
        })
    }

    fn need(&mut self, what: &str, expected: &'static str) -> Result<(), CommandError> {
        if self.eat(what) { Ok(()) } else { Err(self.wrong(expected)) }
    }

    fn quoted(&mut self) -> Result<String, CommandError> {
        self.need("\"", "a text in quotes")?;
        let mut text = String::new();
        let mut chars = self.rest.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return Ok(text);
                }
                '\\' => match chars.next().map(|(_, c)| c) {
                    Some('r') => text.push('\r'),
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some(c @ ('"' | '\\')) => text.push(c),
                    _ => return Err(self.wrong("a known escape")),
                },
                c => text.push(c),
            }
        }
        Err(self.wrong("a closing quote"))
    }

    fn word(&mut self, accept: impl Fn(char) -> bool) -> &str {
        let end = self.rest.find(|c| !accept(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn number(&mut self) -> Result<f64, CommandError> {
        let before = self.rest;
        let read = self.word(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)).parse().ok();
        read.ok_or_else(|| {
            self.rest = before;
            self.wrong("a number")
        })
    }

    fn whole(&mut self) -> Result<u64, CommandError> {
        let before = self.rest;
        let read = self.word(|c| c.is_ascii_digit()).parse().ok();
        read.ok_or_else(|| {
            self.rest = before;
            self.wrong("a whole number")
        })
    }

    fn name_and_number(&mut self) -> Result<(String, f64), CommandError> {
        let name = self.quoted()?;
        self.need(",", "a comma")?;
        let value = self.number()?;
        self.need(")", "a closing bracket")?;
        Ok((name, value))
    }

    fn source(&mut self) -> Result<Source, CommandError> {
        let source = if self.eat("GV(") {
            Source::Variable(self.quoted()?)
        } else if self.eat("td_ReadValue(") {
            Source::Channel(self.quoted()?)
        } else {
            return Ok(Source::Number(self.number()?));
        };
        self.need(")", "a closing bracket")?;
        Ok(source)
    }

    fn end(&self) -> Result<(), CommandError> {
        if self.rest.trim().is_empty() { Ok(()) } else { Err(self.wrong("the end of the line")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn command() -> impl Strategy<Value = Command> {
        let text = || ".{0,20}".prop_map(|s: String| s);
        let number = || any::<f64>().prop_filter("a number equals itself", |x| !x.is_nan());
        let source = prop_oneof![
            number().prop_map(Source::Number),
            text().prop_map(Source::Variable),
            text().prop_map(Source::Channel)
        ];
        prop_oneof![
            (text(), text(), number(), text()).prop_map(|(control, panel, value, text)| Command::Control {
                control,
                panel,
                value,
                text
            }),
            (text(), number()).prop_map(|(variable, value)| Command::Put { variable, value }),
            (text(), number()).prop_map(|(channel, value)| Command::Write { channel, value }),
            any::<usize>().prop_map(|points| Command::Make { points }),
            (any::<usize>(), source).prop_map(|(index, source)| Command::Fill { index, source }),
            text().prop_map(|path| Command::Save { path }),
            text().prop_map(|base| Command::Name { base }),
            (text(), any::<u64>()).prop_map(|(path, nonce)| Command::Identify { path, nonce }),
        ]
    }

    proptest! {
        #[test]
        fn prop_text_round_trips_to_the_last_bit(commands in prop::collection::vec(command(), 0..8)) {
            let back: Result<Vec<Command>, CommandError> = read_batch(&batch(&commands)).into_iter().collect();
            prop_assert_eq!(back.expect("reads"), commands);
        }

        #[test]
        fn prop_any_line_is_a_command_or_an_error(line in ".{0,60}") {
            let _ = Command::read(&line);
            let _ = Command::read(&format!("PV(\"{line}"));
        }
    }

    #[test]
    fn the_text_is_what_the_reference_says() {
        let lines = batch(&[
            Command::press("DownScan_0", "MasterPanel"),
            Command::Put { variable: "XOffset".into(), value: 1.5e-6 },
            Command::Fill { index: 1, source: Source::Channel("PIDSLoop.0.Setpoint".into()) },
        ]);
        assert_eq!(
            lines,
            "ARExecuteControl(\"DownScan_0\",\"MasterPanel\",0e0,\"\")\nPV(\"XOffset\",1.5e-6)\nReadOut[1]=td_ReadValue(\"PIDSLoop.0.Setpoint\")\n"
        );
        let error = Command::read("Beep 3").expect_err("unknown").to_string();
        assert!(error.contains("Beep 3") && error.contains("a known command"), "{error}");
    }
}
