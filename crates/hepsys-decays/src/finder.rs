//! From an analysis and a table to candidates, and from a candidate to its relevance.

mod origin;
mod params;
mod signal;

pub use params::FinderParams;

use hepsys_core::{Binning, Seed};

use crate::candidates::{Found, Walk, assignments, fraction, without_negligible};
use crate::overlap::{Simulation, particle};
use crate::{
    Analysis, BranchingFraction, Candidate, Chain, DecayTable, DecaysError, Detector, Overlap, Relevance,
    TrackEvents,
};
use origin::{parents, production, spectrum};
use signal::{is_signal_like, tracks};

/// The candidates of an analysis, ready to be simulated.
///
/// Each candidate has random numbers of its own, named after its chain: what is found of it does not depend on when it is asked for.
#[derive(Debug, Clone)]
pub struct Finder {
    table: DecayTable,
    detector: Detector,
    analysis: Analysis,
    seed: Seed,
    signal: Candidate,
    signal_overlap: Overlap,
    candidates: Vec<Candidate>,
}

impl Finder {
    /// The chains that could fake the signal, those that could most first.
    #[must_use]
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// The signal as a chain; its relevance is one.
    #[must_use]
    pub fn signal(&self) -> &Candidate {
        &self.signal
    }

    /// What the simulation says of the signal.
    #[must_use]
    pub fn signal_overlap(&self) -> &Overlap {
        &self.signal_overlap
    }

    /// The table of decays.
    #[must_use]
    pub fn table(&self) -> &DecayTable {
        &self.table
    }

    /// The particles with a production fraction of which the table knows no decays: their backgrounds are not looked at.
    #[must_use]
    pub fn without_decays(&self) -> Vec<&str> {
        let names = self.detector.production.keys().map(String::as_str);
        let decays = |name: &str| self.table.find(name).is_some_and(|id| !self.table.modes(id).is_empty());
        names.filter(|name| !decays(name)).collect()
    }

    /// The analysis.
    #[must_use]
    pub fn analysis(&self) -> &Analysis {
        &self.analysis
    }

    /// Simulates events of a candidate; more events of the same `round` begin with the same ones, another round has others.
    ///
    /// # Errors
    ///
    /// [`DecaysError::Sim`] for a chain whose masses cannot be.
    pub fn simulate(
        &self,
        candidate: &Candidate,
        n_events: usize,
        round: usize,
    ) -> Result<Overlap, DecaysError> {
        let seed = self.seed.named("candidate").named(&candidate.name).index(round);
        Ok(self.simulation(candidate)?.run(n_events, seed))
    }

    /// Decays of a candidate before any detector: the tracks of its likeliest assignment, under their hypotheses.
    ///
    /// # Errors
    ///
    /// Those of [`simulate`](Self::simulate).
    pub fn tracks(
        &self,
        candidate: &Candidate,
        n_events: usize,
        seed: Seed,
    ) -> Result<TrackEvents, DecaysError> {
        Ok(self.simulation(candidate)?.tracks(&candidate.assignments[0], n_events, seed))
    }

    /// The relevance of a candidate of which this is simulated.
    #[must_use]
    pub fn relevance(&self, candidate: &Candidate, overlap: &Overlap) -> Relevance {
        Relevance::new(candidate, overlap)
    }

    /// The mass of the whole candidate in each bin, with all cuts but those on it, as relevance and its statistical error.
    ///
    /// # Errors
    ///
    /// Those of [`simulate`](Self::simulate).
    pub fn mass_spectrum(
        &self,
        candidate: &Candidate,
        binning: &Binning,
        n_events: usize,
    ) -> Result<(Vec<f64>, Vec<f64>), DecaysError> {
        let seed = self.seed.named("spectrum").named(&candidate.name);
        let (values, errors) = self.simulation(candidate)?.spectrum(binning, n_events, seed);
        let scaled = |values: Vec<f64>| values.into_iter().map(|value| candidate.scale * value).collect();
        Ok((scaled(values), scaled(errors)))
    }

