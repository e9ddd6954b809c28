use std::f64::consts::PI;

use hepsys_core::Stream;
use rand::RngExt;

use crate::numbers::check;
use crate::{FourMomentum, SimError};

/// How particles are produced: a spectrum of the transverse momentum, any azimuth, and pseudorapidities in a range.
///
/// $$ \frac{dN}{dp_T} \propto p_T \left(1 + \frac{p_T^2}{p_0^2}\right)^{-n} $$
///
/// Its distribution function, $1 - (1 + p_T^2/p_0^2)^{1-n}$, is inverted exactly.
///
/// ```
/// use hepsys_core::Seed;
/// use hepsys_sim::{ProductionSpectrum, mass};
///
/// let spectrum = ProductionSpectrum::forward_b();
/// // The median is p0 √(2^{1/(n−1)} − 1).
/// assert!((spectrum.pt_cdf(4.797) - 0.5).abs() < 1e-3);
/// let b = spectrum.sample(mass::B_PLUS, &mut Seed::new(1).stream());
/// assert!((b.mass() - mass::B_PLUS).abs() < 1e-9);
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProductionSpectrum {
    p0: f64,
    n: f64,
    eta: [f64; 2],
}

impl ProductionSpectrum {
    /// The spectrum with the scale `p0` in GeV, the power `n`, and pseudorapidities uniform between those of `eta`.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] unless `p0` is positive, `n` above one, and the finite bounds of η rise.
    pub fn new(p0: f64, n: f64, eta: [f64; 2]) -> Result<Self, SimError> {
        check("the scale of a spectrum", "positive and finite", p0, 0.0 < p0 && p0.is_finite())?;
        check("the power of a spectrum", "finite and above one", n, 1.0 < n && n.is_finite())?;
        check("the lower bound of eta", "finite", eta[0], eta[0].is_finite())?;
        let expected = format!("finite and above the lower bound, {}", eta[0]);
        check("the upper bound of eta", &expected, eta[1], eta[0] < eta[1] && eta[1].is_finite())?;
        Ok(Self { p0, n, eta })
    }

    /// B mesons of the benchmarks: $p_0$ = 7 GeV, n = 2.8, 1.8 < η < 5.2, a little wider than a forward detector.
    #[must_use]
    pub fn forward_b() -> Self {
        Self { p0: 7.0, n: 2.8, eta: [1.8, 5.2] }
    }

    /// The probability of a transverse momentum below `pt` GeV.
    #[must_use]
    pub fn pt_cdf(&self, pt: f64) -> f64 {
        -((1.0 - self.n) * (pt.max(0.0) / self.p0).powi(2).ln_1p()).exp_m1()
    }

    /// The transverse momentum in GeV below which this fraction of particles is; NaN outside [0, 1].
    #[must_use]
    pub fn pt_quantile(&self, fraction: f64) -> f64 {
        self.p0 * ((-fraction).ln_1p() / (1.0 - self.n)).exp_m1().sqrt()
    }

    /// One particle with this mass in GeV.
    #[must_use]
    pub fn sample(&self, mass: f64, stream: &mut Stream) -> FourMomentum {
        let pt = self.pt_quantile(stream.random());
        let eta = self.eta[0] + (self.eta[1] - self.eta[0]) * stream.random::<f64>();
        FourMomentum::from_pt_eta_phi_mass(pt, eta, PI * (2.0 * stream.random::<f64>() - 1.0), mass)
    }
}

#[cfg(test)]
mod tests {
    use hepsys_core::Seed;
    use proptest::prelude::*;

    use super::*;

    /// The Kolmogorov distance between values and a distribution function.
    fn distance(mut values: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
        values.sort_by(f64::total_cmp);
        let n = values.len() as f64;
        let gaps = values.iter().enumerate().map(|(i, &x)| {
            let f = cdf(x);
            (f - i as f64 / n).abs().max(((i + 1) as f64 / n - f).abs())
        });
        gaps.fold(0.0, f64::max)
    }

    #[test]
    fn momenta_angles_and_pseudorapidities_have_their_distributions() {
        let n = 50_000;
        let mut stream = Seed::new(3).named("production").stream();
        let spectrum = ProductionSpectrum::forward_b();
        let particles: Vec<_> = (0..n).map(|_| spectrum.sample(5.0, &mut stream)).collect();
        let of = |f: fn(&FourMomentum) -> f64| particles.iter().map(f).collect::<Vec<_>>();
        // The distance is above 1.95/√n once in a thousand seeds.
        let largest = 1.95 / f64::from(n).sqrt();
        assert!(distance(of(FourMomentum::pt), |x| spectrum.pt_cdf(x)) < largest);
        assert!(distance(of(FourMomentum::eta), |x| (x - 1.8) / 3.4) < largest);
        assert!(distance(of(FourMomentum::phi), |x| 0.5 * (x / PI + 1.0)) < largest);
    }

    #[test]
    fn the_density_is_the_derivative_of_the_distribution() {
        let spectrum = ProductionSpectrum::forward_b();
        for pt in [0.5, 3.0, 10.0, 40.0] {
            let h = 1e-4 * pt;
            let slope = (spectrum.pt_cdf(pt + h) - spectrum.pt_cdf(pt - h)) / (2.0 * h);
            // The norm of pT (1 + (pT/p0)²)^−n is p0²/(2 (n − 1)).
            let density = pt * (1.0 + (pt / 7.0_f64).powi(2)).powf(-2.8) * 2.0 * 1.8 / 49.0;
            assert!((slope / density - 1.0).abs() < 1e-6, "at {pt} GeV");
        }
    }

    proptest! {
        #[test]
        fn the_quantile_is_the_inverse(fraction in 0.0..0.9999_f64, n in 1.1..6.0_f64) {
            let spectrum = ProductionSpectrum::new(3.0, n, [0.0, 1.0]).unwrap();
            prop_assert!((spectrum.pt_cdf(spectrum.pt_quantile(fraction)) - fraction).abs() < 1e-12);
        }
    }

    #[test]
    fn spectra_without_a_norm_are_refused() {
        let error = ProductionSpectrum::new(7.0, 1.0, [2.0, 5.0]).unwrap_err();
        assert_eq!(error.to_string(), "the power of a spectrum must be finite and above one, got 1");
        assert!(ProductionSpectrum::new(0.0, 2.0, [2.0, 5.0]).is_err());
        assert!(ProductionSpectrum::new(7.0, 2.0, [5.0, 2.0]).is_err());
    }
}
