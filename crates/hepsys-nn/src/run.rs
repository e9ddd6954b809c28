use std::fmt;
use std::sync::Arc;

use hepsys_core::{Interrupt, Observer, Seed, Silent};

use crate::Device;

/// The context of a fit: the device it runs on, the seed of its random streams, and who looks on.
///
/// ```
/// use hepsys_nn::{Device, Run};
/// let run = Run::on(Device::flex()).seed(42);
/// let start = run.named("starts").index(3);
/// assert_ne!(start.streams(), run.streams());
/// ```
#[derive(Clone)]
pub struct Run {
    device: Device,
    streams: Seed,
    observer: Arc<dyn Observer>,
    interrupt: Interrupt,
}

impl Run {
    /// A run on this device, with seed zero and nobody looking on.
    #[must_use]
    pub fn on(device: Device) -> Self {
        Self { device, streams: Seed::new(0), observer: Arc::new(Silent), interrupt: Interrupt::new() }
    }

    /// The same run with this seed.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        self.seeded(Seed::new(seed))
    }

    /// The same run with a seed that belongs to somebody's stream, such as a toy's.
    #[must_use]
    pub fn seeded(mut self, seed: Seed) -> Self {
        self.streams = seed;
        self
    }

    /// The same run, reporting to `observer`.
    #[must_use]
    pub fn observed_by(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// The same run, stopping when `interrupt` is requested.
    #[must_use]
    pub fn interrupted_by(mut self, interrupt: Interrupt) -> Self {
        self.interrupt = interrupt;
        self
    }

    /// The run of a part called `name`: its random numbers are its own.
    #[must_use]
    pub fn named(&self, name: &str) -> Self {
        self.clone().seeded(self.streams.named(name))
    }

    /// The run of the member with this index.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.clone().seeded(self.streams.index(index))
    }

    /// The device.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The seed that named streams come from.
    #[must_use]
    pub fn streams(&self) -> Seed {
        self.streams
    }

    /// Who looks on.
    #[must_use]
    pub fn observer(&self) -> &dyn Observer {
        &*self.observer
    }

    /// What asks the run to stop.
    #[must_use]
    pub fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("device", &self.device)
            .field("streams", &self.streams)
            .field("interrupt", &self.interrupt)
            .finish_non_exhaustive()
    }
}
