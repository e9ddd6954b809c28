//! Progress for people: bars on a terminal, plain lines elsewhere.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hepsys_core::Observer;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// How often a plain line is written at the most.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// Reports to standard error.
pub struct Progress {
    bars: Option<MultiProgress>,
    tasks: Mutex<HashMap<String, Task>>,
}

struct Task {
    total: u64,
    begun: Instant,
    last_line: Instant,
    /// Steps that were done before this process began, and take no time now.
    resumed: Option<u64>,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Bars where standard error is a terminal, plain lines where it is not.
    #[must_use]
    pub fn new() -> Self {
        let bars = std::io::stderr().is_terminal().then(MultiProgress::new);
        Self { bars, tasks: Mutex::default() }
    }

    fn with<R>(&self, f: impl FnOnce(&mut HashMap<String, Task>) -> R) -> R {
        f(&mut self.tasks.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Observer for Progress {
    fn started(&self, task: &str, total: u64) {
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new(total).with_message(task.to_owned()));
            let style = "{msg:32} {bar:32} {pos}/{len}  {elapsed_precise}, {eta} left";
            // The template is fixed and known to parse; the default style would do as well.
            bar.set_style(
                ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar
        });
        if bar.is_none() {
            eprintln!("{task}: 0 of {total}");
        }
        let now = Instant::now();
        self.with(|tasks| {
            tasks.insert(task.to_owned(), Task { total, begun: now, last_line: now, resumed: None, bar });
        });
    }

    fn advanced(&self, task: &str, done: u64, message: &str) {
        self.with(|tasks| {
            let Some(t) = tasks.get_mut(task) else { return };
            if let Some(bar) = &t.bar {
                bar.set_position(done);
                return;
            }
            if t.resumed.is_none() && done > 1 {
                eprintln!("{task}: {done} of {} {message}", t.total);
                t.resumed = Some(done);
                return;
            }
            let resumed = *t.resumed.get_or_insert(0);
            if t.last_line.elapsed() < BETWEEN_LINES && done < t.total {
                return;
            }
            t.last_line = Instant::now();
            let elapsed = t.begun.elapsed().as_secs_f64();
            let left = elapsed * (t.total - done.min(t.total)) as f64 / (done - resumed).max(1) as f64;
            let message = if message.is_empty() { String::new() } else { format!(" ({message})") };
            eprintln!("{task}: {done} of {}, {elapsed:.0} s, {left:.0} s left{message}", t.total);
        });
    }

    fn finished(&self, task: &str) {
        if let Some(Task { bar: Some(bar), .. }) = self.with(|tasks| tasks.remove(task)) {
            bar.finish_and_clear();
        }
    }
}
