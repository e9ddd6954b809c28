//! Whoever wants nothing but fits gets no tensor library, and a result.

use std::process::Command;

#[test]
fn no_tensor_library_is_in_the_tree() {
    let lock = include_str!("../Cargo.lock");
    let packages = lock.lines().filter_map(|line| line.strip_prefix("name = "));
    let heavy: Vec<&str> = packages.filter(|name| name.contains("burn") || name.contains("wgpu")).collect();
    assert!(heavy.is_empty(), "{heavy:?}");
}

#[test]
fn a_limit_is_found() {
    let output = Command::new(env!("CARGO_BIN_EXE_fits-alone")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("mu = 1.1") && text.contains("at 95 %"), "{text}");
}
