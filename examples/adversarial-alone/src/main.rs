//! A vertex detector whose simulated resolution is too good: a tagger learns that, and an adversary makes it forget.

use hepsys_adversarial::{
    Adversary, AdversarialError, Closure, ClosureParams, ControlRegion, Decorrelator, Device, Feature, Inputs, JetClassifier,
    Run, Sample, Seed, TrainingSet,
};

/// Jets with a mass and the significance of a vertex; `displaced` is how far it is off, `resolution` how well it is seen.
fn jets(mass: f64, displaced: f64, resolution: f64, n: usize, phase: f64) -> Result<Sample, AdversarialError> {
    // Sums of waves stand in for random numbers.
    let wave = |i: usize, a: f64| {
        let x = i as f64 + phase;
        (a * x).sin() + (1.3 * a * x).cos() + (0.37 * a * x * x).sin()
    };
    let masses = (0..n).map(|i| mass + 0.8 * wave(i, 1.1)).collect::<Vec<f64>>();
    let vertices = (0..n).map(|i| displaced + resolution * wave(i, 0.7)).collect::<Vec<f64>>();
    Ok(Sample::from_columns([(Feature::new("mass", "GeV"), masses), (Feature::new("vertex", "1"), vertices)])?)
}

/// The area under the curve of a fresh classifier between simulation and data, for a way of decorrelation.
fn closure(decorrelator: Decorrelator) -> Result<f64, AdversarialError> {
    let training = TrainingSet::new()
        .simulated("b", jets(1.0, 1.5, 0.8, 1500, 0.1)?)
        .simulated("light", jets(0.0, 0.0, 0.8, 1500, 0.2)?);
    let region = |phase: f64| {
        ControlRegion::new("light jets", jets(0.0, 0.0, 0.8, 2000, phase)?, jets(0.0, 0.0, 1.6, 2000, phase + 0.5)?)
    };
    let (control, fresh) = (region(0.3)?, region(0.7)?);
    let run = Run::on(Device::default()).seed(1);
    let classifier = JetClassifier::params()
        .inputs(Inputs::standardized(control.simulation(), &["mass", "vertex"])?)
        .hidden_layers([24])
        .batch_size(128)
        .epochs(4, 10)
        .decorrelate(decorrelator)
        .check()?
        .fit(&training, Some(&control), &run)?;
    let simulation = classifier.scores(fresh.simulation(), &run)?;
    let data = classifier.scores(fresh.data(), &run)?;
    let weights = (fresh.simulation().weights(), fresh.data().weights());
    let closure =
        Closure::test(&ClosureParams::default(), (&simulation, weights.0), (&data, weights.1), Seed::new(2))?;
    Ok(closure.fresh.value)
}

fn main() -> Result<(), AdversarialError> {
    println!("naive      {:.3}", closure(Decorrelator::None)?);
    println!("adversary  {:.3}", closure(Adversary::on_log_scores().into())?);
    Ok(())
}

#[test]
fn an_adversary_closes_what_a_naive_classifier_shows() {
    let naive = closure(Decorrelator::None).unwrap();
    let closed = closure(Adversary::on_log_scores().into()).unwrap();
    assert!(closed < naive - 0.03, "{closed} {naive}");
}
