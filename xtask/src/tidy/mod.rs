//! `tidy`: the rules of the repository that no compiler checks, one file for each kind of rule.

mod dependencies;
mod docs;
mod files;
mod layers;
mod repository;

use clap::Args;

use crate::Result;
use crate::workspace::{Metadata, root};
use repository::Repository;

/// Check the rules of the repository: layers, files, dependencies, docs
#[derive(Args)]
pub(crate) struct Tidy {}

/// A broken rule.
#[derive(Debug, PartialEq, Eq)]
struct Violation {
    /// The file, with the line where there is one, or the crate.
    place: String,
    message: String,
}

impl Violation {
    fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }
}

impl Tidy {
    pub(crate) fn run(&self) -> Result {
        let root = root();
        let repository = Repository::read(&root)?;
        let metadata = Metadata::read(&root)?;
        let mut violations = layers::check(&metadata, &repository);
        violations.extend(files::check(&metadata, &repository));
        violations.extend(dependencies::check(&root, &repository)?);
        violations.extend(docs::check(&metadata, &repository));
        for violation in &violations {
            eprintln!("{}: {}", violation.place, violation.message);
        }
        match violations.len() {
            0 => {
                println!("tidy: {} files in order", repository.n_files());
                Ok(())
            }
            n_violations => Err(format!("{n_violations} rules broken").into()),
        }
    }
}
