//! Trained networks on the toy of rotating Gaussians.

mod common;

use std::f64::consts::PI;

use common::{BACKGROUND, SIGNAL, nuisance, values};
use hepsys_paramclf::{
    Adversary, Classifier, ClassifierParams, Density, Device, Discriminant, Interrupt, Measurement,
    NuisanceParameter, Observed, ParamclfError, Run, Sample, ScoreBinning, Seed, Sensitivity, Simulated,
    Strategy, TemplateOptions, Templates, TrainedClassifier, TrainedNuisance, TrainingSet, Weights,
};
use hepsys_sim::{Class, GaussianPair};

/// `n` events a class, weighted to what is expected.
fn simulate(z: f64, n: usize, seed: Seed) -> Result<Simulated, ParamclfError> {
    let toy = GaussianPair::rotation();
    let class = |class: Class, name: &str, expected: f64| -> Result<Sample, ParamclfError> {
        let sample = toy.sample(class, z, n, &mut seed.named(name).stream()).unwrap();
        Ok(sample.with_weights(Weights::uniform(expected / n as f64, n)?)?)
    };
    Ok(Simulated {
        signal: class(Class::Signal, "signal", SIGNAL)?,
        background: class(Class::Background, "background", BACKGROUND)?,
    })
}

/// Twenty-one angles from 0 to π/2.
fn angles() -> Vec<f64> {
    values(0.0, 0.5 * PI, 21)
}

fn training_set(n: usize) -> TrainingSet {
    let simulation = |z: f64| simulate(z, n, Seed::new(5).named("training").index((1e6 * z) as usize));
    TrainingSet::new(&nuisance(&GaussianPair::rotation()), &simulation, &angles()).unwrap()
}

/// As many events at the nominal angle alone.
fn nominal_set(n: usize) -> TrainingSet {
    let toy = GaussianPair::rotation();
    let simulation = |z: f64| simulate(z, 21 * n, Seed::new(5).named("nominal"));
    TrainingSet::new(&nuisance(&toy), &simulation, &[toy.nominal()]).unwrap()
}

fn train(strategy: Strategy, set: &TrainingSet, seed: u64) -> TrainedClassifier {
    let params = Classifier::params().strategy(strategy).check().unwrap();
    params.fit(set, &Run::on(Device::flex()).seed(seed)).unwrap()
}

/// Fresh events, a million a class at one angle.
fn fresh(z: f64) -> Simulated {
    simulate(z, 1_000_000, Seed::new(77)).unwrap()
}

/// 1/√Σ S²/(S + B) in forty bins of the logit.
fn fixed_z_width(classifier: &TrainedClassifier, z: f64, events: &Simulated) -> f64 {
    let score = Discriminant::new(classifier, ScoreBinning::logit(40, 10.0).unwrap());
    let signal = score.counter(&events.signal).unwrap().count(z).0;
    let background = score.counter(&events.background).unwrap().count(z).0;
    let terms = signal.iter().zip(&background).filter(|(s, b)| *s + *b > 0.0);
    terms.map(|(s, b)| s * s / (s + b)).sum::<f64>().powf(-0.5)
}

#[test]
fn an_aware_classifier_is_the_best_at_every_angle() {
    let set = training_set(2400);
    let aware = train(Strategy::Aware, &set, 1);
    // 0.33 π is between two angles of the training.
    for turn in [0.25, 0.375, 0.5, 0.33] {
        let width = fixed_z_width(&aware, turn * PI, &fresh(turn * PI));
        assert!((width / 0.0677 - 1.0).abs() < 0.02, "{turn} π: {width:.4}");
    }
}

