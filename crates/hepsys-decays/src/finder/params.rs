use hepsys_core::Seed;

use super::Finder;
use super::signal::signal;
use crate::{Analysis, DecayTable, DecaysError, Detector, Overlap};

/// Where backgrounds are looked for; [`check`](Self::check) finds the chains that could be one.
#[derive(Debug, Clone)]
pub struct FinderParams {
    table: DecayTable,
    detector: Detector,
    analysis: Analysis,
    signal_events: usize,
    max_candidates: usize,
    seed: Seed,
}

impl FinderParams {
    /// The backgrounds of an analysis with a detector, among the decays of a table.
    #[must_use]
    pub fn new(table: DecayTable, detector: Detector, analysis: Analysis) -> Self {
        Self {
            table,
            detector,
            analysis,
            signal_events: 200_000,
            max_candidates: 200_000,
            seed: Seed::new(1),
        }
    }

    /// The same question to another table, such as one with modes that nobody measured.
    #[must_use]
    pub fn table(mut self, table: DecayTable) -> Self {
        self.table = table;
        self
    }

    /// How many decays of the signal are simulated, 200 000 by default; their error is common to all relevances.
    #[must_use]
    pub fn signal_events(mut self, n_events: usize) -> Self {
        self.signal_events = n_events;
        self
    }

    /// How many chains may be found before it is an error, 200 000 by default.
    #[must_use]
    pub fn max_candidates(mut self, limit: usize) -> Self {
        self.max_candidates = limit;
        self
    }

    /// The seed of all simulations.
    #[must_use]
    pub fn seed(mut self, seed: Seed) -> Self {
        self.seed = seed;
        self
    }

    /// Simulates the signal, and finds all chains that could reach the least relevance.
    ///
    /// # Errors
    ///
    /// [`DecaysError::UnknownParticle`] for names that the table does not know, [`DecaysError::BadParameter`] for numbers that make no sense,
    /// [`DecaysError::NoSignal`] if no signal passes, [`DecaysError::TooManyCandidates`] or [`DecaysError::NoCandidates`].
    pub fn check(self) -> Result<Finder, DecaysError> {
        self.detector.check()?;
        self.analysis.check()?;
        DecaysError::check(self.signal_events > 0, "the number of signal events", "positive", 0)?;
        let Self { table, detector, analysis, signal_events, max_candidates, seed } = self;
        let signal = signal(&table, &detector, &analysis)?;
        let mut finder = Finder {
            table,
            detector,
            analysis,
            seed,
            signal,
            signal_overlap: Overlap::default(),
            candidates: Vec::new(),
        };
        let simulation = finder.simulation(&finder.signal)?;
        let overlap = simulation.run(signal_events, seed.named("signal"));
        if overlap.fraction() <= 0.0 {
            let analysis = finder.analysis.name.clone();
            return Err(DecaysError::NoSignal { analysis, n_events: signal_events });
        }
        // The signal's own relevance is one.
        finder.signal.scale = 1.0 / overlap.fraction();
        finder.signal_overlap = overlap;
        finder.candidates = finder.enumerate(max_candidates)?;
        Ok(finder)
    }
}
