//! `reproduce-paper` and `study`: both build the experiments in release mode and become them.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::{Args, ValueEnum};

use crate::Result;
use crate::workspace::{cargo, root};

/// Run the studies of published results, compare, and write a page for each and an index page
///
/// Pages and `summary.json` go to target/reports/. The exit code is 1 when a judged quantity misses its
/// tolerance, after all pages are written.
#[derive(Args)]
pub(crate) struct ReproducePaper {
    /// Which studies to run; all of them if none is named
    studies: Vec<String>,
    #[command(flatten)]
    options: Options,
}

/// Run a study of your own: data, features, nuisances, network and toys from a TOML file
#[derive(Args)]
pub(crate) struct Study {
    /// The specification, as docs/studies.md describes it
    spec: PathBuf,
    #[command(flatten)]
    options: Options,
}

#[derive(Args, Default)]
struct Options {
    /// How much statistics: minutes, the judged quantities at a quarter of the published statistics, or all
    #[arg(long, value_enum)]
    profile: Option<Profile>,
    /// Where networks are trained; all but `cpu` build the experiments with the feature of that name
    #[arg(long, value_enum)]
    device: Option<Device>,
    /// The one seed that every random stream starts from
    #[arg(long)]
    seed: Option<u64>,
    /// Run every n-th toy, starting at the i-th: `--shard 1/8`; a later run without shards merges them
    #[arg(long, value_name = "i/n")]
    shard: Option<String>,
    /// Forget the toys of earlier runs
    #[arg(long)]
    fresh: bool,
    /// Where reports go: target/reports of the workspace unless given
    #[arg(long)]
    reports: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Profile {
    Quick,
    Standard,
    Full,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Device {
    Cpu,
    Ndarray,
    Wgpu,
}

impl ReproducePaper {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let mut command = experiments(&self.options);
        command.arg("reproduce").args(&self.studies).args(self.options.arguments());
        become_command(&mut command)
    }
}

impl Study {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let mut command = experiments(&self.options);
        command.arg("study").arg(&self.spec).args(self.options.arguments());
        become_command(&mut command)
    }
}

impl Options {
    /// What the experiments are told.
    fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        let mut option = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                arguments.extend([format!("--{name}"), value]);
            }
        };
        option("profile", self.profile.as_ref().map(name_of));
        option("device", self.device.as_ref().map(name_of));
        option("seed", self.seed.map(|seed| seed.to_string()));
        option("shard", self.shard.clone());
        if self.fresh {
            arguments.push("--fresh".to_owned());
        }
        let reports = self.reports.clone().unwrap_or_else(|| root().join("target").join("reports"));
        arguments.extend(["--reports".to_owned(), reports.display().to_string()]);
        arguments
    }

    /// The cargo feature that the device needs.
    fn feature(&self) -> Option<&'static str> {
        match self.device {
            None | Some(Device::Cpu) => None,
            Some(Device::Ndarray) => Some("ndarray"),
            Some(Device::Wgpu) => Some("wgpu"),
        }
    }
}

/// The name of a choice on the command line.
fn name_of(choice: &impl ValueEnum) -> String {
    choice.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// `cargo run` of the experiments, up to and including the `--`.
fn experiments(options: &Options) -> Command {
    let mut command = cargo();
    command.args(["run", "--release", "--package", "hepsys-experiments", "--bin", "hepsys-experiments"]);
    command.arg("--manifest-path").arg(root().join("Cargo.toml"));
    if let Some(feature) = options.feature() {
        command.args(["--features", feature]);
    }
    command.arg("--");
    command
}

/// Replaces this process, so that signals, the terminal and the exit code are those of the experiments.
#[cfg(unix)]
fn become_command(command: &mut Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    // `exec` comes back only when it could not start the command.
    Err(format!("cannot start {command:?}: {}", command.exec()).into())
}

/// Runs the experiments and passes their exit code on.
#[cfg(not(unix))]
fn become_command(command: &mut Command) -> Result<ExitCode> {
    let status = command.status().map_err(|error| format!("cannot start {command:?}: {error}"))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_passed_on_as_the_experiments_spell_them() {
        let options = Options {
            profile: Some(Profile::Standard),
            device: Some(Device::Wgpu),
            seed: Some(7),
            shard: Some("2/8".to_owned()),
            fresh: true,
            reports: Some("out".into()),
        };
        let expected = "--profile standard --device wgpu --seed 7 --shard 2/8 --fresh --reports out";
        assert_eq!(options.arguments().join(" "), expected);
    }

    #[test]
    fn reports_go_to_the_workspace_wherever_the_command_is_given() {
        let [name, folder] = Options::default().arguments().try_into().unwrap();
        assert_eq!(name, "--reports");
        assert!(PathBuf::from(folder).starts_with(root()));
    }

    #[test]
    fn a_device_brings_its_feature_and_the_cpu_brings_none() {
        let feature = |device| Options { device, ..Options::default() }.feature();
        assert_eq!(feature(Some(Device::Wgpu)), Some("wgpu"));
        assert_eq!(feature(Some(Device::Ndarray)), Some("ndarray"));
        assert_eq!(feature(Some(Device::Cpu)), None);
        assert_eq!(feature(None), None);
    }
}
