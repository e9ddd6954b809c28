use hepsys_core::{Sample, Weights};
use hepsys_stats::{KolmogorovSmirnov, holm};
use serde::{Deserialize, Serialize};

use crate::AdversarialError;

/// A feature of events in simulation and data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InputClosure {
    /// Its name.
    pub feature: String,
    /// The largest distance between the weighted cumulative distributions.
    pub distance: f64,
    /// The probability of such a distance or a larger one if both are of one distribution.
    pub p_value: f64,
    /// The same, corrected by Holm's method for all features and slices that were looked at.
    pub corrected: f64,
}

impl InputClosure {
    /// Not corrected yet.
    fn of(feature: &str, values: [&[f64]; 2], weights: [&Weights; 2]) -> Result<Self, AdversarialError> {
        let test = KolmogorovSmirnov::weighted_two_sample(values[0], weights[0], values[1], weights[1])?;
        let p_value = test.p_value().value();
        Ok(Self { feature: feature.to_owned(), distance: test.statistic(), p_value, corrected: p_value })
    }
}

/// Compares each feature of simulation with that of data: weighted distances, and p-values corrected by Holm's method.
///
/// ```
/// use hepsys_adversarial::{Feature, Sample, compare_inputs};
/// let sample = |shift: f64| {
///     let wave = |a: f64| (0..500).map(|i| (a * f64::from(i)).sin()).collect::<Vec<f64>>();
///     let moved = wave(1.3).iter().map(|x| x + shift).collect();
///     Sample::from_columns([(Feature::new("mass", "GeV"), wave(0.7)), (Feature::new("time", "ns"), moved)])
/// };
/// let found = compare_inputs(&sample(0.0)?, &sample(0.5)?)?;
/// assert_eq!((found[0].distance, found[0].corrected), (0.0, 1.0));
/// assert!(found[1].distance > 0.15 && found[1].corrected < 1e-4);
/// # Ok::<(), hepsys_adversarial::AdversarialError>(())
/// ```
///
/// # Errors
///
/// [`AdversarialError::Core`] with the column that data lack, [`AdversarialError::Stats`] for a sample without events or with
/// negative weights.
pub fn compare_inputs(simulation: &Sample, data: &Sample) -> Result<Vec<InputClosure>, AdversarialError> {
    let mut found = uncorrected(simulation, data)?;
    correct(found.iter_mut());
    Ok(found)
}

pub(super) fn uncorrected(simulation: &Sample, data: &Sample) -> Result<Vec<InputClosure>, AdversarialError> {
    let weights = [simulation.weights(), data.weights()];
    let of = |(name, column): (&str, &[f64])| InputClosure::of(name, [column, data.column(name)?], weights);
    simulation.schema().names().zip(simulation.columns()).map(of).collect()
}

/// By Holm's method, all of them together.
pub(super) fn correct<'a>(inputs: impl Iterator<Item = &'a mut InputClosure>) {
    let inputs: Vec<&mut InputClosure> = inputs.collect();
    let corrected = holm(&inputs.iter().map(|input| input.p_value).collect::<Vec<_>>());
    inputs.into_iter().zip(corrected).for_each(|(input, corrected)| input.corrected = corrected);
}
