//! Pairs of particles: their invariant mass, the selection of the analysis, and the scale of their momenta.

mod momentum_scale;

use hepsys_core::{CoreError, Feature, Region, Sample};

use crate::SimError;
pub use momentum_scale::{BARREL_END, MomentumScale, Regime};

/// The features of a pair of particles: momenta with $p_{T,1} \ge p_{T,2}$, pseudorapidities, and
/// $|\phi_1 - \phi_2|$ between 0 and π.
pub const FEATURES: [&str; 5] = ["pt1", "pt2", "eta1", "eta2", "dphi"];

/// The feature that [`with_invariant_mass`] adds.
pub const MASS: &str = "m12";

/// The invariant mass of two massless particles,
/// $M_{12}^2 = 2\\,p_{T,1}\\,p_{T,2}\\,(\cosh(\eta_1 - \eta_2) - \cos\Delta\phi)$.
///
/// ```
/// // Back to back in the transverse plane: the sum of the momenta.
/// let mass = hepsys_sim::dibody::invariant_mass(50.0, 50.0, 0.0, 0.0, std::f64::consts::PI);
/// assert!((mass - 100.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn invariant_mass(pt1: f64, pt2: f64, eta1: f64, eta2: f64, dphi: f64) -> f64 {
    // cosh a - cos b = 2 sinh²(a/2) + 2 sin²(b/2), without the cancellation for nearly parallel particles.
    let (sinh, sin) = ((0.5 * (eta1 - eta2)).sinh(), (0.5 * dphi).sin());
    2.0 * (pt1 * pt2).sqrt() * sinh.hypot(sin)
}

/// The sample with the column `m12`, the invariant mass of each pair; a column of that name is replaced.
///
/// # Errors
///
/// [`CoreError::UnknownFeature`] if one of [`FEATURES`] is missing.
pub fn with_invariant_mass(sample: &Sample) -> Result<Sample, SimError> {
    Ok(add_invariant_mass(sample)?)
}

fn add_invariant_mass(sample: &Sample) -> Result<Sample, CoreError> {
    let [pt1, pt2, eta1, eta2, dphi] = columns(sample)?;
    let masses: Vec<f64> =
        (0..sample.n_events()).map(|i| invariant_mass(pt1[i], pt2[i], eta1[i], eta2[i], dphi[i])).collect();
    let unit = sample.schema().features()[sample.schema().index_of("pt1")?].unit().clone();
    sample.clone().with_column(Feature::new(MASS, unit), masses)
}

/// The smallest momenta and masses of a selection, in GeV.
///
/// ```
/// use hepsys_sim::dibody::Thresholds;
/// let selection = Thresholds::ANALYSIS.region("analysis")?;
/// assert_eq!(selection.cuts().len(), 5);
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Both particles have a larger transverse momentum.
    pub pt: f64,
    /// The pair has a larger invariant mass.
    pub mass: f64,
}

impl Thresholds {
    /// The loose selection of the di-muon files: 18 GeV and 95 GeV.
    pub const STORED: Self = Self { pt: 18.0, mass: 95.0 };

    /// The selection of the analysis: 20 GeV and 100 GeV.
    pub const ANALYSIS: Self = Self { pt: 20.0, mass: 100.0 };

    /// The selection of the analysis for scales that are hardly known: 20 GeV and 120 GeV.
    pub const HIGH_MASS: Self = Self { pt: 20.0, mass: 120.0 };

    /// The events above the thresholds with both particles within $|\eta| < 2.5$.
    ///
    /// The sample needs the column `m12`, and the selection comes after any variation.
    ///
    /// # Errors
    ///
    /// [`CoreError::BadCut`] if a threshold is NaN or infinite.
    pub fn region(&self, name: &str) -> Result<Region, SimError> {
        let Self { pt, mass } = self;
        Ok(Region::new(
            name,
            [
                format!("pt1 > {pt}"),
                format!("pt2 > {pt}"),
                format!("{MASS} > {mass}"),
                "abs(eta1) < 2.5".to_owned(),
                "abs(eta2) < 2.5".to_owned(),
            ],
        )?)
    }
}

fn columns(sample: &Sample) -> Result<[&[f64]; 5], CoreError> {
    let [pt1, pt2, eta1, eta2, dphi] = FEATURES;
    Ok([
        sample.column(pt1)?,
        sample.column(pt2)?,
        sample.column(eta1)?,
        sample.column(eta2)?,
        sample.column(dphi)?,
    ])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn masses_are_those_of_the_generator() {
        // The first events of the di-muon sample; single precision there.
        for (pt1, pt2, eta1, eta2, dphi, mass) in [
            (50.145206, 46.937218, 0.7301283, 0.2340163, 2.965559, 99.66565),
            (93.59282, 39.537823, 1.2237747, 1.9569578, 1.8543439, 107.47719),
            (84.34137, 72.17581, -0.3427156, -0.9342858, 2.9516032, 162.2459),
        ] {
            let found = invariant_mass(pt1, pt2, eta1, eta2, dphi);
            assert!((found / mass - 1.0).abs() < 1e-6, "{found}, expected {mass}");
        }
    }

    #[test]
    fn a_missing_feature_is_named() {
        let sample = Sample::from_columns([(Feature::new("pt1", "GeV"), vec![1.0])]).unwrap();
        let error = with_invariant_mass(&sample).unwrap_err();
        assert_eq!(error.to_string(), "no feature \"pt2\"; the sample has pt1");
    }

    proptest! {
        #[test]
        fn the_mass_is_that_of_the_four_momenta(
            pt1 in 1.0..500.0_f64, pt2 in 1.0..500.0_f64, eta1 in -2.5..2.5_f64, eta2 in -2.5..2.5_f64, dphi in 0.0..std::f64::consts::PI,
        ) {
            let momentum = |pt: f64, eta: f64, phi: f64| [pt * phi.cos(), pt * phi.sin(), pt * eta.sinh()];
            let (a, b) = (momentum(pt1, eta1, dphi), momentum(pt2, eta2, 0.0));
            let energy = pt1 * eta1.cosh() + pt2 * eta2.cosh();
            let squares: f64 = a.iter().zip(&b).map(|(a, b)| (a + b) * (a + b)).sum();
            let expected = energy * energy - squares;
            let found = invariant_mass(pt1, pt2, eta1, eta2, dphi).powi(2);
            // The difference of squares of energies loses digits; the formula does not.
            prop_assert!((found - expected).abs() < 1e-12 * energy * energy);
        }
    }
}
