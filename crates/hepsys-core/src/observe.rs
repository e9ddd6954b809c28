use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What wants to know how far long work is: a progress bar, a log, nobody.
///
/// Libraries report here and never print.
pub trait Observer: Send + Sync {
    /// `task` begins and has `total` steps.
    fn started(&self, task: &str, total: u64);
    /// `done` steps of `task` are finished; `message` says what there is to say, such as the loss.
    fn advanced(&self, task: &str, done: u64, message: &str);
    /// `task` is over.
    fn finished(&self, task: &str);
}

/// The observer that does not care.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn started(&self, _task: &str, _total: u64) {}
    fn advanced(&self, _task: &str, _done: u64, _message: &str) {}
    fn finished(&self, _task: &str) {}
}

/// A request to stop, shared between the one who asks and the work that looks for it between its steps.
///
/// ```
/// use hepsys_core::Interrupt;
/// let interrupt = Interrupt::new();
/// let in_the_work = interrupt.clone();
/// interrupt.request();
/// assert!(in_the_work.is_requested());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// An interrupt that nobody has requested yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the work to stop at its next step.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