    /// A number that tells what the simulations depend on from what those of other finders do.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let particles: Vec<_> =
            self.table.particles().map(|particle| self.table.properties(particle)).collect();
        let all = (&self.detector, &self.analysis, &self.candidates, particles);
        self.seed.named(&format!("{all:?}")).as_u64()
    }

    fn simulation<'a>(&'a self, candidate: &'a Candidate) -> Result<Simulation<'a>, DecaysError> {
        Ok(Simulation {
            particle: particle(&candidate.chain, &self.table, self.detector.min_width)?,
            spectrum: spectrum(&self.table, &self.detector, candidate.chain.particle())?,
            resolution: self.detector.resolution,
            acceptance: self.detector.acceptance,
            assignments: &candidate.assignments,
            hypotheses: &self.analysis.hypotheses,
            cuts: &self.analysis.cuts,
        })
    }

    fn enumerate(&self, limit: usize) -> Result<Vec<Candidate>, DecaysError> {
        let Self { table, detector, analysis, .. } = self;
        let signal_yield = self.signal_yield()?;
        let mut walk = Walk::new(table, &analysis.hypotheses, detector, limit);
        let mut candidates = Vec::new();
        for parent in parents(table, detector, analysis)? {
            let production = production(table, detector, parent)?;
            let mut found = Found::new();
            for &reach in &analysis.reach {
                walk.collect(parent, reach.min_relevance * signal_yield / production, reach, &mut found)?;
            }
            for chain in found {
                let fraction = fraction(table, &chain);
                candidates.extend(self.chain_as_candidate(chain, fraction, production / signal_yield));
            }
            if candidates.len() > limit {
                return Err(DecaysError::TooManyCandidates { limit });
            }
        }
        candidates
            .sort_by(|a, b| b.upper_bound().total_cmp(&a.upper_bound()).then_with(|| a.name.cmp(&b.name)));
        if candidates.is_empty() {
            let (analysis, min_relevance) = (analysis.name.clone(), analysis.min_relevance());
            return Err(DecaysError::NoCandidates { analysis, min_relevance });
        }
        Ok(candidates)
    }

    /// What a chain's relevance is measured in: $f_S \mathcal{B}_S P_S \kappa_S$.
    fn signal_yield(&self) -> Result<f64, DecaysError> {
        let production = production(&self.table, &self.detector, self.signal.chain.particle())?;
        Ok(production * self.signal.fraction.value * self.signal_overlap.fraction())
    }

    /// A chain as a candidate, whether or not the table has it, or it could reach the least relevance.
    ///
    /// # Errors
    ///
    /// [`DecaysError::NotProduced`] for a chain that begins with a particle without a production fraction,
    /// [`DecaysError::BadParameter`] if its tracks cannot be taken for those of the signal, or are the signal's,
    /// and [`DecaysError::Sim`] if its masses cannot be.
    pub fn candidate(&self, chain: &Chain, fraction: BranchingFraction) -> Result<Candidate, DecaysError> {
        let value = fraction.value;
        DecaysError::check((0.0..=1.0).contains(&value), "a branching fraction", "between 0 and 1", value)?;
        let chain = chain.sorted();
        particle(&chain, &self.table, self.detector.min_width)?;
        let name = chain.describe(&self.table);
        let scale = production(&self.table, &self.detector, chain.particle())? / self.signal_yield()?;
        let candidate = self.chain_as_candidate(chain, fraction, scale);
        candidate.ok_or_else(|| DecaysError::BadParameter {
            name: "a chain".to_owned(),
            expected: "one whose tracks could be taken for those of the signal".to_owned(),
            found: name,
        })
    }

    /// A chain as a candidate, unless it is the signal itself or its masses cannot be.
    fn chain_as_candidate(&self, chain: Chain, fraction: BranchingFraction, scale: f64) -> Option<Candidate> {
        let leaves = tracks(&self.table, &chain);
        let n_extra = leaves.iter().flatten().count().saturating_sub(self.analysis.hypotheses.len());
        let extra = self.detector.extra_track_factor.powi(n_extra as i32);
        let scale = scale * fraction.value * extra;
        let mut assignments = assignments(&leaves, &self.analysis.hypotheses, &self.detector);
        if is_signal_like(&chain, &self.signal.chain, &self.table) {
            assignments.retain(|assignment| !assignment.is_identity);
        }
        let assignments = without_negligible(assignments, self.analysis.min_relevance() / scale);
        if assignments.is_empty() || particle(&chain, &self.table, self.detector.min_width).is_err() {
            return None;
        }
        let name = chain.describe(&self.table);
        Some(Candidate { chain, name, fraction, assignments, scale })
    }
}