#[test]
fn strategies_that_do_not_know_the_angle_lose_far_from_the_nominal_one() {
    let set = training_set(2400);
    let (nominal, far) = (fresh(0.25 * PI), fresh(0.5 * PI));
    let nominal_set = nominal_set(2400);
    let widths = |strategy: Strategy| {
        let set = if strategy == Strategy::Baseline { &nominal_set } else { &set };
        let classifier = train(strategy, set, 1);
        [fixed_z_width(&classifier, 0.25 * PI, &nominal), fixed_z_width(&classifier, 0.5 * PI, &far)]
    };
    let close = |found: f64, expected: f64, tolerance: f64| (found / expected - 1.0).abs() < tolerance;
    let [aware, baseline, augmented] = [Strategy::Aware, Strategy::Baseline, Strategy::Augmented].map(widths);
    for [at_nominal, _] in [aware, baseline, augmented] {
        assert!(close(at_nominal, 0.0677, 0.02), "{at_nominal:.4}");
    }
    assert!((baseline[1] / aware[1] - 1.61).abs() < 0.06, "{baseline:?} {aware:?}");
    assert!(close(augmented[1], 0.1093, 0.03), "{augmented:?}");
    // Without strength an adversary takes nothing away.
    let idle = widths(Strategy::Adversarial(Adversary::of_strength(0.0)));
    assert!(close(idle[1], augmented[1], 0.02), "{idle:?} {augmented:?}");
    let split = widths(Strategy::AwareSplit);
    assert!(close(split[0], 0.0677, 0.03) && close(split[1], 0.0677, 0.03), "{split:?}");
}

#[test]
fn a_stronger_adversary_takes_more_away_until_only_counting_is_left() {
    let set = training_set(2400);
    let ends = [0.0, 0.5 * PI].map(|z| (z, simulate(z, 200_000, Seed::new(77)).unwrap()));
    // The toy is symmetric about its nominal angle, and which end suffers more is chance: the worse one counts.
    let worse = |strategy: &Strategy, seed: u64| {
        let classifier = train(strategy.clone(), &set, seed);
        ends.iter().map(|(z, events)| fixed_z_width(&classifier, *z, events)).fold(0.0, f64::max)
    };
    let medians: Vec<f64> = [0.0, 1.0, 10.0, 100.0]
        .into_iter()
        .map(|strength| {
            let strategy = Strategy::Adversarial(Adversary::of_strength(strength));
            // Side by side, for this test is the longest of all.
            let mut widths = std::thread::scope(|scope| {
                let (worse, strategy) = (&worse, &strategy);
                let seeds = [1, 2, 3].map(|seed| scope.spawn(move || worse(strategy, seed)));
                seeds.map(|run| run.join().unwrap())
            });
            widths.sort_by(f64::total_cmp);
            widths[1]
        })
        .collect();
    for pair in medians.windows(2) {
        assert!(pair[1] >= 0.97 * pair[0], "{medians:?}");
    }
    assert!(medians[3] >= 1.2 * medians[0], "{medians:?}");
    assert!(medians.iter().all(|width| *width <= 0.449 * 1.01), "{medians:?}");
}

/// Templates of a small aware classifier, counted and smoothed.
fn templates(classifier: &TrainedClassifier, density: Density) -> Templates {
    let score = Discriminant::new(classifier, ScoreBinning::logit(40, 10.0).unwrap());
    let simulation = |z: f64| simulate(z, 100_000, Seed::new(9));
    let knots = values(0.0, 0.55 * PI, 23);
    let options = TemplateOptions { density, ..TemplateOptions::default() };
    Templates::new(&nuisance(&GaussianPair::rotation()), &score, &simulation, &knots, options).unwrap()
}

#[test]
fn kernel_densities_give_the_precision_of_histograms() {
    let aware = train(Strategy::Aware, &training_set(1200), 1);
    let (counted, smooth) = (templates(&aware, Density::Histogram), templates(&aware, Density::Kernel));
    for turn in [0.2, 0.25, 0.5] {
        let [a, b] = [&counted, &smooth].map(|t| t.fixed_z_width(turn * PI, 1.0).unwrap());
        assert!((a / b - 1.0).abs() < 0.02, "{turn}: {a} {b}");
    }
}

#[test]
fn a_profile_over_templates_of_a_network_reaches_the_closed_form() {
    let aware = train(Strategy::Aware, &training_set(2400), 1);
    let measurement = Measurement::params().check(&templates(&aware, Density::Histogram)).unwrap();
    let score = Discriminant::new(&aware, ScoreBinning::logit(40, 10.0).unwrap());
    // The events of the templates at one of their angles: what is left is the network.
    let data = simulate(0.5 * PI, 100_000, Seed::new(9)).unwrap();
    let data = data.signal.concat(&data.background).unwrap();
    let observed = Observed::of(&score, &data).unwrap().splined(&values(0.4 * PI, 0.55 * PI, 31)).unwrap();
    let params = Measurement::params().z_range(0.4 * PI, 0.55 * PI);
    let measurement = params.check(measurement.templates()).unwrap();
    let found = measurement.fit(&observed).unwrap();
    assert!((found.mu - 1.0).abs() < 0.01, "{}", found.mu);
    assert!((found.z - 0.5 * PI).abs() < 1e-3, "{}", found.z);
    assert!((found.half_width().unwrap() / 0.0683 - 1.0).abs() < 0.03, "{:?}", found.half_width());
}

