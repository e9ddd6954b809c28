//! The nuisance parameter of the scale, learnt from events.

use hepsys_core::summary::{Axis, Figure, Layer, Role};
use hepsys_core::{Feature, Region, Sample};
use hepsys_nn::Run;
use hepsys_nplm::{TaylorCoefficients, TaylorExpansion, TaylorParams};
use hepsys_sim::{Exponential, FEATURE, Scale};

use crate::ExperimentError;

/// The learnt expansion of the scale, beside the exact one.
pub(super) struct LearntScale {
    pub(super) figure: Figure,
    /// The largest error of δ₁ and of δ₂ in the bulk of the events.
    pub(super) worst: [f64; 2],
}

impl LearntScale {
    /// Learns δ₁ and δ₂ from events, and compares them with what they are: x − 1 and −x/2.
    pub(super) fn learn(run: &Run) -> Result<Self, ExperimentError> {
        let stream = &mut run.streams().named("taylor sample").stream();
        let sample = Exponential::new(1.0)?.reference(40_000, stream)?;
        let everything = Region::new("everything", Vec::<String>::new())?;
        let taylor: TaylorExpansion = TaylorParams::new().order(2).values([-2.0, -1.0, 1.0, 2.0]).learn(
            &sample,
            &Scale::new(0.1)?,
            &everything,
            &run.named("taylor"),
        )?;
        let grid: Vec<f64> = (0..=60).map(|i| 0.1 * f64::from(i)).collect();
        let points = Sample::from_columns([(Feature::new(FEATURE, "1"), grid.clone())])?;
        let delta = taylor.evaluate(&points)?;
        let mut figure = Figure::new(
            "taylor",
            "The coefficients of log r(x; ν) = δ₁ν + δ₂ν² for the scale: learnt from 40 000 events shifted by ±1σ and ±2σ \
         (lines), and exact (points).",
            Axis::new("x", "").range(0.0, 6.0),
            Axis::new("δ(x)", ""),
        );
        let mut worst = [0.0; 2];
        for (k, role) in [(0, Role::Fit), (1, Role::Signal)] {
            let exact = |x: f64| Exponential::taylor_coefficient(k as u32 + 1, x);
            // The bulk, where 95 % of the events are.
            for (x, d) in grid.iter().zip(&delta[k]).filter(|(x, _)| **x <= 3.0) {
                worst[k] = f64::max(worst[k], (d - exact(*x)).abs());
            }
            figure = figure
                .layer(Layer::curve(
                    format!("δ{}, learnt", ["₁", "₂"][k]),
                    role,
                    grid.iter().copied().zip(delta[k].iter().copied()),
                ))
                .layer(Layer::Points {
                    label: format!("δ{}, exact", ["₁", "₂"][k]),
                    role,
                    x: grid.iter().copied().step_by(5).collect(),
                    y: grid.iter().step_by(5).map(|&x| exact(x)).collect(),
                    y_errors: Vec::new(),
                    x_errors: Vec::new(),
                });
        }
        Ok(Self { figure, worst })
    }
}
