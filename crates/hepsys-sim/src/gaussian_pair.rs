//! Two Gaussians whose centres depend on a nuisance parameter.

mod information;
mod score;
mod templates;

pub use score::ExactScore;
pub use templates::ExactTemplates;

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_4, PI};

use hepsys_core::{Feature, Sample, Schema, Stream, Weights, poisson};
use rand_distr::{Distribution, StandardNormal};

use crate::SimError;

/// The features of the toy.
const FEATURES: [&str; 2] = ["x1", "x2"];

/// What an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// What is searched for.
    Signal,
    /// Everything else.
    Background,
}

impl Class {
    /// The sign of the class's centre: $+1$ for the signal, $-1$ for the background.
    fn sign(self) -> f64 {
        match self {
            Self::Signal => 1.0,
            Self::Background => -1.0,
        }
    }
}

/// A signal and a background in two dimensions, both isotropic Gaussians of one width,
/// at opposite places that a nuisance parameter $z$ moves.
///
/// $$ p_{S,B}(x|z) = \frac{1}{2\pi\sigma^2} \exp\!\left(-\frac{|x \mp c(z)|^2}{2\sigma^2}\right), \qquad
///    \ln\frac{p_S(x|z)}{p_B(x|z)} = \frac{2\\,x\cdot c(z)}{\sigma^2} $$
///
/// | toy | $c(z)$ | σ | nominal $z_0$ | its uncertainty $\sigma_z$ |
/// | --- | --- | --- | --- | --- |
/// | [`rotation`](Self::rotation) | $(\cos z, \sin z)$ | 0.7 | π/4 | 0.5 |
/// | [`stretch`](Self::stretch) | $(1 + z)\\,(1, 1)/\sqrt 2$ | 0.7 | 0 | 0.1 |
///
/// The best classifier depends on $z$, and everything that a classifier can reach is known:
/// [`ExactTemplates`] has the distribution of its output, [`fisher_information`](Self::fisher_information) the bound.
/// Here $z$ is the quantity itself and not its distance from the nominal value, as in the paper.
///
/// ```
/// use hepsys_core::Seed;
/// use hepsys_sim::{Class, GaussianPair};
///
/// let toy = GaussianPair::rotation();
/// let z = toy.nominal() + toy.uncertainty();
/// let x = [0.5, 0.2];
/// let ratio = toy.density(Class::Signal, x, z) / toy.density(Class::Background, x, z);
/// assert!((toy.log_ratio(x, z) - ratio.ln()).abs() < 1e-12);
///
/// let data = toy.data(1.0, z, 500.0, 50_000.0, &mut Seed::new(1).named("data").stream())?;
/// // Three standard deviations of 50 500 events.
/// assert!((data.n_events() as f64 - 50_500.0).abs() < 675.0);
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
///
/// # References
///
/// `ghosh2021`: the rotation is their example; the stretch is added here, for a parameter that changes how well
/// the classes can be told apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GaussianPair {
    motion: Motion,
    sigma: f64,
    nominal: f64,
    uncertainty: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Motion {
    Rotation,
    Stretch,
}

impl GaussianPair {
    /// The toy in which $z$ is the angle of the line through both centres.
    #[must_use]
    pub fn rotation() -> Self {
        Self { motion: Motion::Rotation, sigma: 0.7, nominal: FRAC_PI_4, uncertainty: 0.5 }
    }

    /// The toy in which $1 + z$ is the distance of the centres from the origin.
    #[must_use]
    pub fn stretch() -> Self {
        Self { motion: Motion::Stretch, sigma: 0.7, nominal: 0.0, uncertainty: 0.1 }
    }

    /// The nominal value $z_0$ of the nuisance parameter.
    #[must_use]
    pub fn nominal(&self) -> f64 {
        self.nominal
    }

    /// The standard deviation $\sigma_z$ with which the nuisance parameter is known.
    #[must_use]
    pub fn uncertainty(&self) -> f64 {
        self.uncertainty
    }

    /// The width σ of both Gaussians.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// The centre $c(z)$ of the signal; that of the background is $-c(z)$.
    #[must_use]
    pub fn centre(&self, z: f64) -> [f64; 2] {
        match self.motion {
            Motion::Rotation => [z.cos(), z.sin()],
            Motion::Stretch => [(1.0 + z) * FRAC_1_SQRT_2; 2],
        }
    }

    /// The derivative of [`centre`](Self::centre) by $z$.
    fn centre_slope(&self, z: f64) -> [f64; 2] {
        match self.motion {
            Motion::Rotation => [-z.sin(), z.cos()],
            Motion::Stretch => [FRAC_1_SQRT_2; 2],
        }
    }

    /// The density of an event of a class at `x`, normalised to one.
    #[must_use]
    pub fn density(&self, class: Class, x: [f64; 2], z: f64) -> f64 {
        let centre = self.centre(z).map(|c| class.sign() * c);
        let variance = self.sigma * self.sigma;
        let distance2 = (x[0] - centre[0]).powi(2) + (x[1] - centre[1]).powi(2);
        (-0.5 * distance2 / variance).exp() / (2.0 * PI * variance)
    }

