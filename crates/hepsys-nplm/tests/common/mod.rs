//! The one-dimensional benchmark in a few lines: $p(x) = e^{-x}$, its scale, and a signal in the tail.

// Each test binary uses a part of it.
#![allow(dead_code)]

use hepsys_nplm::rand::RngExt;
use hepsys_nplm::{
    CoreError, Device, ExactCoefficients, Feature, NplmError, NuisanceParameter, Run, Sample, Seed,
    Variation, Weights,
};

pub(crate) fn run() -> Run {
    Run::on(Device::flex()).seed(1)
}

/// A sample with the one feature `x`, every event counting once.
pub(crate) fn sample(x: Vec<f64>) -> Sample {
    Sample::from_columns([(Feature::new("x", "1"), x)]).unwrap()
}

/// `n_events` events of $p(x) = e^{-x}$, from the stream called `name`.
pub(crate) fn exponential(n_events: usize, name: &str) -> Sample {
    let mut stream = Seed::new(11).named(name).stream();
    sample((0..n_events).map(|_| -(1.0 - stream.random::<f64>()).ln()).collect())
}

/// The same events, each with weight `weight`.
pub(crate) fn weighted(sample: &Sample, weight: f64) -> Sample {
    sample.clone().with_weights(Weights::new(vec![weight; sample.n_events()]).unwrap()).unwrap()
}

pub(crate) fn gaussian(name: &str, sigma: f64) -> NuisanceParameter {
    NuisanceParameter::gaussian(name, sigma).unwrap()
}

/// $\log r = x (1 - e^{-\nu}) - \nu$ to second order: $\delta_1 = x - 1$, $\delta_2 = -x/2$.
pub(crate) fn exact_scale() -> ExactCoefficients<impl Fn(&Sample) -> Result<Vec<Vec<f64>>, NplmError>> {
    ExactCoefficients::new(2, |sample| {
        let x = sample.column("x")?;
        Ok(vec![x.iter().map(|x| x - 1.0).collect(), x.iter().map(|x| -x / 2.0).collect()])
    })
}

/// $x \to x\, e^{\pm\nu}$
pub(crate) struct Scale {
    pub(crate) nuisance: NuisanceParameter,
    pub(crate) sign: f64,
}

impl Scale {
    pub(crate) fn new(sigma: f64) -> Self {
        Self { nuisance: gaussian("scale", sigma), sign: 1.0 }
    }

    /// The same nuisance parameter, acting the other way.
    pub(crate) fn reversed(sigma: f64) -> Self {
        Self { sign: -1.0, ..Self::new(sigma) }
    }
}

impl Variation for Scale {
    fn nuisance(&self) -> &NuisanceParameter {
        &self.nuisance
    }

    fn vary(&self, sample: &Sample, value: f64) -> Result<Sample, CoreError> {
        let factor = (self.sign * value).exp();
        let scaled: Vec<f64> = sample.column("x")?.iter().map(|x| x * factor).collect();
        sample.clone().with_column(Feature::new("x", "1"), scaled)
    }
}

/// $p(x) = e^{-x}$ without fluctuations: `n_events` quantiles, evenly spaced in probability.
pub(crate) fn quantiles(n_events: usize) -> Sample {
    sample((0..n_events).map(|i| -(1.0 - (i as f64 + 0.5) / n_events as f64).ln()).collect())
}
