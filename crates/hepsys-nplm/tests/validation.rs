//! Validation with a test whose null distribution is known: a line in x, for which t follows χ² with two degrees of freedom.

mod common;

use common::{exact_scale, gaussian, quantiles, run, sample, weighted};
use hepsys_nplm::rand::RngExt;
use hepsys_nplm::{
    Experiment, LearnedTest, Nplm, NplmError, NplmValidParams, Nuisances, NullDistribution, Outcome,
    PseudoExperiments, Scaling, Seed, Toy, Truth, Validation, poisson,
};

const EXPECTED: f64 = 400.0;

fn line(nuisances: Nuisances) -> NplmValidParams {
    Nplm::params().hidden_layers([]).scaling(Scaling::Unscaled).nuisances(nuisances).check().unwrap()
}

fn nuisances() -> Nuisances {
    Nuisances::none()
        .normalisation(gaussian("normalisation", 0.1))
        .shape(gaussian("scale", 0.1), exact_scale())
}

/// Data of the true normalisation and scale; the reference has no fluctuations.
fn draw(truth: &Truth, nuisances: &Nuisances, toy: &Toy) -> Result<Experiment, NplmError> {
    let expected = EXPECTED * truth.value("normalisation").exp();
    let n_data = poisson(expected, &mut toy.stream("number of data"))?;
    let mut stream = toy.stream("data");
    let scale = truth.value("scale").exp();
    let data = (0..n_data).map(|_| -scale * (1.0 - stream.random::<f64>()).ln()).collect();
    let reference = weighted(&quantiles(2000), EXPECTED / 2000.0);
    Ok(Experiment {
        reference,
        data: sample(data),
        auxiliary: truth.measure(nuisances, &mut toy.stream("auxiliary"))?,
    })
}

fn validate(test: &NplmValidParams, truths: Vec<Truth>, n_toys: usize) -> Validation {
    let all = nuisances();
    let toys = truths.into_iter().map(|truth| {
        let experiments = PseudoExperiments::new(truth.label()).toys(n_toys).seed(Seed::new(3));
        let evaluate = |toy: &Toy| -> Result<Outcome, NplmError> {
            let mut experiment = draw(&truth, &all, toy)?;
            if test.nuisances().is_empty() {
                experiment.auxiliary = hepsys_nplm::Auxiliary::nominal();
            }
            test.evaluate(&experiment, &run())
        };
        let outcomes = experiments.run(evaluate).unwrap().into_values();
        (truth, outcomes)
    });
    Validation::new(NullDistribution::chi_squared(2.0).unwrap(), toys.collect()).unwrap()
}

#[test]
fn a_test_that_knows_its_nuisance_parameters_is_valid_at_all_of_their_values() {
    let truths = Truth::validation_points(&nuisances());
    assert_eq!(truths.len(), 7);
    let validation = validate(&line(nuisances()), truths, 200);
    assert!(validation.is_valid(0.01), "{:#?}", validation.points());
    // τ alone does move: a normalisation one σ off changes 400 events by two of their standard deviations.
    let shifted = &validation.points()[2];
    assert_eq!(shifted.truth.label(), "normalisation +1σ");
    assert!(shifted.tau.value > validation.points()[0].tau.value + 1.0);
}

#[test]
fn a_test_without_them_is_not() {
    let truths = vec![Truth::nominal(), Truth::named("normalisation +1σ").with("normalisation", 0.1)];
    let validation = validate(&line(Nuisances::none()), truths, 100);
    assert!(!validation.is_valid(0.01));
    assert!(validation.points()[0].corrected > 0.01 && validation.points()[1].corrected < 1e-4);
    assert!(validation.largest_pull() > 3.0);
    // A table and a figure.
    assert_eq!(validation.summary().blocks.len(), 2);
}

#[test]
fn a_truth_of_no_nuisance_parameter_is_an_error() {
    let mut stream = Seed::new(1).stream();
    let error = Truth::named("typo").with("scael", 0.1).measure(&nuisances(), &mut stream).unwrap_err();
    assert!(
        error.to_string().contains("scael") && error.to_string().contains("normalisation, scale"),
        "{error}"
    );
}
