//! Jobs made of steps: each is named and timed, and a table of times ends the job.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::Result;

/// The steps done so far.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<Step>,
}

struct Step {
    name: String,
    time: Duration,
    passed: bool,
}

impl Steps {
    /// Does one step; a failing step ends the job when the caller passes the error on.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce() -> Result) -> Result {
        println!("\n=== {name}");
        let start = Instant::now();
        let result = work();
        let step = Step { name: name.to_owned(), time: start.elapsed(), passed: result.is_ok() };
        println!("=== {name}: {} in {}", step.verdict(), seconds(step.time));
        self.done.push(step);
        result.map_err(|error| format!("{name}: {error}").into())
    }

    /// Does one step that is a command.
    pub(crate) fn command(&mut self, name: &str, command: &mut Command) -> Result {
        self.step(name, || run(command))
    }

    /// The wall time of each step and of all.
    pub(crate) fn table(&self) -> String {
        let width =
            self.done.iter().map(|step| step.name.chars().count()).max().unwrap_or(0).max("total".len());
        let mut table = String::new();
        for step in &self.done {
            table += &format!("{:width$}  {:>10}  {}\n", step.name, seconds(step.time), step.verdict());
        }
        let total = self.done.iter().map(|step| step.time).sum();
        table + &format!("{:width$}  {:>10}\n", "total", seconds(total))
    }
}

impl Step {
    fn verdict(&self) -> &'static str {
        if self.passed { "ok" } else { "FAILED" }
    }
}

/// Runs a command to its end, its output going to the terminal.
pub(crate) fn run(command: &mut Command) -> Result {
    let status = command.status().map_err(|error| format!("cannot start {command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} ended with {status}").into()) }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_step_stands_in_the_table_and_gives_its_error_on() {
        let mut steps = Steps::default();
        steps.step("first", || Ok(())).unwrap();
        let error = steps.step("second", || Err("out of luck".into())).unwrap_err();
        assert_eq!(error.to_string(), "second: out of luck");
        let table = steps.table();
        let lines: Vec<&str> = table.lines().collect();
        assert!(lines[0].starts_with("first") && lines[0].ends_with("ok"), "{table}");
        assert!(lines[1].starts_with("second") && lines[1].ends_with("FAILED"), "{table}");
        assert!(lines[2].starts_with("total"), "{table}");
    }

    #[test]
    fn a_command_that_fails_is_an_error() {
        assert!(
            run(Command::new("cargo").arg("--no-such-flag").stderr(std::process::Stdio::null())).is_err()
        );
    }
}
