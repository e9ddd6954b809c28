//! The hot loop of N-body phase space: blocks of events, one array for each quantity, no branch inside.

use hepsys_core::Stream;
use rand::Rng;

use super::momentum;
use super::turn::sin_cos_of_turn;
use crate::FourMomentum;

/// Events of a block: its arrays stay in the first cache.
pub(crate) const BLOCK: usize = 128;

/// One quantity of each event of a block.
pub(crate) type Row = [f64; BLOCK];

/// The arrays of a block.
pub(crate) struct Block {
    /// Uniform numbers: N − 2 rows for masses, then two for each direction.
    uniform: Vec<Row>,
    /// What the stream gives for them.
    bytes: Vec<u8>,
    system: [Row; 4],
    mass: Row,
    momenta: Vec<[Row; 4]>,
    weights: Row,
}

impl Block {
    pub(crate) fn new(n_daughters: usize) -> Self {
        Self {
            uniform: vec![[0.0; BLOCK]; n_uniform(n_daughters)],
            bytes: vec![0; 8 * BLOCK * n_uniform(n_daughters)],
            system: [[0.0; BLOCK]; 4],
            mass: [0.0; BLOCK],
            momenta: vec![[[0.0; BLOCK]; 4]; n_daughters],
            weights: [0.0; BLOCK],
        }
    }

    /// The momenta of each daughter after a [`decay`](Self::decay): energies, then the three components.
    pub(crate) fn momenta(&self) -> &[[Row; 4]] {
        &self.momenta
    }

    /// The weights after a [`decay`](Self::decay).
    pub(crate) fn weights(&self) -> &Row {
        &self.weights
    }

    /// Draws the block's random numbers, for `n_events` events of a block.
    ///
    /// The numbers of an event stand together in the stream, so that events do not depend on the length of blocks.
    pub(crate) fn draw(&mut self, n_events: usize, n_daughters: usize, stream: &mut Stream) {
        let n_uniform = self.uniform.len();
        // In one piece: faster than one number after the other, and the same numbers.
        let bytes = &mut self.bytes[..8 * n_events * n_uniform];
        stream.fill_bytes(bytes);
        let (numbers, _) = bytes.as_chunks::<8>();
        for (event, numbers) in numbers.chunks_exact(n_uniform).enumerate() {
            for (row, bytes) in self.uniform.iter_mut().zip(numbers) {
                // The 53 upper bits, as for every uniform number of a stream.
                row[event] = (u64::from_le_bytes(*bytes) >> 11) as f64 * 2.0_f64.powi(-53);
            }
        }
        // Masses rise from system to system: a sort by insertion of the few first rows.
        for i in 1..n_daughters.saturating_sub(2) {
            for j in (1..=i).rev() {
                let (before, after) = self.uniform.split_at_mut(j);
                for (low, high) in before[j - 1].iter_mut().zip(&mut after[0]) {
                    (*low, *high) = (low.min(*high), low.max(*high));
                }
            }
        }
    }

    /// Decays particles of these masses, which fly with the momenta of `parent`, into daughters of these masses.
    ///
    /// Where the daughters are heavier than the particle, the weight is zero.
    pub(crate) fn decay(&mut self, parent: &[Row; 4], mass: &Row, daughters: &[Row]) {
        let n = daughters.len();
        let mut below = [0.0; BLOCK];
        for daughter in daughters {
            for (below, m) in below.iter_mut().zip(daughter) {
                *below += m;
            }
        }
        let mut room = [0.0; BLOCK];
        for k in 0..BLOCK {
            room[k] = (mass[k] - below[k]).max(0.0);
        }
        self.system = *parent;
        self.mass = *mass;
        self.weights = [1.0; BLOCK];
        // From the whole to its parts: the last daughter leaves the system of the others.
        for i in (1..n).rev() {
            let daughter = &daughters[i];
            let direction = n - 2 + 2 * (i - 1);
            let mut left = daughters[0];
            if i > 1 {
                let fraction = &self.uniform[i - 2];
                for k in 0..BLOCK {
                    below[k] -= daughter[k];
                    left[k] = below[k] + room[k] * fraction[k];
                }
            }
            let [e, px, py, pz] = &mut self.system;
            let (polar, azimuth) = (&self.uniform[direction], &self.uniform[direction + 1]);
            let leaves = &mut self.momenta[i];
            for k in 0..BLOCK {
                let m = self.mass[k];
                let q = momentum(m, left[k], daughter[k]);
                self.weights[k] *= q;
                let cos = 2.0 * polar[k] - 1.0;
                let across = q * ((1.0 - cos) * (1.0 + cos)).sqrt();
                let (sin_phi, cos_phi) = sin_cos_of_turn(azimuth[k]);
                let rest = FourMomentum {
                    e: (q * q + daughter[k] * daughter[k]).sqrt(),
                    px: across * cos_phi,
                    py: across * sin_phi,
                    pz: q * cos,
                };
                let moving = rest.boosted_by(e[k], [px[k], py[k], pz[k]], m);
                leaves[0][k] = moving.e;
                leaves[1][k] = moving.px;
                leaves[2][k] = moving.py;
                leaves[3][k] = moving.pz;
                e[k] -= moving.e;
                px[k] -= moving.px;
                py[k] -= moving.py;
                pz[k] -= moving.pz;
            }
            self.mass = left;
        }
        self.momenta[0] = self.system;
    }
}

