//! Runs the jobs of the workspace.
fn main() {}
