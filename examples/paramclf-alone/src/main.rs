//! An energy scale moves a peak; a cut that follows it and a classifier that knows it measure the signal all the same.

use hepsys_paramclf::rand::RngExt;
use hepsys_paramclf::{
    AwareCut, Classifier, CoreError, Device, Discriminant, Feature, Measurement, NuisanceParameter, Observable,
    Observed, Run, Sample, ScoreBinning, Seed, Simulation, TemplateOptions, Templates, TrainedNuisance,
    TrainingSet, Variation, VariedSimulation, Weights,
};

/// m → m (1 + ν)
struct MassScale(NuisanceParameter);

impl Variation for MassScale {
    fn nuisance(&self) -> &NuisanceParameter {
        &self.0
    }

    fn vary(&self, sample: &Sample, value: f64) -> Result<Sample, CoreError> {
        let mass: Vec<f64> = sample.column("m")?.iter().map(|m| m * (1.0 + value)).collect();
        sample.clone().with_column(Feature::new("m", "GeV"), mass)
    }
}

/// A peak at 125 GeV over a falling background, and an angle that is no use.
fn events(is_signal: bool, n: usize, expected: f64, seed: Seed) -> Result<Sample, CoreError> {
    let mut stream = seed.stream();
    let mut uniform = || stream.random::<f64>();
    let mass: Vec<f64> = (0..n)
        .map(|_| {
            if is_signal {
                125.0 + 3.0 * ((0..12).map(|_| uniform()).sum::<f64>() - 6.0)
            } else {
                90.0 - 40.0 * (1.0 - 0.95 * uniform()).ln()
            }
        })
        .collect();
    let angle: Vec<f64> = (0..n).map(|_| uniform()).collect();
    let sample = Sample::from_columns([(Feature::new("m", "GeV"), mass), (Feature::new("angle", "rad"), angle)])?;
    sample.with_weights(Weights::uniform(expected / n as f64, n)?)
}

/// The upper half of the 68 % interval of μ for data at a scale of 1.03, with one observable.
fn precision(
    observable: &dyn Observable,
    binning: ScoreBinning,
    simulation: &VariedSimulation<'_>,
    scale: &TrainedNuisance,
) -> Result<f64, Box<dyn std::error::Error>> {
    let knots: Vec<f64> = (0..13).map(|i| 0.94 + 0.01 * f64::from(i)).collect();
    let discriminant = Discriminant::new(observable, binning);
    let templates = Templates::new(scale, &discriminant, simulation, &knots, TemplateOptions::default())?;
    let data = simulation.at(1.03)?;
    let data = data.signal.concat(&data.background)?;
    let observed = Observed::of(&discriminant, &data)?.splined(&knots)?;
    let found = Measurement::params().check(&templates)?.fit(&observed)?;
    println!("{}: μ = {:.3}, scale = {:.4}", observable.name(), found.mu, found.z);
    Ok(found.mu_high.ok_or("no upper end")? - found.mu)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let variation = MassScale(NuisanceParameter::gaussian("mass scale", 0.02)?);
    let scale = TrainedNuisance::new(variation.nuisance(), 1.0)?;
    let simulated = |n: usize, seed: Seed| -> Result<VariedSimulation<'_>, CoreError> {
        let (signal, background) =
            (events(true, n, 100.0, seed.named("signal"))?, events(false, n, 2000.0, seed.named("background"))?);
        Ok(VariedSimulation::new(signal, background, &variation).nominal(1.0))
    };
    let training = simulated(2000, Seed::new(1))?;
    let set = TrainingSet::new(&scale, &training, &[0.94, 0.97, 1.0, 1.03, 1.06])?;
    let aware = Classifier::params().hidden_layers([16, 16]).check()?;
    let aware = aware.fit(&set, &Run::on(Device::default()).seed(2))?;
    let templates = simulated(20_000, Seed::new(3))?;

    // Passing or not: a cut below the peak, wherever that is.
    let cut = AwareCut::new("m", |z| 119.0 * z);
    let by_cut = precision(&cut, ScoreBinning::new([0.0, 0.5, 1.0])?, &templates, &scale)?;
    let by_score = precision(&aware, ScoreBinning::logit(20, 5.0)?, &templates, &scale)?;
    println!("precision of μ: {by_cut:.3} with the cut, {by_score:.3} with the classifier");
    assert!(by_score < by_cut);
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_score_measures_better_than_a_cut() {
        super::main().unwrap();
    }
}
