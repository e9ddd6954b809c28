use hepsys_core::{Binning, Seed, Stream};
use hepsys_sim::{Acceptance, FourMomentum, MomentumResolution, Particle, ProductionSpectrum, SimError};
use rayon::prelude::*;

use super::{Overlap, TrackEvents};
use crate::{Assignment, Chain, DecayTable, MassCut, Track};

/// Events that are simulated in one go: enough for the blocks of phase space, few enough to stay in memory and to share among threads.
const CHUNK: usize = 4096;

/// The particle that a chain begins with, as the simulation knows it; resonances narrower than `min_width` keep their mass.
pub(crate) fn particle(chain: &Chain, table: &DecayTable, min_width: f64) -> Result<Particle, SimError> {
    let properties = table.properties(chain.particle());
    let particle = Particle::new(properties.map_or(0.0, |properties| properties.mass))?;
    if chain.daughters().is_empty() {
        return Ok(particle);
    }
    let width = properties.map_or(0.0, |properties| properties.width);
    let particle = particle.with_width(if width > min_width { width } else { 0.0 })?;
    match chain.daughters() {
        // A particle that turns into another, as in a mixture of states.
        [one] => self::particle(one, table, min_width),
        daughters => {
            let daughters = daughters.iter().map(|daughter| self::particle(daughter, table, min_width));
            particle.decaying_to(daughters.collect::<Result<Vec<_>, _>>()?)
        }
    }
}

/// A chain and a selection, ready to be simulated.
pub(crate) struct Simulation<'a> {
    pub(crate) particle: Particle,
    pub(crate) spectrum: ProductionSpectrum,
    pub(crate) resolution: MomentumResolution,
    pub(crate) acceptance: Acceptance,
    pub(crate) assignments: &'a [Assignment],
    pub(crate) hypotheses: &'a [(Track, i32)],
    pub(crate) cuts: &'a [MassCut],
}

/// A measured event: the momenta of the tracks, and which are seen.
struct Measured {
    momenta: Vec<FourMomentum>,
    is_seen: Vec<bool>,
}

/// Weights of all events, and for each bin the sums of weights and of their squares.
struct Histogram {
    total: f64,
    bins: Vec<[f64; 2]>,
}

