//! Runs the studies: `reproduce` those of published results, `study` one of the user's own.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use hepsys_core::Interrupt;
use hepsys_experiments::progress::Progress;
use hepsys_experiments::{Context, ExperimentError, Profile, reproduce, run_own};
use hepsys_nn::device_by_name;
use hepsys_stats::Shard;

#[derive(Parser)]
#[command(version, about = "Studies of hepsys")]
struct Command {
    #[command(subcommand)]
    job: Job,
}

#[derive(Subcommand)]
enum Job {
    /// Run studies of published results; all of them if none is named
    Reproduce {
        /// Which studies
        studies: Vec<String>,
        #[command(flatten)]
        options: Options,
    },
    /// Run a study of your own from a TOML file
    Study {
        /// The file; docs/studies.md describes it
        spec: PathBuf,
        #[command(flatten)]
        options: Options,
    },
}

#[derive(Args)]
struct Options {
    /// How much statistics
    #[arg(long, value_enum, default_value = "quick")]
    profile: Profile,
    /// Where networks are trained: cpu, ndarray or wgpu
    #[arg(long, default_value = "cpu")]
    device: String,
    /// The seed of all random numbers; the specification has one of its own
    #[arg(long)]
    seed: Option<u64>,
    /// Do every n-th toy, starting at the i-th: 1/8
    #[arg(long, value_name = "i/n")]
    shard: Option<Shard>,
    /// Forget the toys of earlier runs
    #[arg(long)]
    fresh: bool,
    /// Where reports go
    #[arg(long, default_value = "target/reports")]
    reports: PathBuf,
}

fn main() -> ExitCode {
    let command = Command::parse();
    match run(&command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("a judged quantity misses its tolerance; the page says which");
            ExitCode::FAILURE
        }
        Err(ExperimentError::ShardDone) => {
            eprintln!("{}", ExperimentError::ShardDone);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<bool, ExperimentError> {
    let (Job::Reproduce { options, .. } | Job::Study { options, .. }) = &command.job;
    let interrupt = Interrupt::new();
    let asked = interrupt.clone();
    // Without a handler the default one stops at once, which loses no finished toy either.
    let _ = ctrlc::set_handler(move || asked.request());
    let context = Context {
        profile: options.profile,
        seed: options.seed,
        device: device_by_name(&options.device)?,
        device_name: options.device.clone(),
        shard: options.shard,
        is_fresh: options.fresh,
        reports: options.reports.clone(),
        datasets: PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets")),
        observer: Arc::new(Progress::new()),
        interrupt,
    };
    let begun = std::time::Instant::now();
    let passes = match &command.job {
        Job::Reproduce { studies, .. } => reproduce(studies, &context)?,
        Job::Study { spec, .. } => run_own(spec, &context)?,
    };
    let index = context.reports.join("index.html");
    eprintln!("done in {:.0} s; pages at {}", begun.elapsed().as_secs_f64(), index.display());
    Ok(passes)
}
