#![doc = include_str!("../README.md")]

mod bench;
mod ci;
mod datasets;
mod package;
mod reproduce;
mod steps;
mod tidy;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

/// What a command gives back; the message is for the person at the terminal.
type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The jobs of the hepsys workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    ReproducePaper(reproduce::ReproducePaper),
    Study(reproduce::Study),
    Ci(ci::Ci),
    Tidy(tidy::Tidy),
    #[command(subcommand)]
    Datasets(datasets::Datasets),
    Bench(bench::Bench),
    Package(package::Package),
}

fn main() -> ExitCode {
    let done = match Command::parse() {
        Command::ReproducePaper(command) => command.run(),
        Command::Study(command) => command.run(),
        Command::Ci(command) => command.run().map(|()| ExitCode::SUCCESS),
        Command::Tidy(command) => command.run().map(|()| ExitCode::SUCCESS),
        Command::Datasets(command) => command.run().map(|()| ExitCode::SUCCESS),
        Command::Bench(command) => command.run().map(|()| ExitCode::SUCCESS),
        Command::Package(command) => command.run().map(|()| ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}
