//! Asimov data of a discriminant that may move: signal and background of one truth, counted once for every strength.

use hepsys_paramclf::{Discriminant, Morphing, Observed, ParamclfError, Simulated, TemplateMorph};

/// The counts of simulated events under a discriminant, as functions of the z that it assumes.
pub(super) struct AsimovCounts {
    signal: Counts,
    background: Counts,
}

enum Counts {
    Fixed(Vec<f64>),
    Moving(TemplateMorph),
}

impl AsimovCounts {
    /// The events of `simulated`, counted at each of these values of z and splined in between.
    pub(super) fn new(
        discriminant: &Discriminant<'_>,
        simulated: &Simulated,
        values: &[f64],
    ) -> Result<Self, ParamclfError> {
        let count = |name: &str, sample: &hepsys_core::Sample| -> Result<Counts, ParamclfError> {
            let counter = discriminant.counter(sample)?;
            if !discriminant.moves() {
                return Ok(Counts::Fixed(counter.count(values[0]).0));
            }
            let rows: Vec<Vec<f64>> = values.iter().map(|&z| counter.count(z).0).collect();
            let variances: Vec<Vec<f64>> = rows.iter().map(|row| vec![0.0; row.len()]).collect();
            Ok(Counts::Moving(TemplateMorph::new(name, values, &rows, &variances, Morphing::default())?))
        };
        Ok(Self {
            signal: count("signal", &simulated.signal)?,
            background: count("background", &simulated.background)?,
        })
    }

    /// The data of a strength μ.
    pub(super) fn observed(&self, mu: f64) -> Observed<'_> {
        let sum = move |signal: &[f64], background: &[f64]| -> Vec<f64> {
            // Splines may fall below zero beside empty bins.
            signal.iter().zip(background).map(|(s, b)| (mu * s + b).max(0.0)).collect()
        };
        match (&self.signal, &self.background) {
            (Counts::Fixed(signal), Counts::Fixed(background)) => Observed::fixed(sum(signal, background)),
            (signal, background) => Observed::moving(move |z| sum(&signal.at(z), &background.at(z))),
        }
    }
}

impl Counts {
    fn at(&self, z: f64) -> Vec<f64> {
        match self {
            Self::Fixed(counts) => counts.clone(),
            Self::Moving(spline) => {
                let knots = spline.knots();
                // A search may ask beyond the ends by rounding.
                let inside = z.clamp(knots[0], knots[knots.len() - 1]);
                spline.at(inside).map_or_else(|_| vec![f64::NAN; spline.n_bins()], |there| there.yields)
            }
        }
    }
}
