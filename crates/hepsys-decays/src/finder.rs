//! From an analysis and a table to candidates, and from a candidate to its relevance.

use hepsys_core::{Binning, Seed};
use hepsys_sim::ProductionSpectrum;

use crate::candidates::{Found, Walk, assignments, fraction, without_negligible};
use crate::overlap::{Simulation, particle};
use crate::pdg::open_flavour;
use crate::{
    Analysis, Assignment, BranchingFraction, Candidate, Chain, DecayTable, DecaysError, Detector, Overlap,
    Parents, ParticleId, Relevance, Track, TrackEvents,
};

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

/// Whether a chain begins and ends with the same particles as the signal or its charge conjugate.
fn is_signal_like(chain: &Chain, signal: &Chain, table: &DecayTable) -> bool {
    let sorted = |chain: &Chain| {
        let mut leaves = chain.leaves();
        leaves.sort_unstable();
        leaves
    };
    let is_like = |other: &Chain| chain.particle() == other.particle() && sorted(chain) == sorted(other);
    is_like(signal) || is_like(&signal.conjugate(table))
}

fn tracks(table: &DecayTable, chain: &Chain) -> Vec<Option<(Track, i32)>> {
    chain.leaves().into_iter().map(|leaf| table.track(leaf)).collect()
}

/// The signal with the one assignment in which every track is what it is taken for.
fn signal(table: &DecayTable, detector: &Detector, analysis: &Analysis) -> Result<Candidate, DecaysError> {
    let name = &analysis.signal.parent;
    let context = format!("the signal of \"{}\"", analysis.name);
    let parent = table.require(name, &context)?;
    for &(track, _) in &analysis.hypotheses {
        let p = detector.probability(track, track);
        let what = format!("the probability in [pid] that {track} is taken for itself");
        DecaysError::check(p > 0.0, &what, &format!("positive for \"{}\"", analysis.name), p)?;
    }
    let read = |text: &String| {
        Chain::parse(text, table).map_err(|error| match error {
            DecaysError::UnknownParticle { name, .. } => {
                DecaysError::UnknownParticle { context: context.clone(), name }
            }
            other => other,
        })
    };
    let daughters = analysis.signal.daughters.iter().map(read);
    let chain = Chain::new(parent, daughters.collect::<Result<_, _>>()?);
    let all = assignments(&tracks(table, &chain), &analysis.hypotheses, detector);
    let identity: Vec<Assignment> = all.into_iter().filter(|assignment| assignment.is_identity).collect();
    let words = chain.describe(table);
    DecaysError::check(!identity.is_empty(), "the signal", "made of the tracks of the hypotheses", &words)?;
    let value = analysis.signal.branching_fraction;
    let fraction = BranchingFraction::listed(value);
    Ok(Candidate { chain, name: words, fraction, assignments: identity, scale: 1.0 })
}

/// The particles that backgrounds begin with, antiparticles included.
fn parents(
    table: &DecayTable,
    detector: &Detector,
    analysis: &Analysis,
) -> Result<Vec<ParticleId>, DecaysError> {
    let context = format!("the parents of \"{}\"", analysis.name);
    let mut parents = Vec::new();
    let names: Vec<&String> = match &analysis.parents {
        Parents::Named(names) => names.iter().collect(),
        Parents::Flavour(_) => detector.production.keys().collect(),
    };
    for name in names {
        let parent = match &analysis.parents {
            Parents::Named(_) => table.require(name, &context)?,
            Parents::Flavour(flavour) => {
                // A particle that is produced, but that the table says nothing of, has no decays to look at.
                let Some(parent) = table.find(name) else { continue };
                let of = table.properties(parent).and_then(|properties| open_flavour(properties.pdg_id));
                if of != Some(*flavour) {
                    continue;
                }
                parent
            }
        };
        parents.extend([parent, table.antiparticle(parent)]);
    }
    parents.sort_unstable();
    parents.dedup();
    Ok(parents)
}

/// How often a particle or its antiparticle is produced.
fn production(table: &DecayTable, detector: &Detector, particle: ParticleId) -> Result<f64, DecaysError> {
    let names = [table.name(particle), table.name(table.antiparticle(particle))];
    names
        .iter()
        .find_map(|name| detector.production.get(*name))
        .copied()
        .ok_or_else(|| DecaysError::NotProduced { name: names[0].to_owned(), what: "production fraction" })
}

fn spectrum(
    table: &DecayTable,
    detector: &Detector,
    particle: ParticleId,
) -> Result<ProductionSpectrum, DecaysError> {
    let flavour = table.properties(particle).and_then(|properties| open_flavour(properties.pdg_id));
    flavour.and_then(|flavour| detector.spectra.get(&flavour)).copied().ok_or_else(|| {
        let what = "production spectrum: give p0 for its flavour";
        DecaysError::NotProduced { name: table.name(particle).to_owned(), what }
    })
}
