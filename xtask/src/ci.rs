//! `ci`: everything a change has to pass, the cheapest check first.

use clap::Args;

use crate::Result;
use crate::datasets::Datasets;
use crate::steps::Steps;
use crate::tidy::Tidy;
use crate::workspace::{cargo, root};

/// Check a change: format, tidy, data sums, clippy, tests, doc tests, docs
///
/// Default features; the published studies are not part of it. Stops at the first step that fails.
#[derive(Args)]
pub(crate) struct Ci {}

impl Ci {
    pub(crate) fn run(&self) -> Result {
        let mut steps = Steps::default();
        let result = checks(&mut steps);
        println!("\n{}", steps.table());
        result
    }
}

fn checks(steps: &mut Steps) -> Result {
    let root = root();
    let in_root = |arguments: &[&str]| {
        let mut command = cargo();
        command.current_dir(&root).args(arguments);
        command
    };
    steps.command("format", &mut in_root(&["fmt", "--all", "--check"]))?;
    steps.step("tidy", || Tidy {}.run())?;
    steps.step("datasets", || Datasets::Verify.run())?;
    steps.command(
        "clippy",
        &mut in_root(&["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"]),
    )?;
    steps.command("tests and doc tests", &mut in_root(&["test", "--workspace", "--locked"]))?;
    // Unit separators between the flags: the path of the header may contain spaces.
    let header = root.join("docs").join("katex-header.html");
    let flags = format!("-Dwarnings\u{1f}--html-in-header\u{1f}{}", header.display());
    steps.command(
        "docs",
        in_root(&["doc", "--workspace", "--no-deps", "--locked"]).env("CARGO_ENCODED_RUSTDOCFLAGS", flags),
    )
}
