//! A C library with the names and signatures of NI-DAQmx and a device of two outputs: `ai0` sees output 0 through a resistor of 1 GΩ and
//! an amplifier of 1 nA/V, better in light; `ai1` and `ai2` see the outputs.
//!
//! Voltages are kept in a file, as a device keeps them whatever becomes of the program. Another file holds orders to fail.

use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_void};
use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

const FOLDER: &str = env!("TINY_DAQMX");

#[derive(Default)]
struct Task {
    outputs: Vec<usize>,
    inputs: Vec<u8>,
    rate: f64,
    samples: usize,
    buffer: Vec<f64>,
    armed: bool,
    rows: Vec<Vec<f64>>,
    read: usize,
}

#[derive(Default)]
struct State {
    tasks: HashMap<usize, Task>,
    made: usize,
    last_error: String,
}

static STATE: Mutex<Option<State>> = Mutex::new(None);

fn with<T>(act: impl FnOnce(&mut State) -> T) -> T {
    let mut state: MutexGuard<'_, Option<State>> = STATE.lock().unwrap();
    act(state.get_or_insert_with(State::default))
}

fn ordered(word: &str) -> bool {
    fs::read_to_string(Path::new(FOLDER).join("order")).is_ok_and(|order| order == word)
}

fn outputs() -> [f64; 2] {
    let text = fs::read_to_string(Path::new(FOLDER).join("outputs")).unwrap_or_else(|_| "0 0".into());
    let mut volts = text.split_whitespace().map(|v| v.parse().unwrap());
    [volts.next().unwrap(), volts.next().unwrap()]
}

fn put_out(output: usize, v: f64) {
    if !ordered("stuck") {
        let mut volts = outputs();
        volts[output] = v;
        fs::write(Path::new(FOLDER).join("outputs"), format!("{} {}", volts[0], volts[1])).unwrap();
    }
}

fn seen(input: u8, volts: [f64; 2]) -> f64 {
    match input {
        0 => volts[0] * (1.0 + volts[1]),
        1 => volts[0],
        _ => volts[1],
    }
}

fn text<'a>(text: *const c_char) -> &'a str {
    unsafe { CStr::from_ptr(text) }.to_str().unwrap()
}

fn task(handle: *mut c_void, act: impl FnOnce(&mut State, usize) -> i32) -> i32 {
    let id = handle as usize;
    with(|state| {
        if state.tasks.contains_key(&id) {
            return act(state, id);
        }
        state.last_error = "Tiny: no such task.".into();
        -200_088
    })
}

fn say(words: &str, room: *mut c_char, size: u32) -> i32 {
    let bytes = &words.as_bytes()[..words.len().min(size as usize - 1)];
    unsafe {
        room.cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        room.add(bytes.len()).write(0);
    }
    0
}

#[unsafe(no_mangle)]
extern "system" fn DAQmxCreateTask(_name: *const c_char, handle: *mut *mut c_void) -> i32 {
    with(|state| {
        state.made += 1;
        state.tasks.insert(state.made, Task::default());
        unsafe { handle.write(state.made as *mut c_void) };
        0
    })
}

#[unsafe(no_mangle)]
extern "system" fn DAQmxCreateAOVoltageChan(
    handle: *mut c_void,
    channel: *const c_char,
    _name: *const c_char,
    _min: f64,
    _max: f64,
    units: i32,
    _scale: *const c_char,
) -> i32 {
    assert_eq!(units, 10_348);
    let output = match text(channel) {
        "Dev1/ao0" => 0,
        "Dev1/ao1" => 1,
        _ => return -200_170,
    };
    task(handle, |state, id| {
        state.tasks.get_mut(&id).unwrap().outputs.push(output);
        0
    })
}

#[unsafe(no_mangle)]
extern "system" fn DAQmxCreateAIVoltageChan(
    handle: *mut c_void,
    channel: *const c_char,
    _name: *const c_char,
    terminal: i32,
    _min: f64,
    _max: f64,
    units: i32,
    _scale: *const c_char,
) -> i32 {
    assert_eq!((terminal, units), (10_106, 10_348));
    let input = match text(channel) {
        "Dev1/ai0" => 0,
        "Dev1/ai1" => 1,
        "Dev1/ai2" => 2,
        _ => return -200_170,
    };
    task(handle, |state, id| {
        state.tasks.get_mut(&id).unwrap().inputs.push(input);
        0
    })
}

#[unsafe(no_mangle)]
extern "system" fn DAQmxCfgSampClkTiming(
    handle: *mut c_void,
    source: *const c_char,
    rate: f64,
    edge: i32,
    mode: i32,
    samples: u64,
) -> i32 {
    assert_eq!((edge, mode), (10_280, 10_178));
    assert!(matches!(text(source), "" | "/Dev1/ao/SampleClock"));
    task(handle, |state, id| {
        let task = state.tasks.get_mut(&id).unwrap();
        task.rate = rate;
        task.samples = samples as usize;
        0
    })
}

