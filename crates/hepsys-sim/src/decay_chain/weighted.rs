//! Chains with weights, in blocks of events: the fast way, and the one for resonances.

use hepsys_core::Stream;
use rand::RngExt;

use super::Particle;
use super::breit_wigner::BreitWigner;
use crate::phase_space::{BLOCK, Block, Row, store};
use crate::{DecayEvents, FourMomentum};

impl Particle {
    /// The decays of many such particles, with weights.
    ///
    /// Of `momenta` the three components count; the energies are those of this particle's mass.
    /// A weight is the product of all momenta of all decays into three or more, and less where resonances have little room;
    /// it is zero for an event that cannot be, whose momenta mean nothing.
    ///
    /// ```
    /// use hepsys_core::Seed;
    /// use hepsys_sim::{FourMomentum, Particle, mass};
    ///
    /// let [kaon, pion] = [Particle::new(mass::K_PLUS)?, Particle::new(mass::PI_PLUS)?];
    /// let kstar = Particle::new(mass::K_STAR)?.with_width(0.0473)?.decaying_to([kaon, pion.clone()])?;
    /// let d = Particle::new(1.8697)?.decaying_to([kstar, pion])?;
    /// let events = d.decay_weighted(&vec![FourMomentum::at_rest(1.8697); 1000], &mut Seed::new(1).stream());
    /// let inside = events.momenta().filter(|k| ((k[0] + k[1]).mass() - mass::K_STAR).abs() < 0.0473 / 2.0);
    /// // Half of a Breit–Wigner is within Γ/2.
    /// assert!((inside.count() as f64 / 1000.0 - 0.5).abs() < 0.1);
    /// # Ok::<(), hepsys_sim::SimError>(())
    /// ```
    #[must_use]
    pub fn decay_weighted(&self, momenta: &[FourMomentum], stream: &mut Stream) -> DecayEvents {
        let n_daughters = self.final_masses().len();
        let mut events = DecayEvents {
            n_daughters,
            momenta: vec![FourMomentum::default(); n_daughters * momenta.len()],
            weights: vec![1.0; momenta.len()],
        };
        let mut node = Node::new(self, 0);
        let chunks = events.momenta.chunks_mut(n_daughters * BLOCK).zip(events.weights.chunks_mut(BLOCK));
        for (flying, (momenta, weights)) in momenta.chunks(BLOCK).zip(chunks) {
            let mut parent = [[self.mass; BLOCK], [0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]];
            for (k, flying) in flying.iter().enumerate() {
                let on_shell = FourMomentum::of_mass(self.mass, flying.px, flying.py, flying.pz);
                parent[0][k] = on_shell.e;
                [parent[1][k], parent[2][k], parent[3][k]] = on_shell.momentum();
            }
            let mut product = [1.0; BLOCK];
            node.decay(&parent, &[self.mass; BLOCK], momenta, n_daughters, &mut product, stream);
            weights.copy_from_slice(&product[..weights.len()]);
        }
        events
    }
}

/// A particle of the chain, with memory for a block of its decays.
struct Node {
    /// The place of its first stable daughter among those of the chain.
    place: usize,
    decay: Option<NodeDecay>,
}

struct NodeDecay {
    block: Block,
    spectra: Vec<Option<BreitWigner>>,
    /// The lightest masses of the daughters.
    lightest: Vec<f64>,
    masses: Vec<Row>,
    daughters: Vec<Node>,
}

impl Node {
    fn new(particle: &Particle, place: usize) -> Self {
        let daughters = particle.daughters();
        if daughters.is_empty() {
            return Self { place, decay: None };
        }
        let mut next = place;
        let nodes = daughters.iter().map(|daughter| {
            let node = Self::new(daughter, next);
            next += daughter.final_masses().len();
            node
        });
        let nodes = nodes.collect();
        let spectrum = |daughter: &Particle| {
            daughter.is_resonance().then(|| BreitWigner::new(daughter, daughter.masses()))
        };
        let decay = NodeDecay {
            block: Block::new(daughters.len()),
            spectra: daughters.iter().map(spectrum).collect(),
            lightest: daughters.iter().map(|daughter| daughter.masses()[0]).collect(),
            masses: daughters.iter().map(|daughter| [daughter.mass; BLOCK]).collect(),
            daughters: nodes,
        };
        Self { place, decay: Some(decay) }
    }

    /// Puts the stable particles of a block into its events, and multiplies their weights.
    fn decay(
        &mut self,
        parent: &[Row; 4],
        mass: &Row,
        events: &mut [FourMomentum],
        n_places: usize,
        weights: &mut Row,
        stream: &mut Stream,
    ) {
        let Some(decay) = &mut self.decay else {
            store(parent, events, n_places, self.place);
            return;
        };
        decay.draw_masses(mass, weights, stream);
        // All of them, also for the last events, so that events do not depend on how many there are.
        decay.block.draw(BLOCK, decay.masses.len(), stream);
        decay.block.decay(parent, mass, &decay.masses);
        for (weight, product) in weights.iter_mut().zip(decay.block.weights()) {
            // The momentum of two bodies is no weight, but says whether they can be.
            *weight *= if decay.masses.len() > 2 || *product == 0.0 { *product } else { 1.0 };
        }
        for ((node, momenta), mass) in
            decay.daughters.iter_mut().zip(decay.block.momenta()).zip(&decay.masses)
        {
            node.decay(momenta, mass, events, n_places, weights, stream);
        }
    }
}

impl NodeDecay {
    /// Draws the masses of the resonances one after the other, each in the room that the lightest of the others leave.
    ///
    /// The weight makes up for it, so that masses do not depend on the order.
    fn draw_masses(&mut self, mass: &Row, weights: &mut Row, stream: &mut Stream) {
        if self.spectra.iter().all(Option::is_none) {
            return;
        }
        let all: f64 = self.lightest.iter().sum();
        let mut room = [0.0; BLOCK];
        for (room, mass) in room.iter_mut().zip(mass) {
            *room = mass - all;
        }
        for (i, spectrum) in self.spectra.iter().enumerate() {
            let Some(spectrum) = spectrum else { continue };
            for k in 0..BLOCK {
                let lightest = self.lightest[i];
                let (m, part) = spectrum.below(lightest + room[k], stream.random());
                self.masses[i][k] = m;
                weights[k] *= part;
                room[k] -= m - lightest;
            }
        }
    }
}
