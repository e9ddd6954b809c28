//! What leaves the crate: ONNX files that another runtime runs, workspaces that another likelihood agrees with.

mod common;

use std::f64::consts::PI;

use common::{Exact, knots, logit_edges, nuisance, values};
use hepsys_paramclf::{
    Classifier, Device, Discriminant, Frozen, Measurement, ParamclfError, Process, Run, Sample, ScoreBinning,
    Seed, Simulated, Strategy, TemplateOptions, Templates, TrainedClassifier, TrainingSet, Untrained,
};
use hepsys_sim::{Class, ExactScore, GaussianPair};
use hepsys_stats::fit::Fitter;
use hepsys_stats::histfactory::BinnedLikelihood;
use hepsys_stats::workspace::Interpolation;
use rten::Model;
use rten_tensor::{AsView, NdTensor};

fn simulate(z: f64, n: usize, seed: Seed) -> Result<Simulated, ParamclfError> {
    let toy = GaussianPair::rotation();
    let class = |class: Class, name: &str| toy.sample(class, z, n, &mut seed.named(name).stream()).unwrap();
    Ok(Simulated {
        signal: class(Class::Signal, "signal"),
        background: class(Class::Background, "background"),
    })
}

fn trained(strategy: Strategy) -> TrainedClassifier {
    let toy = GaussianPair::rotation();
    let simulation = |z: f64| simulate(z, 500, Seed::new(4).index((1e6 * z) as usize));
    let mut angles = values(0.0, 0.5 * PI, 11);
    angles[5] = toy.nominal();
    let set = TrainingSet::new(&nuisance(&toy), &simulation, &angles).unwrap();
    let params = Classifier::params().strategy(strategy).hidden_layers([16, 16]).check().unwrap();
    params.fit(&set, &Run::on(Device::flex()).seed(1)).unwrap()
}

/// The outputs of an exported classifier in another runtime.
fn run(model: &Model, name: &str, events: &Sample, z: Option<f64>) -> Vec<f32> {
    let n = events.n_events();
    let columns: Vec<&[f64]> = events.columns().collect();
    let x: Vec<f32> = (0..n).flat_map(|i| columns.iter().map(move |c| c[i] as f32)).collect();
    let x = NdTensor::from_data([n, columns.len()], x);
    let mut inputs = vec![(model.node_id("x").unwrap(), x.into_dyn().into())];
    if let Some(z) = z {
        let z = NdTensor::from_data([n, 1], vec![z as f32; n]);
        inputs.push((model.node_id("z").unwrap(), z.into_dyn().into()));
    }
    let output = model.node_id(name).unwrap();
    let [values] = model.run_n(inputs, [output], None).unwrap();
    let values: rten_tensor::Tensor<f32> = values.try_into().unwrap();
    values.to_vec()
}

#[test]
fn another_runtime_finds_the_same_scores() {
    let events = simulate(0.9, 300, Seed::new(8)).unwrap().signal;
    for strategy in [Strategy::Aware, Strategy::AwareSplit, Strategy::Baseline] {
        let classifier = trained(strategy.clone());
        let model = Model::load(classifier.onnx().unwrap().to_bytes()).unwrap();
        for z in [0.1, PI / 4.0, 1.3] {
            let z = f64::from(z as f32);
            let given = strategy.knows_z().then_some(z);
            let here = classifier.logits(&events, z).unwrap();
            let there = run(&model, "logit", &events, given);
            let scores = run(&model, "score", &events, given);
            for ((here, there), score) in here.iter().zip(there).zip(scores) {
                // Single precision on both sides, logits of order ten.
                assert!((here - f64::from(there)).abs() < 2e-4, "{strategy:?} at {z}: {here} {there}");
                let expected = 1.0 / (1.0 + (-here).exp());
                assert!((expected - f64::from(score)).abs() < 1e-5);
            }
        }
    }
}

#[test]
fn a_workspace_of_a_frozen_score_has_the_same_likelihood_at_its_templates() {
    let toy = GaussianPair::rotation();
    let edges = logit_edges(&ScoreBinning::logit(12, 8.0).unwrap());
    let exact = Exact::frozen(&toy, ExactScore::Frozen { z: 0.2 }, &edges);
    // Knots at z₀ and ± σ_z, where both interpolations are exact.
    let (z, sigma) = (toy.nominal(), toy.uncertainty());
    let mut at = knots();
    at.extend([z - sigma, z + sigma]);
    at.sort_by(f64::total_cmp);
    at.dedup_by(|a, b| (*a - *b).abs() < 1e-9);
    let untrained = Untrained::Normalisation {
        name: "background normalisation".into(),
        process: Process::Background,
        uncertainty: 0.02,
    };
    let measurement = exact.measurement(&toy, &at, Measurement::params().untrained(untrained));
    let observed = exact.asimov(1.0, z);
    let workspace = measurement.workspace(&observed).unwrap();
    let text = workspace.to_json().unwrap();
    let again = hepsys_paramclf::Workspace::parse(&text).unwrap();
    let (model, data) = again.model(Some("signal strength"), Interpolation::default()).unwrap();
    let likelihood = BinnedLikelihood::new(&model, data);
    let fit = Fitter::default().fit(&likelihood);
    assert!(fit.is_converged());
    let place = |name: &str| model.parameters().iter().position(|p| p.name == name).unwrap();
    assert!((fit.parameters[place("mu")] - 1.0).abs() < 1e-6, "{:?}", fit.parameters);
    assert!(fit.parameters[place("z")].abs() < 1e-6, "{:?}", fit.parameters);
    // With z at its templates both have the yields of the simulation there.
    for shift in [-1.0, 0.0, 1.0] {
        let mut x = fit.parameters.clone();
        x[place("z")] = shift;
        let [signal, background] = exact.yields(z + shift * sigma, z + shift * sigma);
        for ((found, s), b) in model.yields(&x).iter().zip(signal).zip(background) {
            assert!((found / (s + b) - 1.0).abs() < 1e-6, "{shift}: {found} {}", s + b);
        }
    }
}

#[test]
fn a_moving_score_is_refused_until_it_is_frozen() {
    let toy = GaussianPair::rotation();
    let aware = trained(Strategy::Aware);
    let simulation = |z: f64| simulate(z, 2000, Seed::new(6));
    let data = simulate(0.9, 500, Seed::new(7)).unwrap();
    let data = data.signal.concat(&data.background).unwrap();
    let binning = || ScoreBinning::logit(10, 8.0).unwrap();
    let workspace = |score: &Discriminant<'_>, data: &Sample| {
        let templates = Templates::new(
            &nuisance(&toy),
            score,
            &simulation,
            &values(0.0, 1.6, 9),
            TemplateOptions::default(),
        );
        let measurement = Measurement::params().check(&templates.unwrap()).unwrap();
        measurement.workspace(&hepsys_paramclf::Observed::of(score, data).unwrap())
    };
    let error = workspace(&Discriminant::new(&aware, binning()), &data).unwrap_err().to_string();
    assert!(error.contains("the score of aware changes with the nuisance parameter"), "{error}");
    let frozen = Frozen::new(&aware, 0.9);
    assert!(workspace(&Discriminant::new(&frozen, binning()), &data).is_ok());
}
