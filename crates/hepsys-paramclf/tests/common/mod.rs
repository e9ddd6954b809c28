//! The toy of rotating Gaussians with exact templates, and measurements with them.

// Each test file uses its part.
#![allow(dead_code)]

use std::f64::consts::PI;

use hepsys_paramclf::{
    Measurement, MeasurementParams, Morphing, NuisanceParameter, Observed, ScoreBinning, Templates,
    TrainedNuisance,
};
use hepsys_sim::{Class, ExactScore, ExactTemplates, GaussianPair};

pub(crate) const SIGNAL: f64 = 500.0;
pub(crate) const BACKGROUND: f64 = 50_000.0;

/// The nuisance parameter of a toy.
pub(crate) fn nuisance(toy: &GaussianPair) -> TrainedNuisance {
    let parameter = NuisanceParameter::gaussian("z", toy.uncertainty()).unwrap();
    TrainedNuisance::new(&parameter, toy.nominal()).unwrap()
}

/// Values from `low` to `high`.
pub(crate) fn values(low: f64, high: f64, n: usize) -> Vec<f64> {
    let step = (high - low) / (n - 1) as f64;
    (0..n).map(|i| if i == n - 1 { high } else { low + step * i as f64 }).collect()
}

/// Where templates of the rotation are: from zero to 2.2 z₀.
pub(crate) fn knots() -> Vec<f64> {
    values(0.0, 2.2 * PI / 4.0, 45)
}

/// The edges of a binning in the logit, with infinite ends.
pub(crate) fn logit_edges(binning: &ScoreBinning) -> Vec<f64> {
    let mut edges = vec![f64::NEG_INFINITY];
    edges.extend(binning.inner_edges());
    edges.push(f64::INFINITY);
    edges
}

/// A classifier that is known exactly: frozen, or the best one at whatever z is assumed.
pub(crate) enum Exact {
    Of(ExactTemplates),
    Aware(GaussianPair, Vec<f64>),
}

impl Exact {
    pub(crate) fn frozen(toy: &GaussianPair, score: ExactScore, edges: &[f64]) -> Self {
        Self::Of(ExactTemplates::new(toy, score, edges).unwrap())
    }

    pub(crate) fn aware(toy: &GaussianPair, edges: &[f64]) -> Self {
        Self::Aware(*toy, edges.to_vec())
    }

    fn moves(&self) -> bool {
        matches!(self, Self::Aware(..))
    }

    /// What events at `truth` give if `z` is assumed: signal for μ = 1, and background.
    pub(crate) fn yields(&self, truth: f64, z: f64) -> [Vec<f64>; 2] {
        let made;
        let templates = match self {
            Self::Of(templates) => templates,
            Self::Aware(toy, edges) => {
                made = ExactTemplates::new(toy, ExactScore::Frozen { z }, edges).unwrap();
                &made
            }
        };
        [(Class::Signal, SIGNAL), (Class::Background, BACKGROUND)].map(|(class, expected)| {
            templates.fractions(class, truth).into_iter().map(|f| f * expected).collect()
        })
    }

    pub(crate) fn templates(&self, toy: &GaussianPair, knots: &[f64]) -> Templates {
        let rows: Vec<[Vec<f64>; 2]> = knots.iter().map(|&z| self.yields(z, z)).collect();
        let process = |index: usize| {
            let yields: Vec<Vec<f64>> = rows.iter().map(|row| row[index].clone()).collect();
            let variances = yields.iter().map(|row| vec![0.0; row.len()]).collect();
            (yields, variances)
        };
        let (signal, background) = (process(0), process(1));
        let morphing = Morphing::default();
        Templates::from_yields(&nuisance(toy), "exact", self.moves(), knots, &signal, &background, morphing)
            .unwrap()
    }

    pub(crate) fn measurement(
        &self,
        toy: &GaussianPair,
        knots: &[f64],
        params: MeasurementParams,
    ) -> Measurement {
        params.check(&self.templates(toy, knots)).unwrap()
    }

    /// Asimov data.
    pub(crate) fn asimov(&self, mu: f64, truth: f64) -> Observed<'_> {
        let counts = move |z: f64| {
            let [signal, background] = self.yields(truth, z);
            signal.iter().zip(background).map(|(s, b)| mu * s + b).collect::<Vec<f64>>()
        };
        if self.moves() { Observed::moving(counts) } else { Observed::fixed(counts(truth)) }
    }
}