#[test]
fn a_second_observable_makes_a_plane_of_bins() {
    let aware = train(Strategy::Aware, &training_set(600), 1);
    let slope = Sensitivity(&aware);
    let binning = ScoreBinning::new([-4.0, -1.0, 1.0, 4.0]).unwrap();
    let both = Discriminant::new(&aware, ScoreBinning::logit(10, 8.0).unwrap()).and(&slope, binning);
    assert_eq!((both.n_bins(), both.moves()), (30, true));
    let events = simulate(0.8, 20_000, Seed::new(3)).unwrap();
    let (plane, _) = both.counter(&events.signal).unwrap().count(0.8);
    let one = Discriminant::new(&aware, ScoreBinning::logit(10, 8.0).unwrap());
    let (line, _) = one.counter(&events.signal).unwrap().count(0.8);
    for (bin, sum) in line.iter().enumerate() {
        let over: f64 = plane[3 * bin..3 * bin + 3].iter().sum();
        assert!((over - sum).abs() < 1e-9);
    }
    // The best logit is 2 x·n(z)/σ², and its slope 2 x·n'(z)/σ².
    let slopes = aware.sensitivities(&events.signal, 0.8).unwrap();
    let toy = GaussianPair::rotation();
    let exact: Vec<f64> = (0..1000)
        .map(|i| {
            let x = [events.signal.column("x1").unwrap()[i], events.signal.column("x2").unwrap()[i]];
            (toy.log_ratio(x, 0.801) - toy.log_ratio(x, 0.799)) / 0.002
        })
        .collect();
    let mean_of = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (ms, me) = (mean_of(&slopes[..1000]), mean_of(&exact));
    let covariance: f64 = slopes.iter().zip(&exact).map(|(s, e)| (s - ms) * (e - me)).sum();
    let (vs, ve): (f64, f64) =
        (slopes[..1000].iter().map(|s| (s - ms).powi(2)).sum(), exact.iter().map(|e| (e - me).powi(2)).sum());
    // A small network is no closed form; that it points the same way is what a second observable needs.
    assert!(covariance / (vs * ve).sqrt() > 0.8, "{}", covariance / (vs * ve).sqrt());
}

#[test]
fn scores_at_many_angles_are_those_at_each() {
    let aware = train(Strategy::AwareSplit, &training_set(600), 1);
    let events = simulate(0.8, 1000, Seed::new(3)).unwrap().signal;
    let z = [0.1, PI / 4.0, 1.2];
    let together = aware.logits_at(&events, &z).unwrap();
    for (row, &z) in together.iter().zip(&z) {
        assert_eq!(*row, aware.logits(&events, z).unwrap());
    }
    let text = serde_json::to_string(&aware).unwrap();
    let again: TrainedClassifier = serde_json::from_str(&text).unwrap();
    assert_eq!(again.logits(&events, 0.3).unwrap(), aware.logits(&events, 0.3).unwrap());
}

#[test]
fn a_classifier_whose_parts_do_not_fit_is_refused() {
    let params = Classifier::params().hidden_layers([4]).check().unwrap();
    let trained = params.fit(&training_set(50), &Run::on(Device::flex()).seed(1)).unwrap();
    let whole = serde_json::to_value(&trained).unwrap();
    assert!(serde_json::from_value::<TrainedClassifier>(whole.clone()).is_ok());
    let error = |path: &str, value: serde_json::Value| {
        let mut file = whole.clone();
        *file.pointer_mut(path).unwrap() = value;
        serde_json::from_value::<TrainedClassifier>(file).unwrap_err().to_string()
    };
    let few = error("/networks/one/parameters", serde_json::json!([1.0]));
    assert_eq!(few, "the parameters of a classifier must be 21 finite numbers, got 1 numbers");
    assert!(error("/inputs", serde_json::json!([])).contains("of its inputs and one output"));
    assert!(error("/inputs/0/name", "pt".into()).contains("\"pt\", which is not"));
    assert!(error("/spread", 0.0.into()).contains("positive and finite"));
    assert!(error("/strategy", "aware_split".into()).contains("those of its strategy"));
}