impl Simulation<'_> {
    /// Simulates `n_events` more, whose random numbers are those of `seed`, whatever the number of threads.
    pub(crate) fn run(&self, n_events: usize, seed: Seed) -> Overlap {
        let chunks: Vec<Overlap> = self
            .chunks(n_events)
            .map(|(i, n)| {
                let mut overlap = Overlap::new(self.assignments.len());
                self.simulate(n, seed.index(i), |weight, event| {
                    let mut g = 0.0;
                    if let Some(event) = event {
                        for (assignment, passed) in self.assignments.iter().zip(&mut overlap.passed) {
                            if self.passes(assignment, event, self.cuts) {
                                g += assignment.probability;
                                *passed = [passed[0] + weight, passed[1] + weight * weight];
                            }
                        }
                    }
                    overlap.n_events += 1;
                    overlap.w += weight;
                    overlap.ww += weight * weight;
                    overlap.wg += weight * g;
                    overlap.wwg += weight * weight * g;
                    overlap.wwgg += weight * weight * g * g;
                });
                overlap
            })
            .collect();
        let mut sum = Overlap::new(self.assignments.len());
        for chunk in &chunks {
            sum.add(chunk);
        }
        sum
    }

    /// The spectrum of the mass of the whole candidate with all other cuts: for each bin the mean of $\sum_a P_a$ per event, and its error.
    pub(crate) fn spectrum(&self, binning: &Binning, n_events: usize, seed: Seed) -> (Vec<f64>, Vec<f64>) {
        let all: Vec<usize> = (0..self.hypotheses.len()).collect();
        let others: Vec<MassCut> = self.cuts.iter().filter(|cut| cut.of.len() < all.len()).cloned().collect();
        let n_bins = binning.n_bins();
        let chunks = self.chunks(n_events).map(|(i, n)| {
            let mut histogram = Histogram { total: 0.0, bins: vec![[0.0; 2]; n_bins] };
            self.simulate(n, seed.index(i), |weight, event| {
                histogram.total += weight;
                let Some(event) = event else { return };
                // Assignments of one event are no independent events: a bin adds them before it squares.
                let mut in_bins: Vec<(usize, f64)> = Vec::new();
                for assignment in self.assignments {
                    if !self.passes(assignment, event, &others) {
                        continue;
                    }
                    let mass = self.mass_squared(assignment, event, &all).max(0.0).sqrt();
                    let Some(bin) = binning.index_of(mass) else { continue };
                    let g = weight * assignment.probability;
                    match in_bins.iter_mut().find(|(of, _)| *of == bin) {
                        Some((_, sum)) => *sum += g,
                        None => in_bins.push((bin, g)),
                    }
                }
                for (bin, g) in in_bins {
                    histogram.bins[bin][0] += g;
                    histogram.bins[bin][1] += g * g;
                }
            });
            histogram
        });
        let mut sum = Histogram { total: 0.0, bins: vec![[0.0; 2]; n_bins] };
        for chunk in chunks.collect::<Vec<_>>() {
            sum.total += chunk.total;
            for (sum, bin) in sum.bins.iter_mut().zip(chunk.bins) {
                *sum = [sum[0] + bin[0], sum[1] + bin[1]];
            }
        }
        let total = if sum.total > 0.0 { sum.total } else { 1.0 };
        sum.bins.iter().map(|[w, ww]| (w / total, ww.sqrt() / total)).unzip()
    }

    /// The tracks of one assignment before any detector.
    pub(crate) fn tracks(&self, assignment: &Assignment, n_events: usize, seed: Seed) -> TrackEvents {
        let chunks = self.chunks(n_events).map(|(i, n)| {
            let seed = seed.index(i);
            let events = self.particle.decay_weighted(
                &self.parents(n, &mut seed.named("production").stream()),
                &mut seed.named("decay").stream(),
            );
            let (mut momenta, mut weights) = (Vec::new(), Vec::new());
            for (event, &weight) in
                events.momenta().zip(events.weights()).filter(|(_, weight)| **weight > 0.0)
            {
                weights.push(weight);
                momenta.extend(assignment.leaves.iter().zip(self.hypotheses).map(|(&leaf, (track, _))| {
                    let [px, py, pz] = event[leaf].momentum();
                    FourMomentum::of_mass(track.mass(), px, py, pz)
                }));
            }
            (momenta, weights)
        });
        let mut all =
            TrackEvents { n_tracks: self.hypotheses.len(), momenta: Vec::new(), weights: Vec::new() };
        for (momenta, weights) in chunks.collect::<Vec<_>>() {
            all.momenta.extend(momenta);
            all.weights.extend(weights);
        }
        all
    }

    fn parents(&self, n_events: usize, stream: &mut Stream) -> Vec<FourMomentum> {
        let mass = self.particle.mass();
        (0..n_events).map(|_| self.spectrum.sample(mass, stream)).collect()
    }

    fn chunks(&self, n_events: usize) -> impl IndexedParallelIterator<Item = (usize, usize)> {
        let n_chunks = n_events.div_ceil(CHUNK);
        (0..n_chunks).into_par_iter().map(move |i| (i, CHUNK.min(n_events - i * CHUNK)))
    }

    /// Calls `see` with the weight of each event, and what is measured of it unless too little is seen.
    fn simulate(&self, n_events: usize, seed: Seed, mut see: impl FnMut(f64, Option<&Measured>)) {
        let flying = self.parents(n_events, &mut seed.named("production").stream());
        let events = self.particle.decay_weighted(&flying, &mut seed.named("decay").stream());
        let mut stream = seed.named("tracks").stream();
        let n_leaves = events.momenta().next().map_or(0, <[_]>::len);
        let is_used: Vec<bool> = (0..n_leaves)
            .map(|leaf| self.assignments.iter().any(|assignment| assignment.leaves.contains(&leaf)))
            .collect();
        let mut measured =
            Measured { momenta: vec![FourMomentum::default(); n_leaves], is_seen: vec![false; n_leaves] };
        for (event, &weight) in events.momenta().zip(events.weights()) {
            if weight <= 0.0 {
                see(0.0, None);
                continue;
            }
            let mut n_seen = 0;
            for (leaf, momentum) in event.iter().enumerate().filter(|(leaf, _)| is_used[*leaf]) {
                measured.momenta[leaf] = self.resolution.smear(momentum, &mut stream);
                measured.is_seen[leaf] = self.acceptance.accepts(&measured.momenta[leaf]);
                n_seen += usize::from(measured.is_seen[leaf]);
            }
            see(weight, (n_seen >= self.hypotheses.len()).then_some(&measured));
        }
    }

    fn passes(&self, assignment: &Assignment, event: &Measured, cuts: &[MassCut]) -> bool {
        assignment.leaves.iter().all(|&leaf| event.is_seen[leaf])
            && cuts.iter().all(|cut| {
                let mass_squared = self.mass_squared(assignment, event, &cut.of);
                let [low, high] = cut.window;
                (low * low < mass_squared && mass_squared < high * high) == cut.keep
            })
    }

    /// The mass squared of these tracks under their hypotheses, in GeV².
    ///
    /// The plain difference of squares: of energies of hundreds of GeV, rounding leaves 1e-10 GeV².
    fn mass_squared(&self, assignment: &Assignment, event: &Measured, of: &[usize]) -> f64 {
        let (mut e, mut px, mut py, mut pz) = (0.0, 0.0, 0.0, 0.0);
        for &k in of {
            let track = &event.momenta[assignment.leaves[k]];
            let mass = self.hypotheses[k].0.mass();
            e += (track.px * track.px + track.py * track.py + track.pz * track.pz + mass * mass).sqrt();
            px += track.px;
            py += track.py;
            pz += track.pz;
        }
        e * e - px * px - py * py - pz * pz
    }
}
