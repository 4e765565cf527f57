//! The committed code of the link is what its `.proto` files say.

use super::root;
use std::fs;
use std::path::Path;

/// Set to anything, it makes this test write what it found instead of comparing.
const UPDATE: &str = "TIPTWIN_UPDATE_GENERATED";

/// What each file of a folder of `.proto` files becomes, by the name of its package.
fn generate(protos: &Path, into: &Path) {
    let mut files: Vec<_> = fs::read_dir(protos).expect("folder").map(|e| e.expect("entry").path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "proto"));
    files.sort();
    assert!(!files.is_empty());
    let described = protox::compile(files, [protos]).expect("valid .proto files");
    tonic_prost_build::configure().out_dir(into).compile_fds(described).expect("generates");
}

#[test]
fn generated_code_is_that_of_the_proto_files() {
    let link = root().join("drivers/src/link");
    let fresh = tempfile::tempdir().expect("temp");
    generate(&link.join("proto"), fresh.path());
    let mut made: Vec<_> = fs::read_dir(fresh.path()).expect("folder").map(|e| e.expect("entry").file_name()).collect();
    made.sort();
    for name in made {
        let (new, committed) = (fresh.path().join(&name), link.join("generated").join(&name));
        if std::env::var_os(UPDATE).is_some() {
            fs::copy(&new, &committed).expect("writes");
        }
        let new = fs::read_to_string(new).expect("text");
        let old = fs::read_to_string(&committed).unwrap_or_default();
        assert!(
            new == old,
            "{} is not what drivers/src/link/proto says; `{UPDATE}=1 cargo test --release --test architecture generated` writes it anew",
            committed.display()
        );
    }
}
