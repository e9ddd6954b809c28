//! The hot loop of N-body phase space: blocks of events, one array for each quantity, no branch inside.

use hepsys_core::Stream;
use rand::Rng;

use super::momentum;
use super::turn::sin_cos_of_turn;
use crate::FourMomentum;

/// Events of a block: its arrays stay in the first cache.
pub(super) const BLOCK: usize = 128;

type Row = [f64; BLOCK];

/// The arrays of a block.
pub(super) struct Block {
    /// Uniform numbers: N − 2 rows for masses, then two for each direction.
    uniform: Vec<Row>,
    /// What the stream gives for them.
    bytes: Vec<u8>,
    system: [Row; 4],
    mass: Row,
    weights: Row,
}

impl Block {
    pub(super) fn new(n_daughters: usize) -> Self {
        Self {
            uniform: vec![[0.0; BLOCK]; n_uniform(n_daughters)],
            bytes: vec![0; 8 * BLOCK * n_uniform(n_daughters)],
            system: [[0.0; BLOCK]; 4],
            mass: [0.0; BLOCK],
            weights: [0.0; BLOCK],
        }
    }

    /// Draws the block's random numbers, for `n_events` events of a block.
    ///
    /// The numbers of an event stand together in the stream, so that events do not depend on the length of blocks.
    pub(super) fn draw(&mut self, n_events: usize, n_daughters: usize, stream: &mut Stream) {
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

    /// The momenta of the first `weights.len()` events in the rest frame of the parent, event by event, and their weights.
    pub(super) fn decay(
        &mut self,
        parent: f64,
        daughters: &[f64],
        momenta: &mut [FourMomentum],
        weights: &mut [f64],
    ) {
        let n = daughters.len();
        let mut below: f64 = daughters.iter().sum();
        let room = parent - below;
        self.system = [[parent; BLOCK], [0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]];
        self.mass = [parent; BLOCK];
        self.weights = [1.0; BLOCK];
        // From the whole to its parts: the last daughter leaves the system of the others.
        for i in (1..n).rev() {
            let daughter = daughters[i];
            below -= daughter;
            let direction = n - 2 + 2 * (i - 1);
            let mut left = [0.0; BLOCK];
            match i {
                1 => left.fill(daughters[0]),
                _ => {
                    for (left, u) in left.iter_mut().zip(&self.uniform[i - 2]) {
                        *left = below + room * u;
                    }
                }
            }
            let [e, px, py, pz] = &mut self.system;
            let (polar, azimuth) = (&self.uniform[direction], &self.uniform[direction + 1]);
            let mut leaves = [[0.0; BLOCK]; 4];
            for k in 0..BLOCK {
                let m = self.mass[k];
                let q = momentum(m, left[k], daughter);
                self.weights[k] *= q;
                let cos = 2.0 * polar[k] - 1.0;
                let across = q * ((1.0 - cos) * (1.0 + cos)).sqrt();
                let (sin_phi, cos_phi) = sin_cos_of_turn(azimuth[k]);
                let rest = FourMomentum {
                    e: (q * q + daughter * daughter).sqrt(),
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
            store(&leaves, momenta, n, i);
        }
        store(&self.system, momenta, n, 0);
        weights.copy_from_slice(&self.weights[..weights.len()]);
    }
}

/// Uniform numbers of an event.
pub(super) fn n_uniform(n_daughters: usize) -> usize {
    n_daughters - 2 + 2 * (n_daughters - 1)
}

/// Puts the momenta of a daughter where they belong in each event.
fn store([e, px, py, pz]: &[Row; 4], momenta: &mut [FourMomentum], n_daughters: usize, daughter: usize) {
    for (k, event) in momenta.chunks_exact_mut(n_daughters).enumerate() {
        event[daughter] = FourMomentum { e: e[k], px: px[k], py: py[k], pz: pz[k] };
    }
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
            let mut weights = vec![0.0; n_events];
            block.draw(n_events, n, &mut stream);
            block.decay(4.0, daughters, &mut momenta, &mut weights);

            let mut stream = Seed::new(9).index(n).stream();
            for (found, weight) in momenta.chunks_exact(n).zip(weights) {
                let (expected, expected_weight) = plain(4.0, daughters, &mut stream);
                // The plain decay takes masses of systems from their momenta: rounding over a small mass.
                assert!((weight / expected_weight - 1.0).abs() < 1e-9);
                assert!(found.iter().zip(expected).all(|(a, b)| (*a - b).p() < 1e-9));
            }
        }
    }
}