    /// $\ln [p_S(x|z) / p_B(x|z)]$, linear in $x$: the output of the best classifier before its sigmoid.
    #[must_use]
    pub fn log_ratio(&self, x: [f64; 2], z: f64) -> f64 {
        2.0 * dot(x, self.centre(z)) / (self.sigma * self.sigma)
    }

    /// `n_events` events of a class, each counting once, with the features `x1` and `x2`.
    ///
    /// # Errors
    ///
    /// [`CoreError::NotFinite`](hepsys_core::CoreError::NotFinite) if `z` is not.
    pub fn sample(
        &self,
        class: Class,
        z: f64,
        n_events: usize,
        stream: &mut Stream,
    ) -> Result<Sample, SimError> {
        let centre = self.centre(z).map(|c| class.sign() * c);
        let mut columns = [const { Vec::new() }; 2].map(|_: Vec<f64>| Vec::with_capacity(n_events));
        for _ in 0..n_events {
            for (column, c) in columns.iter_mut().zip(centre) {
                let normal: f64 = StandardNormal.sample(stream);
                column.push(c + self.sigma * normal);
            }
        }
        let schema = Schema::new(FEATURES.map(|name| Feature::new(name, "1")))?;
        Ok(Sample::new(schema, columns, Weights::unit(n_events))?)
    }

    /// A data set: Poisson-distributed numbers of events around `mu` times `n_signal` and around `n_background`.
    ///
    /// The events of the signal come first, and every event counts once.
    ///
    /// # Errors
    ///
    /// As [`sample`](Self::sample), and
    /// [`CoreError::BadParameter`](hepsys_core::CoreError::BadParameter) unless both means are finite and not negative.
    pub fn data(
        &self,
        mu: f64,
        z: f64,
        n_signal: f64,
        n_background: f64,
        stream: &mut Stream,
    ) -> Result<Sample, SimError> {
        let n_signal = poisson(mu * n_signal, stream)?;
        let n_background = poisson(n_background, stream)?;
        let signal = self.sample(Class::Signal, z, n_signal, stream)?;
        Ok(signal.concat(&self.sample(Class::Background, z, n_background, stream)?)?)
    }
}

fn dot(a: [f64; 2], b: [f64; 2]) -> f64 {
    a[0] * b[0] + a[1] * b[1]
}

#[cfg(test)]
mod tests {
    use hepsys_core::Seed;

    use super::*;

    #[test]
    fn events_have_the_mean_and_the_variance_of_their_class() {
        let mut stream = Seed::new(5).named("moments").stream();
        let n_events = 40_000;
        for toy in [GaussianPair::rotation(), GaussianPair::stretch()] {
            for (class, sign) in [(Class::Signal, 1.0), (Class::Background, -1.0)] {
                let z = toy.nominal() + toy.uncertainty();
                let sample = toy.sample(class, z, n_events, &mut stream).unwrap();
                assert_eq!(sample.schema().names().collect::<Vec<_>>(), ["x1", "x2"]);
                for (column, centre) in sample.columns().zip(toy.centre(z)) {
                    let mean = column.iter().sum::<f64>() / n_events as f64;
                    let variance = column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n_events as f64;
                    // Four standard deviations: 0.7/200 and 0.49 sqrt(2)/200.
                    assert!((mean - sign * centre).abs() < 0.014, "{mean}");
                    assert!((variance - 0.49).abs() < 0.014, "{variance}");
                }
            }
        }
    }

    #[test]
    fn the_signal_strength_multiplies_the_signal_only() {
        let toy = GaussianPair::rotation();
        let mut stream = Seed::new(6).named("data").stream();
        assert_eq!(toy.data(0.0, 1.0, 500.0, 0.0, &mut stream).unwrap().n_events(), 0);
        let n_events = toy.data(2.0, 1.0, 5000.0, 0.0, &mut stream).unwrap().n_events() as f64;
        // Four standard deviations of 10 000 events.
        assert!((n_events - 10_000.0).abs() < 400.0, "{n_events}");
        let error = toy.data(-1.0, 1.0, 500.0, 100.0, &mut stream).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the mean of a number of events must be finite and not negative, got -500"
        );
        assert!(toy.sample(Class::Signal, f64::NAN, 1, &mut stream).is_err());
    }

    #[test]
    fn the_centre_moves_by_its_slope() {
        for toy in [GaussianPair::rotation(), GaussianPair::stretch()] {
            let (z, h) = (0.3, 1e-4);
            for i in 0..2 {
                let slope = (toy.centre(z + h)[i] - toy.centre(z - h)[i]) / (2.0 * h);
                // The next term of the series is h²/6.
                assert!((slope - toy.centre_slope(z)[i]).abs() < 1e-8);
            }
        }
    }
}