#[unsafe(no_mangle)]
extern "system" fn DAQmxGetSampClkRate(handle: *mut c_void, rate: *mut f64) -> i32 {
    task(handle, |state, id| {
        unsafe { rate.write(state.tasks[&id].rate) };
        0
    })
}

#[unsafe(no_mangle)]
extern "system" fn DAQmxWriteAnalogF64(
    handle: *mut c_void,
    samples: i32,
    auto_start: u32,
    _timeout: f64,
    layout: u32,
    volts: *const f64,
    written: *mut i32,
    reserved: *mut u32,
) -> i32 {
    assert!(layout == 0 && reserved.is_null());
    let volts = unsafe { std::slice::from_raw_parts(volts, samples as usize) };
    unsafe { written.write(samples) };
    task(handle, |state, id| {
        let task = state.tasks.get_mut(&id).unwrap();
        if task.samples > 0 {
            task.buffer.extend(volts);
        } else {
            assert_eq!(auto_start, 1);
            put_out(task.outputs[0], volts[volts.len() - 1]);
        }
        0
    })
}

#[unsafe(no_mangle)]
extern "system" fn DAQmxReadAnalogF64(
    handle: *mut c_void,
    samples: i32,
    _timeout: f64,
    fill: u32,
    volts: *mut f64,
    room: u32,
    read: *mut i32,
    reserved: *mut u32,
) -> i32 {
    assert!(fill == 0 && reserved.is_null());
    let samples = samples as usize;
    let volts = unsafe { std::slice::from_raw_parts_mut(volts, room as usize) };
    task(handle, |state, id| {
        let task = state.tasks.get_mut(&id).unwrap();
        assert!(samples * task.inputs.len() <= volts.len());
        let mut got = samples;
        if task.samples == 0 {
            for (row, input) in volts.chunks_mut(samples).zip(&task.inputs) {
                row.fill(seen(*input, outputs()));
            }
        } else {
            got = got.min(task.rows.first().map_or(0, Vec::len) - task.read);
            if ordered("short") {
                got /= 2;
            }
            for (row, acquired) in volts.chunks_mut(samples).zip(&task.rows) {
                row[..got].copy_from_slice(&acquired[task.read..task.read + got]);
            }
            task.read += got;
        }
        unsafe { read.write(got as i32) };
        0
    })
}

#[unsafe(no_mangle)]
extern "system" fn DAQmxStartTask(handle: *mut c_void) -> i32 {
    task(handle, |state, id| {
        let Some(output) = state.tasks[&id].outputs.first().copied() else {
            state.tasks.get_mut(&id).unwrap().armed = true;
            return 0;
        };
        if ordered("refuse") {
            state.last_error = "Tiny:\nthe output is reserved.".into();
            return -50_103;
        }
        let mut programme = state.tasks[&id].buffer.clone();
        assert_eq!(programme.len(), state.tasks[&id].samples);
        if ordered("halt") {
            programme.truncate(programme.len() / 2);
        }
        // This converter holds its inputs on the edge, before the output moves.
        let mut volts = outputs();
        for listener in state.tasks.values_mut().filter(|t| t.armed) {
            listener.rows = vec![Vec::new(); listener.inputs.len()];
        }
        for v in programme {
            for listener in state.tasks.values_mut().filter(|t| t.armed) {
                for (row, input) in listener.rows.iter_mut().zip(&listener.inputs) {
                    row.push(seen(*input, volts));
                }
            }
            volts[output] = v;
        }
        put_out(output, volts[output]);
        if ordered("warn") { 200_010 } else { 0 }
    })
}

#[unsafe(no_mangle)]
extern "system" fn DAQmxWaitUntilTaskDone(handle: *mut c_void, _seconds: f64) -> i32 {
    task(handle, |_, _| 0)
}

#[unsafe(no_mangle)]
extern "system" fn DAQmxStopTask(handle: *mut c_void) -> i32 {
    task(handle, |_, _| 0)
}

#[unsafe(no_mangle)]
extern "system" fn DAQmxClearTask(handle: *mut c_void) -> i32 {
    task(handle, |state, id| {
        state.tasks.remove(&id);
        0
    })
}

#[unsafe(no_mangle)]
extern "system" fn DAQmxResetDevice(device: *const c_char) -> i32 {
    assert_eq!(text(device), "Dev1");
    with(|state| state.tasks.clear());
    put_out(0, 0.0);
    put_out(1, 0.0);
    0
}

#[unsafe(no_mangle)]
extern "system" fn DAQmxGetErrorString(code: i32, room: *mut c_char, size: u32) -> i32 {
    say(&format!("Tiny: status {code}."), room, size)
}

#[unsafe(no_mangle)]
extern "system" fn DAQmxGetExtendedErrorInfo(room: *mut c_char, size: u32) -> i32 {
    with(|state| say(&state.last_error, room, size))
}
