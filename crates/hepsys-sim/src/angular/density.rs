use std::f64::consts::PI;

use hepsys_core::Stream;
use rand::RngExt;

use super::positivity::{bound, violation};
use super::{AngularObservables, DecayAngles};
use crate::SimError;

/// $9/(32\pi)$, the norm of the density.
const NORM: f64 = 9.0 / (32.0 * PI);

/// The density of the decay angles of $B^0 \to K^{*0}\mu\mu$ for massless muons.
///
/// $$ \frac{32\pi}{9} \frac{d^3\Gamma}{\Gamma\\,d\cos\theta_K\\,d\cos\theta_\ell\\,d\phi} =
///    \tfrac34 (1 - F_L) \sin^2\theta_K + F_L \cos^2\theta_K
///    + \tfrac14 (1 - F_L) \sin^2\theta_K \cos 2\theta_\ell - F_L \cos^2\theta_K \cos 2\theta_\ell
///    + \sum_i S_i f_i + \tfrac43 A_{FB} \sin^2\theta_K \cos\theta_\ell $$
///
/// with $S_i$ and $f_i$ as in [`DecayAngles::functions`].
/// Such a value exists only for coefficients that make it negative nowhere.
///
/// ```
/// use hepsys_core::Seed;
/// use hepsys_sim::{AngularDensity, AngularMoments, AngularObservables};
///
/// let density = AngularDensity::new(AngularObservables::STANDARD_MODEL)?;
/// let events = density.sample(50_000, &mut Seed::new(1).named("angles").stream());
/// let moments = AngularMoments::of(&events)?;
/// assert!((moments.observables().s5 + 0.32).abs() < 4.0 * moments.errors().s5);
///
/// let impossible = AngularObservables { s5: -0.9, ..AngularObservables::STANDARD_MODEL };
/// assert!(AngularDensity::new(impossible).is_err());
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
///
/// # References
///
/// `lhcb2016`
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AngularDensity {
    observables: AngularObservables,
    bound: f64,
}

impl AngularDensity {
    /// The density with these coefficients.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] for a coefficient that is not finite,
    /// and [`SimError::NegativeDensity`] if the density is negative somewhere.
    /// That is decided exactly, not on a grid.
    pub fn new(observables: AngularObservables) -> Result<Self, SimError> {
        for (name, value) in AngularObservables::NAMES.into_iter().zip(observables.to_array()) {
            crate::numbers::check(name, "finite", value, value.is_finite())?;
        }
        match violation(&observables) {
            Some((cos_l, what, value)) => Err(SimError::NegativeDensity { what: what.into(), cos_l, value }),
            None => Ok(Self { observables, bound: bound(&observables) * NORM }),
        }
    }

    /// The coefficients.
    #[must_use]
    pub fn observables(&self) -> &AngularObservables {
        &self.observables
    }

    /// The density, normalised to one over $\cos\theta_K$, $\cos\theta_\ell$ and φ.
    #[must_use]
    pub fn value(&self, cos_k: f64, cos_l: f64, phi: f64) -> f64 {
        let AngularObservables { f_l, s3, s4, s5, a_fb, s7, s8, s9 } = self.observables;
        let [cos2_k, f3, f4, f5, f6, f7, f8, f9] = DecayAngles { cos_k, cos_l, phi }.functions();
        let (sin2_k, cos_2l) = (1.0 - cos2_k, 2.0 * cos_l * cos_l - 1.0);
        let transverse = (1.0 - f_l) * sin2_k * (0.75 + 0.25 * cos_2l);
        let longitudinal = f_l * cos2_k * (1.0 - cos_2l);
        let asymmetric = s3 * f3 + s4 * f4 + s5 * f5 + 4.0 / 3.0 * a_fb * f6 + s7 * f7 + s8 * f8 + s9 * f9;
        NORM * (transverse + longitudinal + asymmetric)
    }

    /// A number that the density never exceeds, from the coefficients.
    #[must_use]
    pub fn bound(&self) -> f64 {
        self.bound
    }

