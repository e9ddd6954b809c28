//! The record of a run: a set-up file, raw numbers, and a summary that can be read.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::workspace::output;

pub(super) struct Record {
    date: String,
    machine: String,
    setup: Setup,
    timings: Vec<Timing>,
    /// Name and output of each peer's script.
    peers: Vec<(String, String)>,
}

/// What the numbers depend on.
#[derive(Serialize)]
struct Setup {
    processor: String,
    threads: usize,
    system: String,
    rustc: String,
    commit: String,
}

/// One benchmark's time, in nanoseconds a call.
#[derive(Serialize)]
struct Timing {
    benchmark: String,
    median_ns: f64,
    /// Of the median, at 95 % confidence.
    low_ns: f64,
    high_ns: f64,
}

/// The parts that we need of criterion's `benchmark.json` and `estimates.json`.
#[derive(Deserialize)]
struct Benchmark {
    full_id: String,
}

#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    confidence_interval: Interval,
    point_estimate: f64,
}

#[derive(Deserialize)]
struct Interval {
    lower_bound: f64,
    upper_bound: f64,
}

impl Record {
    /// Gathers what criterion wrote since a moment, and what it was measured on.
    pub(super) fn since(
        start: SystemTime,
        criterion: &Path,
        machine: Option<&str>,
        peers: Vec<(String, String)>,
    ) -> Result<Self> {
        let mut timings = Vec::new();
        gather(criterion, start, &mut timings)?;
        timings.sort_by(|a, b| a.benchmark.cmp(&b.benchmark));
        let setup = Setup::of_this_machine();
        let machine = slug(machine.unwrap_or(&setup.processor));
        let days = start.duration_since(UNIX_EPOCH)?.as_secs() / 86_400;
        Ok(Self { date: date(days), machine, setup, timings, peers })
    }

    /// Writes the folder `<date>-<machine>`; a second run on the same day replaces the first.
    pub(super) fn write(&self, runs: &Path) -> Result<PathBuf> {
        let folder = runs.join(format!("{}-{}", self.date, self.machine));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("setup.toml"), toml::to_string(&self.setup)?)?;
        let lines: Vec<String> =
            self.timings.iter().map(serde_json::to_string).collect::<std::result::Result<_, _>>()?;
        std::fs::write(folder.join("raw.jsonl"), lines.join("\n") + "\n")?;
        for (name, output) in &self.peers {
            std::fs::write(folder.join(format!("peer-{name}.txt")), output)?;
        }
        std::fs::write(folder.join("summary.md"), self.summary())?;
        Ok(folder)
    }

    fn summary(&self) -> String {
        let setup = &self.setup;
        let mut page = format!(
            "# Benchmarks of {}\n\n{}, {} threads, {}, {}, commit {}.\n\n",
            self.date, setup.processor, setup.threads, setup.system, setup.rustc, setup.commit
        );
        page += "| benchmark | median | 95 % interval |\n| --- | --- | --- |\n";
        for timing in &self.timings {
            let Timing { benchmark, median_ns, low_ns, high_ns } = timing;
            page +=
                &format!("| {benchmark} | {} | {} – {} |\n", time(*median_ns), time(*low_ns), time(*high_ns));
        }
        for (name, output) in &self.peers {
            page += &format!("\n## Peer: {name}\n\n```text\n{}\n```\n", output.trim_end());
        }
        page
    }
}

impl Setup {
    fn of_this_machine() -> Self {
        let first_line = |command: &mut Command| {
            let text = output(command).unwrap_or_default();
            text.lines().next().unwrap_or("unknown").trim().to_owned()
        };
        let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        Self {
            processor: model.map_or(std::env::consts::ARCH, |(_, name)| name.trim()).to_owned(),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            system: std::env::consts::OS.to_owned(),
            rustc: first_line(Command::new("rustc").arg("--version")),
            commit: first_line(Command::new("git").args(["rev-parse", "--short", "HEAD"])),
        }
    }
}

