use super::*;

fn machine() -> Machine {
    Machine {
        valgrind: "valgrind-3.19.0".into(),
        platform: "linux x86_64".into(),
        libc: "glibc 2.36".into(),
        features: "avx avx2".into(),
    }
}

fn record() -> Record {
    let counted = |k: &kernels::Kernel| Counted { name: k.name.into(), instructions: 1_000_000, spread: 41 };
    Record {
        schema: 1,
        version: env!("CARGO_PKG_VERSION").into(),
        margin: 0.1,
        machine: machine(),
        kernel: kernels::ALL.iter().map(counted).collect(),
    }
}

fn checked(machine: Machine, counted: u64) -> Checked {
    let record = record();
    let kernels: Vec<Judged> = kernels::ALL.iter().map(|k| judge(&record, &machine, k, counted)).collect();
    let verdict = kernels.iter().map(|k| k.verdict).max().expect("kernels");
    Checked { verdict, margin: record.margin, machine, recorded_on: record.machine, kernels }
}

#[test]
fn growth_beyond_the_margin_fails_and_another_machine_is_never_judged() {
    assert_eq!(checked(machine(), 1_099_000).verdict, Verdict::Pass);
    assert_eq!(checked(machine(), 1_101_000).verdict, Verdict::Fail);
    assert_eq!(checked(machine(), 500_000).verdict, Verdict::Pass, "less is never a failure");
    for other in [
        Machine { features: "avx".into(), ..machine() },
        Machine { valgrind: "valgrind-3.22.0".into(), ..machine() },
        Machine { libc: "glibc 2.39".into(), ..machine() },
        Machine { platform: "linux aarch64".into(), ..machine() },
    ] {
        let checked = checked(other, 2_000_000);
        assert_eq!(checked.verdict, Verdict::NotJudged);
        assert!(check_text(&checked).contains("cannot be compared") && check_text(&checked).contains("+100.00 %"));
    }
    let mut old = record();
    old.kernel.remove(0);
    let judged = judge(&old, &machine(), &kernels::ALL[0], 7);
    assert_eq!((judged.verdict, judged.recorded, judged.growth), (Verdict::NotJudged, None, None));
}

#[test]
fn a_record_survives_its_file_and_others_are_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("speed.toml");
    let load = |text: &str| {
        std::fs::write(&path, text).expect("writes");
        Record::load(&path).map_err(|e| e.to_string())
    };
    let text = record().text();
    assert_eq!(load(&text), Ok(record()));
    let version = format!("version = {:?}", record().version);
    for (from, to, part) in [
        (version.as_str(), "version = \"0.0.1\"", "was made by tiptwin 0.0.1"),
        ("schema = 1", "schema = 9", "(fields 9)"),
        ("margin = 0.1", "margin = 0.0", "positive numbers"),
        ("instructions = 1000000", "instructions = 0", "positive numbers"),
        ("spread", "spraed", "is not a record: unknown field"),
    ] {
        let error = load(&text.replacen(from, to, 1)).expect_err(part);
        assert!(error.contains(part), "{error}");
    }
    assert!(
        Record::load(&folder.path().join("none.toml")).expect_err("missing").to_string().contains("cannot be read")
    );
}

#[test]
fn the_list_is_what_dashboards_read() {
    let list = list(&checked(machine(), 1_200_000));
    assert_eq!(list.len(), kernels::ALL.len());
    let json = serde_json::to_value(&list[0]).expect("JSON");
    assert_eq!(json["name"], "film: film of 6 µm");
    assert_eq!((&json["unit"], &json["value"]), (&"instructions".into(), &1_200_000.into()));
    assert_eq!(json["range"], "± 21", "half of how far repeats lie apart, rounded up");
    assert!(json["extra"].as_str().expect("text").contains("valgrind-3.19.0"));
    let markdown = check_markdown(&checked(machine(), 1_200_000));
    assert!(markdown.contains("### tiptwin speed: fail") && markdown.contains("| 1.200 | 1.000 | +20.00 % | fail |"));
}

#[test]
fn names_are_unique_and_every_kernel_does_its_work() {
    for (i, kernel) in kernels::ALL.iter().enumerate() {
        assert!(kernels::ALL[..i].iter().all(|k| k.name != kernel.name), "{} twice", kernel.name);
        // A thread belongs to one pool for ever, so each needs one of its own.
        let played = |slow| std::thread::spawn(move || kernels::play(kernel, slow)).join().expect("no panic");
        played(false).expect(kernel.name);
        if kernel.slow.is_some() {
            played(true).expect(kernel.name);
        }
    }
}