    /// `n_events` events, accepted out of uniform ones below [`bound`](Self::bound).
    ///
    /// About $8\pi$ times the bound are tried for each: 3.8 for the benchmark.
    #[must_use]
    pub fn sample(&self, n_events: usize, stream: &mut Stream) -> Vec<DecayAngles> {
        (0..n_events).map(|_| self.sample_one(stream)).collect()
    }

    /// One event.
    #[must_use]
    pub fn sample_one(&self, stream: &mut Stream) -> DecayAngles {
        loop {
            let [cos_k, cos_l, turn, height]: [f64; 4] = std::array::from_fn(|_| stream.random());
            let angles = DecayAngles {
                cos_k: 2.0 * cos_k - 1.0,
                cos_l: 2.0 * cos_l - 1.0,
                phi: PI * (2.0 * turn - 1.0),
            };
            if height * self.bound < self.value(angles.cos_k, angles.cos_l, angles.phi) {
                return angles;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BENCHMARKS: [AngularObservables; 3] =
        [AngularObservables::STANDARD_MODEL, AngularObservables::ANOMALY, AngularObservables::J_PSI_K_STAR];

    /// The least and the largest value on a grid that includes the edges.
    fn range(density: &AngularDensity) -> [f64; 2] {
        let n = 40;
        let at = |i: i32| -1.0 + 2.0 * f64::from(i) / f64::from(n);
        let mut range = [f64::INFINITY, f64::NEG_INFINITY];
        for i in 0..=n {
            for j in 0..=n {
                for k in 0..=n {
                    let value = density.value(at(i), at(j), PI * at(k));
                    range = [range[0].min(value), range[1].max(value)];
                }
            }
        }
        range
    }

    /// The least value at this cos θ_ℓ: the smaller eigenvalue of the quadratic form in (cos θ_K, sin θ_K).
    fn least_at(density: &AngularDensity, cos_l: f64) -> f64 {
        let least = |phi: f64| {
            let [a, b, d] = [1.0, 0.0, 0.5_f64.sqrt()].map(|cos_k| density.value(cos_k, cos_l, phi));
            0.5 * (a + b) - (0.5 * (a - b)).hypot(d - 0.5 * (a + b))
        };
        (0..400).map(|i| least(PI * f64::from(i) / 200.0)).fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn the_benchmarks_are_densities_and_stay_below_their_bound() {
        for observables in BENCHMARKS {
            let density = AngularDensity::new(observables).unwrap();
            let [least, largest] = range(&density);
            assert!(-1e-15 < least && largest <= density.bound(), "{observables:?}");
            // The bound is worth having: events are not thrown away by the dozen.
            assert!(density.bound() < 1.3 * largest, "{} for {largest}", density.bound());
        }
    }

    #[test]
    fn the_density_is_normalised() {
        // Polynomials of degree two in the cosines, up to square roots that the azimuth integrates to zero:
        // three Gauss-Legendre points and five equal steps of φ are exact.
        let x = 0.6_f64.sqrt();
        let points = [(-x, 5.0 / 9.0), (0.0, 8.0 / 9.0), (x, 5.0 / 9.0)];
        for observables in BENCHMARKS {
            let density = AngularDensity::new(observables).unwrap();
            let mut integral = 0.0;
            for (cos_k, w_k) in points {
                for (cos_l, w_l) in points {
                    for step in 0..5 {
                        let phi = 2.0 * PI * f64::from(step) / 5.0 - PI;
                        integral += w_k * w_l * 2.0 * PI / 5.0 * density.value(cos_k, cos_l, phi);
                    }
                }
            }
            assert!((integral - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn the_distribution_in_an_angle_is_its_projection() {
        // dΓ/dcosθ_K = ¾ (1 − F_L) sin²θ_K + 3/2 F_L cos²θ_K, whose fraction within |cosθ_K| < ½ is
        // ¾ (1 − F_L) 11/12 + F_L/8.
        let n = 40_000;
        let density = AngularDensity::new(AngularObservables::STANDARD_MODEL).unwrap();
        let events = density.sample(n, &mut hepsys_core::Seed::new(4).named("angles").stream());
        let found = events.iter().filter(|e| e.cos_k.abs() < 0.5).count() as f64 / n as f64;
        let expected = 0.75 * 0.23 * 11.0 / 12.0 + 0.77 / 8.0;
        assert!((found - expected).abs() < 4.0 * (expected * (1.0 - expected) / n as f64).sqrt());
    }

    #[test]
    fn coefficients_that_are_no_density_are_refused() {
        let error =
            AngularDensity::new(AngularObservables { f_l: 0.5, a_fb: 0.6, ..AngularObservables::default() })
                .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the angular density must be negative nowhere, but at cos theta_l = -1.0000 \
             the density at cos theta_K = 0 is -0.3000 in units of 9/(32 pi)"
        );
        let nan = AngularObservables { s9: f64::NAN, ..AngularObservables::default() };
        assert_eq!(AngularDensity::new(nan).unwrap_err().to_string(), "S_9 must be finite, got NaN");
    }

    /// The coefficients of six complex amplitudes, $A_0$, $A_\parallel$ and $A_\perp$ of left- and right-handed muons.
    fn of_amplitudes(parts: [f64; 12]) -> AngularObservables {
        let norm: f64 = parts.iter().map(|a| a * a).sum();
        let mut sum = [0.0; 8];
        for (sign, a) in [(1.0, &parts[..6]), (-1.0, &parts[6..])] {
            let re = |i: usize, j: usize| a[2 * i] * a[2 * j] + a[2 * i + 1] * a[2 * j + 1];
            let im = |i: usize, j: usize| a[2 * i + 1] * a[2 * j] - a[2 * i] * a[2 * j + 1];
            let (zero, parallel, perpendicular) = (0, 1, 2);
            let terms = [
                re(zero, zero),
                0.5 * (re(perpendicular, perpendicular) - re(parallel, parallel)),
                0.5_f64.sqrt() * re(zero, parallel),
                sign * 2.0_f64.sqrt() * re(zero, perpendicular),
                // A_FB is three quarters of S_6s.
                sign * 1.5 * re(parallel, perpendicular),
                sign * 2.0_f64.sqrt() * im(zero, parallel),
                0.5_f64.sqrt() * im(zero, perpendicular),
                im(perpendicular, parallel),
            ];
            for (sum, term) in sum.iter_mut().zip(terms) {
                *sum += term / norm;
            }
        }
        sum.into()
    }

    fn observables() -> impl Strategy<Value = AngularObservables> {
        (0.0..1.0_f64, prop::array::uniform7(-0.4..0.4_f64)).prop_map(
            |(f_l, [s3, s4, s5, a_fb, s7, s8, s9])| AngularObservables { f_l, s3, s4, s5, a_fb, s7, s8, s9 },
        )
    }

    proptest! {
        #[test]
        fn every_distribution_of_amplitudes_is_a_density(left in prop::array::uniform12(-1.0..1.0_f64), chiral in any::<bool>()) {
            let mut parts = left;
            if chiral {
                // One handedness alone: the density has zeros, and is as close to negative as one can be.
                parts[6..].fill(0.0);
            }
            // As in `altmannshofer2009`, for massless muons.
            prop_assert!(AngularDensity::new(of_amplitudes(parts)).is_ok());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn what_is_accepted_is_a_density_and_what_is_refused_is_none(observables in observables()) {
            // The same value without the check, to look at a density that is none.
            let unchecked = AngularDensity { observables, bound: bound(&observables) * NORM };
            let [least, largest] = range(&unchecked);
            match AngularDensity::new(observables) {
                Ok(density) => prop_assert!(-1e-12 < least && largest <= density.bound()),
                // At the ends, sin θ_ℓ = 0 hides the determinant; 1e-4 beside them, it has changed by less than 0.01.
                Err(SimError::NegativeDensity { cos_l, value, .. }) => {
                    let least = least_at(&unchecked, cos_l.clamp(-0.9999, 0.9999));
                    prop_assert!(least < 0.0 || -0.01 < value);
                }
                Err(other) => prop_assert!(false, "{other}"),
            }
        }
    }
}