/// The momenta of particles of this mass at rest.
pub(super) fn at_rest(mass: f64) -> [Row; 4] {
    [[mass; BLOCK], [0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]]
}

/// Puts the momenta of a particle to this place of each of so many events as there is room for.
pub(crate) fn store([e, px, py, pz]: &[Row; 4], events: &mut [FourMomentum], n_places: usize, place: usize) {
    for (k, event) in events.chunks_exact_mut(n_places).enumerate() {
        event[place] = FourMomentum { e: e[k], px: px[k], py: py[k], pz: pz[k] };
    }
}

/// Uniform numbers of an event.
pub(super) fn n_uniform(n_daughters: usize) -> usize {
    n_daughters - 2 + 2 * (n_daughters - 1)
}

#[cfg(test)]
mod tests {
    use hepsys_core::Seed;
    use rand::RngExt;

    use super::*;

    /// The same decay, one event after the other and with the sine and cosine of the library.
    fn plain(parent: f64, daughters: &[f64], stream: &mut Stream) -> (Vec<FourMomentum>, f64) {
        let n = daughters.len();
        let uniform: Vec<f64> = (0..n_uniform(n)).map(|_| stream.random()).collect();
        let mut fractions = uniform[..n - 2].to_vec();
        fractions.sort_by(f64::total_cmp);
        let room = parent - daughters.iter().sum::<f64>();
        let mut system = FourMomentum::at_rest(parent);
        let mut mass = parent;
        let mut weight = 1.0;
        let mut momenta = vec![system; n];
        for i in (1..n).rev() {
            let left = if i == 1 {
                daughters[0]
            } else {
                daughters[..i].iter().sum::<f64>() + room * fractions[i - 2]
            };
            let q = momentum(mass, left, daughters[i]);
            weight *= q;
            let [polar, azimuth] = [uniform[n - 2 + 2 * (i - 1)], uniform[n - 2 + 2 * (i - 1) + 1]];
            let cos: f64 = 2.0 * polar - 1.0;
            let (sin_phi, cos_phi) = (2.0 * std::f64::consts::PI * (azimuth - 0.5)).sin_cos();
            let across = q * (1.0 - cos * cos).sqrt();
            let rest = FourMomentum::of_mass(daughters[i], across * cos_phi, across * sin_phi, q * cos);
            momenta[i] = rest.from_rest_frame_of(&system);
            system = system - momenta[i];
            mass = left;
        }
        momenta[0] = system;
        (momenta, weight)
    }

    #[test]
    fn blocks_are_the_plain_decay() {
        let daughters = [0.14, 0.49, 0.94, 0.1, 0.5];
        for n in 2..=5 {
            let daughters = &daughters[..n];
            let n_events = BLOCK - 3;
            let mut stream = Seed::new(9).index(n).stream();
            let mut block = Block::new(n);
            let mut momenta = vec![FourMomentum::default(); n * n_events];
            block.draw(n_events, n, &mut stream);
            let masses: Vec<Row> = daughters.iter().map(|&m| [m; BLOCK]).collect();
            block.decay(&at_rest(4.0), &[4.0; BLOCK], &masses);
            for (place, daughter) in block.momenta().iter().enumerate() {
                store(daughter, &mut momenta, n, place);
            }

            let mut stream = Seed::new(9).index(n).stream();
            for (found, weight) in momenta.chunks_exact(n).zip(block.weights()) {
                let (expected, expected_weight) = plain(4.0, daughters, &mut stream);
                // The plain decay takes masses of systems from their momenta: rounding over a small mass.
                assert!((weight / expected_weight - 1.0).abs() < 1e-9);
                assert!(found.iter().zip(expected).all(|(a, b)| (*a - b).p() < 1e-9));
            }
        }
    }
}