#[test]
fn a_training_that_was_stopped_ends_where_it_would_have_ended() {
    let set = training_set(300);
    let folder = tempfile::tempdir().unwrap();
    for strategy in [
        Strategy::Aware,
        Strategy::AwareSplit,
        Strategy::Adversarial(Adversary { hidden_layers: vec![8], ..Adversary::of_strength(3.0) }),
    ] {
        let params = |epochs: usize| -> ClassifierParams {
            let training = hepsys_paramclf::TrainingParams::default()
                .batch_size(500)
                .stopping(hepsys_paramclf::Stopping::after(epochs));
            let params = Classifier::params().strategy(strategy.clone()).hidden_layers([8]);
            params.training(training).validation_fraction(0.1)
        };
        let run = Run::on(Device::flex()).seed(3);
        let whole = params(4).check().unwrap().fit(&set, &run).unwrap();
        let file = folder.path().join(format!("{}.checkpoint", strategy.name()));
        // Two epochs, as if killed after the second; more epochs are no disagreement.
        let part = params(2).check().unwrap().fit_resumed(&set, &run, &file).unwrap();
        assert_eq!(part.histories()[0].n_epochs(), 2);
        let resumed = params(4).check().unwrap().fit_resumed(&set, &run, &file);
        // The description of a checkpoint holds all parameters of the classifier, of which the epochs are one.
        let resumed = resumed.unwrap();
        assert_eq!(resumed, whole, "{}", strategy.name());
    }
}

#[test]
fn an_interrupted_training_keeps_its_epochs() {
    let set = training_set(300);
    let interrupt = Interrupt::new();
    interrupt.request();
    let run = Run::on(Device::flex()).seed(3).interrupted_by(interrupt);
    let params = Classifier::params().hidden_layers([8]).check().unwrap();
    assert!(matches!(params.fit(&set, &run), Err(ParamclfError::Interrupted)));
}

#[test]
fn two_models_are_not_trained_on_without_saying_so() {
    let generators = NuisanceParameter::gaussian("Herwig or Pythia", 1.0).unwrap().two_point();
    let error = TrainedNuisance::new(&generators, 0.0).unwrap_err().to_string();
    assert!(error.starts_with("\"Herwig or Pythia\" is a two-point systematic uncertainty"), "{error}");
    assert!(TrainedNuisance::train_on_two_points(&generators, 0.0).is_ok());
}

#[test]
fn what_is_missing_is_named() {
    let toy = GaussianPair::rotation();
    let simulation = |z: f64| simulate(z, 100, Seed::new(1));
    let set = TrainingSet::new(&nuisance(&toy), &simulation, &[0.1, 0.2]).unwrap();
    let run = Run::on(Device::flex());
    let error = |strategy| {
        let params: ClassifierParams = Classifier::params().strategy(strategy);
        params.check().unwrap().fit(&set, &run).unwrap_err().to_string()
    };
    assert_eq!(
        error(Strategy::TrainedAt(0.3)),
        "events to train the strategy \"trained at z = 0.300\" at z = 0.3: the training set has [0.1, 0.2]"
    );
    let missing = Classifier::params().inputs(["pt"]).check().unwrap().fit(&set, &run).unwrap_err();
    assert!(missing.to_string().contains("pt"), "{missing}");
    let none = TrainingSet::new(&nuisance(&toy), &simulation, &[]).unwrap_err().to_string();
    assert_eq!(none, "the values of \"z\" to train at must be one or more, got none");
    for params in [
        Classifier::params().strategy(Strategy::Adversarial(Adversary::of_strength(-1.0))),
        Classifier::params().validation_fraction(1.0),
        Classifier::params().inputs(Vec::<String>::new()),
        Classifier::params().strategy(Strategy::TrainedAt(f64::NAN)),
    ] {
        assert!(matches!(params.check(), Err(ParamclfError::BadParameter { .. })));
    }
}
