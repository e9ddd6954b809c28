use hepsys_core::Seed;
use rand::Rng;

use crate::NnError;
use crate::dense::{LANES, Real};

/// Units that are left out at random while a network learns, with the others scaled up in their place.
///
/// Which ones follows from the seed and the place of the unit alone, not from threads or the device.
///
/// # References
///
/// [Srivastava et al. 2014](https://jmlr.org/papers/v15/srivastava14a.html)
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dropout {
    /// A unit is kept if its hash is at least this.
    threshold: u32,
    scale: f64,
    key: u64,
}

impl Dropout {
    /// Leaves out this fraction of the units; the seed is that of a [`Step`](crate::Step).
    ///
    /// # Errors
    ///
    /// [`NnError::BadParameter`] unless the fraction is at least zero and below one.
    pub fn new(fraction: f64, seed: Seed) -> Result<Self, NnError> {
        NnError::check((0.0..1.0).contains(&fraction), "dropout", "at least 0 and below 1", fraction)?;
        // Never more than u32::MAX, for the fraction is below one.
        let threshold = (fraction * (f64::from(u32::MAX) + 1.0)) as u32;
        Ok(Self { threshold, scale: 1.0 / (1.0 - fraction), key: seed.stream().next_u64() })
    }

    /// The units of one layer in one block of events.
    pub(super) fn of(self, block: usize, layer: usize) -> LayerDropout {
        let mixed = splitmix(self.key ^ splitmix(((block as u64) << 32) | layer as u64));
        let (high, low) = ((mixed >> 32) as u32, mixed as u32);
        LayerDropout { threshold: self.threshold, scale: self.scale, keys: [low, high] }
    }
}

/// Dropout for the units of a layer in a block of events.
#[derive(Debug, Clone, Copy)]
pub(super) struct LayerDropout {
    threshold: u32,
    scale: f64,
    keys: [u32; 2],
}

impl LayerDropout {
    /// Whether the unit at a place of the layer is kept.
    #[inline(always)]
    pub(super) fn keeps(&self, place: u32) -> bool {
        hash(place, self.keys) >= self.threshold
    }

    /// What a kept unit is multiplied by.
    #[inline(always)]
    pub(super) fn scale<T: Real>(&self) -> T {
        T::from_f64(self.scale)
    }
}

/// A number that looks random, of a place and two keys.
#[inline(always)]
fn hash(place: u32, keys: [u32; 2]) -> u32 {
    let mut x = place.wrapping_mul(0x9e37_79b9) ^ keys[0];
    x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    x = (x ^ (x >> 15) ^ keys[1]).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// The mixing step of the generator `SplitMix64`.
fn splitmix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// ReLU, then dropout.
#[inline(always)]
pub(super) fn relu<T: Real>(units: &mut [[T; LANES]], dropout: Option<LayerDropout>) {
    match dropout {
        None => {
            for z in units {
                for l in 0..LANES {
                    z[l] = z[l].max(T::ZERO);
                }
            }
        }
        Some(dropout) => {
            let scale = dropout.scale::<T>();
            let mut place = 0_u32;
            for z in units {
                for l in 0..LANES {
                    let kept = z[l].max(T::ZERO) * scale;
                    z[l] = if dropout.keeps(place.wrapping_add(l as u32)) { kept } else { T::ZERO };
                }
                place = place.wrapping_add(LANES as u32);
            }
        }
    }
}

/// Multiplies derivatives by those of [`relu`], given its result: zero wherever that is.
#[inline(always)]
pub(super) fn pull_back<T: Real>(
    units: &[[T; LANES]],
    dropout: Option<LayerDropout>,
    derivatives: &mut [[T; LANES]],
) {
    let scale = dropout.map_or(T::ONE, |dropout| dropout.scale());
    for (d, h) in derivatives.iter_mut().zip(units) {
        for l in 0..LANES {
            d[l] = if h[l] > T::ZERO { d[l] * scale } else { T::ZERO };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wanted_fraction_is_left_out_without_a_pattern() {
        let dropout = Dropout::new(0.2, Seed::new(3)).unwrap();
        let n = 200_000;
        let kept = |block, layer| -> Vec<bool> {
            let of = dropout.of(block, layer);
            (0..n).map(|place| of.keeps(place)).collect()
        };
        let a = kept(0, 0);
        // Binomial errors: 0.0009 for a fraction, 0.0022 for a correlation.
        let fraction = |kept: &[bool]| kept.iter().filter(|k| !**k).count() as f64 / f64::from(n);
        assert!((fraction(&a) - 0.2).abs() < 0.005);
        let both = |a: &[bool], b: &[bool]| {
            let n = a.len().min(b.len()) as f64;
            a.iter().zip(b).filter(|(a, b)| !**a && !**b).count() as f64 / n
        };
        for other in [kept(1, 0), kept(0, 1), a[1..].to_vec(), a[LANES..].to_vec(), a[15 * LANES..].to_vec()]
        {
            assert!((both(&a, &other) - 0.04).abs() < 0.002);
        }
    }

    #[test]
    fn a_fraction_of_one_is_refused() {
        assert!(Dropout::new(1.0, Seed::new(0)).unwrap_err().to_string().contains("dropout"));
        assert!(Dropout::new(f64::NAN, Seed::new(0)).is_err());
    }
}