/// Looks for `new/estimates.json` below criterion's folder.
fn gather(folder: &Path, start: SystemTime, timings: &mut Vec<Timing>) -> Result {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let estimates = path.join("estimates.json");
        if path.ends_with("new") && estimates.is_file() {
            if std::fs::metadata(&estimates)?.modified()? >= start {
                timings.push(timing(&path)?);
            }
        } else if path.is_dir() {
            gather(&path, start, timings)?;
        }
    }
    Ok(())
}

fn timing(folder: &Path) -> Result<Timing> {
    let read = |name: &str| std::fs::read_to_string(folder.join(name));
    let Benchmark { full_id } = serde_json::from_str(&read("benchmark.json")?)?;
    let Estimates { median } = serde_json::from_str(&read("estimates.json")?)?;
    let Interval { lower_bound, upper_bound } = median.confidence_interval;
    Ok(Timing {
        benchmark: full_id,
        median_ns: median.point_estimate,
        low_ns: lower_bound,
        high_ns: upper_bound,
    })
}

/// A name that can be part of a folder's.
fn slug(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

/// Year, month and day in the Gregorian calendar, from days since 1970.
fn date(days: u64) -> String {
    // Years begin in March, so that a leap day is the last day of its year; 400 years have 146 097 days.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02}")
}

fn time(ns: f64) -> String {
    match ns {
        ns if ns < 1e3 => format!("{ns:.1} ns"),
        ns if ns < 1e6 => format!("{:.2} µs", ns / 1e3),
        ns if ns < 1e9 => format!("{:.2} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_agree_with_the_calendar() {
        for (days, expected) in
            [(0, "1970-01-01"), (11_016, "2000-02-29"), (11_017, "2000-03-01"), (20_453, "2025-12-31")]
        {
            assert_eq!(date(days), expected);
        }
    }

    #[test]
    fn a_record_holds_setup_raw_numbers_and_summary() {
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("criterion/nplm_fit/events=100/new");
        std::fs::create_dir_all(&new).unwrap();
        std::fs::write(new.join("benchmark.json"), r#"{"full_id": "nplm_fit/events=100", "title": "x"}"#)
            .unwrap();
        let interval = r#"{"confidence_interval": {"confidence_level": 0.95, "lower_bound": 1400.0, "upper_bound": 1600.0},
                           "point_estimate": 1500.0, "standard_error": 50.0}"#;
        std::fs::write(
            new.join("estimates.json"),
            format!(r#"{{"median": {interval}, "mean": {interval}}}"#),
        )
        .unwrap();
        let peers = vec![("nplm_torch".to_owned(), "10 ms\n".to_owned())];
        let criterion = folder.path().join("criterion");
        let record = Record::since(UNIX_EPOCH, &criterion, Some("Test Machine (R)"), peers).unwrap();
        let written = record.write(&folder.path().join("runs")).unwrap();
        assert!(written.ends_with("1970-01-01-test-machine-r"), "{written:?}");
        let read = |name: &str| std::fs::read_to_string(written.join(name)).unwrap();
        assert!(read("setup.toml").contains("rustc = "));
        assert!(read("raw.jsonl").contains(r#""median_ns":1500.0"#));
        assert!(read("summary.md").contains("| nplm_fit/events=100 | 1.50 µs | 1.40 µs – 1.60 µs |"));
        assert_eq!(read("peer-nplm_torch.txt"), "10 ms\n");
    }

    #[test]
    fn numbers_of_an_earlier_run_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("a/new")).unwrap();
        std::fs::write(folder.path().join("a/new/estimates.json"), "{}").unwrap();
        let tomorrow = SystemTime::now() + std::time::Duration::from_secs(86_400);
        let mut timings = Vec::new();
        gather(folder.path(), tomorrow, &mut timings).unwrap();
        assert!(timings.is_empty());
    }
}
