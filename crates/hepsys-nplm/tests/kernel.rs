//! The kernel method through its public interface: what it promises for every sample, and what it says when used wrongly.

mod common;

use common::{exact_scale, exponential, gaussian, quantiles, run, sample, weighted};
use hepsys_nplm::{
    Auxiliary, Binning, Feature, Interrupt, Kernel, KernelFit, KernelParams, NplmError, Nuisances, Sample,
    Weights,
};

fn kernel() -> KernelParams {
    Kernel::params().centres(40).width(1.5).penalty(1e-7)
}

fn scale_and_norm(sigma: f64) -> Nuisances {
    Nuisances::none().normalisation(gaussian("norm", sigma)).shape(gaussian("scale", sigma), exact_scale())
}

fn fit(test: KernelParams, reference: &Sample, data: &Sample) -> Result<KernelFit, NplmError> {
    test.check()?.fit(reference, data, &Auxiliary::nominal(), &run())
}

fn error(test: KernelParams, reference: &Sample, data: &Sample) -> String {
    fit(test, reference, data).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn statistic_vanishes_when_data_equal_the_reference() {
    let reference = weighted(&exponential(1000, "reference"), 1.0);
    let fit = fit(kernel().nuisances(scale_and_norm(0.15)), &reference, &reference).unwrap();
    assert!(fit.convergence().is_converged());
    // The search begins at its end; rounding of a thousand terms that cancel.
    assert!(fit.delta().abs() < 1e-11, "{}", fit.delta());
    assert!(fit.tau().abs() < 1e-6, "{}", fit.tau());
    assert!(fit.log_ratio(&reference).unwrap().iter().all(|f| f.abs() < 1e-6));
}

#[test]
fn statistic_does_not_depend_on_the_order_of_events() {
    let reference = weighted(&exponential(1500, "reference"), 0.2);
    let data = exponential(320, "data");
    let reversed = |sample: &Sample| sample.take(&(0..sample.n_events()).rev().collect::<Vec<_>>()).unwrap();
    // The default width comes from events as well.
    let test = || Kernel::params().centres(40).nuisances(scale_and_norm(0.05));
    let (forth, back) = (
        fit(test(), &reference, &data).unwrap(),
        fit(test(), &reversed(&reference), &reversed(&data)).unwrap(),
    );
    // Sums in another order are rounded differently, and the search ends within its tolerance of 1e-5.
    let difference = forth.test_statistic().value() - back.test_statistic().value();
    assert!(difference.abs() < 1e-4, "{difference}");
    // Standardised inputs differ in their last digits.
    assert!((forth.width() - back.width()).abs() < 1e-12);
}

#[test]
fn neither_threads_nor_memory_change_a_bit() {
    let reference = weighted(&exponential(6000, "reference"), 0.2);
    let data = exponential(1210, "data");
    let with_memory = |memory| {
        let test = kernel().memory(memory).nuisances(scale_and_norm(0.05));
        fit(test, &reference, &data).unwrap()
    };
    let threads = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
    // Inside a pool the kernel walks through its blocks; elsewhere it spreads them.
    let spread = with_memory(usize::MAX);
    let others = [
        threads(1).install(|| with_memory(usize::MAX)),
        threads(2).install(|| with_memory(0)),
        with_memory(0),
    ];
    for other in others {
        assert_eq!(other.test_statistic().value().to_bits(), spread.test_statistic().value().to_bits());
        assert_eq!(other.coefficients(), spread.coefficients());
        assert_eq!(other.convergence(), spread.convergence());
    }
}

#[test]
fn another_seed_draws_other_centres() {
    let reference = weighted(&exponential(800, "reference"), 0.5);
    let data = exponential(420, "data");
    let with = |seed| {
        let test = kernel().check().unwrap();
        test.fit(&reference, &data, &Auxiliary::nominal(), &run().seed(seed)).unwrap()
    };
    assert_eq!(with(1).coefficients(), with(1).coefficients());
    assert_ne!(with(1).coefficients(), with(2).coefficients());
}

#[test]
fn infinite_penalty_leaves_the_nuisances_alone_to_explain_the_data() {
    // Closed forms: Δ of a normalisation with 2100 events where 2000 are expected.
    let reference = weighted(&exponential(1000, "reference"), 2.0);
    let data = exponential(2100, "data");
    let cases = [(0.05, 0.0409580413, 4.1191821906), (0.15, 0.0477784681, 4.8150838471)];
    for (sigma, nu, delta) in cases {
        let nuisances = Nuisances::none().normalisation(gaussian("norm", sigma));
        let fit = fit(kernel().penalty(1e12).nuisances(nuisances), &reference, &data).unwrap();
        assert!((fit.delta() - delta).abs() < 1e-8, "{}", fit.delta());
        let found: Vec<f64> = fit
            .nuisances_of_the_reference()
            .chain(fit.nuisances_of_the_alternative())
            .map(|(_, nu)| nu)
            .collect();
        assert!(found.iter().all(|found| (found - nu).abs() < 1e-8), "{found:?}");
        // f is of the order of the residuals over 2Nλ, a number of order 1e-13.
        assert!(fit.test_statistic().value().abs() < 1e-8, "{}", fit.test_statistic());
    }
}

#[test]
fn smaller_penalty_sees_more() {
    let reference = weighted(&exponential(2000, "reference"), 0.2);
    let data = exponential(430, "data");
    let t = |penalty| fit(kernel().penalty(penalty), &reference, &data).unwrap().test_statistic().value();
    let values = [1.0, 1e-2, 1e-4, 1e-6].map(t);
    assert!(values.windows(2).all(|pair| pair[0] < pair[1]), "{values:?}");
}

#[test]
fn nuisances_absorb_a_shift_that_the_test_sees_without_them() {
    let reference = weighted(&quantiles(8000), 0.25);
    // Data at scale and normalisation of one standard deviation, without fluctuations.
    let shifted: Vec<f64> = quantiles(2300).column("x").unwrap().iter().map(|x| x * 0.15_f64.exp()).collect();
    let data = sample(shifted);
    let aware = fit(kernel().nuisances(scale_and_norm(0.15)), &reference, &data).unwrap();
    let unaware = fit(kernel(), &reference, &data).unwrap();
    // Both constraints pull by one standard deviation: two units, and the third order of the expansion is left over.
    assert!(aware.test_statistic().value() < 5.0, "{}", aware.test_statistic());
    assert!(unaware.test_statistic().value() > 60.0, "{}", unaware.test_statistic());
    assert_eq!(unaware.delta(), 0.0);
}

#[test]
fn excess_is_found_and_stands_where_it_was_put() {
    let squared = |s: &Sample| {
        let values: Vec<f64> = s.column("x").unwrap().iter().map(|x| x * x).collect();
        s.clone().with_column(Feature::new("x squared", "1"), values).unwrap()
    };
    let reference = squared(&weighted(&exponential(10_000, "reference"), 0.1));
    let data = squared(&exponential(1000, "data").concat(&sample(vec![6.4; 25])).unwrap());
    let test =
        Kernel::params().inputs(["x"]).width(0.7).penalty(1e-9).centres(400).nuisances(scale_and_norm(0.05));
    let fit = fit(test, &reference, &data).unwrap();
    assert!(fit.convergence().is_converged());
    assert_eq!(fit.coefficients().len(), 400);
    // Without an excess t is about 15 ± 6.
    assert!(fit.test_statistic().value() > 25.0, "{}", fit.test_statistic());

    // A variable that the kernel does not see.
    let binning = Binning::new([0.0, 4.0, 16.0, 36.0, 47.0]).unwrap();
    let seen = fit.reconstruct(&reference, "x squared", &binning).unwrap();
    let ratios: Vec<f64> = seen.ratio().into_iter().map(Option::unwrap).collect();
    assert!(ratios[3] > 2.0, "{ratios:?}");
    // Below the peak the data fluctuate by 3 and 9 %; three times that.
    assert!((ratios[0] - 1.0).abs() < 0.09 && (ratios[1] - 1.0).abs() < 0.27, "{ratios:?}");

    let summary = fit.summary();
    let named: Vec<&str> = summary.quantities().map(|q| q.name.as_str()).collect();
    assert_eq!(named, ["t", "tau", "Delta", "centres", "width", "penalty"]);
}

#[test]
fn statistic_is_never_negative_however_narrow_the_gaussians() {
    // Gaussians over a few reference events each: the logistic loss learns more than the likelihood bears.
    let reference = weighted(&exponential(4000, "reference"), 0.1);
    let data = exponential(400, "data").concat(&sample(vec![6.4; 20])).unwrap();
    let test = |width| fit(kernel().centres(300).width(width), &reference, &data).unwrap();
    let narrow = [0.2, 0.3, 0.4, 0.5, 0.6].map(test);
    assert!(narrow.iter().all(|fit| fit.test_statistic().value() > 0.0));
    let shrinkages: Vec<f64> = narrow.iter().map(KernelFit::shrinkage).collect();
    assert!(shrinkages.iter().any(|s| *s < 0.9), "{shrinkages:?}");
    assert!(test(2.0).shrinkage() > 0.9);
}

#[test]
fn penalty_that_is_suggested_is_the_smallest_that_converges() {
    let reference = weighted(&exponential(2000, "reference"), 0.2);
    let toy = exponential(400, "toy");
    let suggestion = Kernel::params().suggest(&reference, &toy, &Auxiliary::nominal(), &run()).unwrap();
    assert_eq!(suggestion.centres, 49);
    assert!((suggestion.width - 10_f64.ln()).abs() < 0.2, "{}", suggestion.width);
    let mut stable = suggestion.trials.iter().filter(|t| t.is_converged && t.n_conjugate <= 300);
    assert_eq!(stable.next_back().unwrap().penalty, suggestion.penalty);
    let again = fit(Kernel::params().suggested(&suggestion), &reference, &toy).unwrap();
    assert!(again.convergence().is_converged());
}

#[test]
fn errors_say_what_was_expected() {
    let reference = weighted(&exponential(100, "reference"), 0.2);
    let data = exponential(20, "data");
    let cases = [
        (kernel().centres(0), "centres must be one or more, got 0"),
        (kernel().centres(121), "centres must be no more than the 120 events of reference and data, got 121"),
        (kernel().penalty(0.0), "penalty must be positive and finite, got 0"),
        (kernel().penalty(-1.0), "penalty must be positive and finite, got -1"),
        (kernel().width(0.0), "width must be positive and finite, got 0"),
        (kernel().width(f64::NAN), "width must be positive and finite, got NaN"),
        (kernel().tolerance(f64::INFINITY), "tolerance must be positive and finite, got inf"),
        (kernel().max_steps(0), "max_steps must be one or more, got 0"),
        (kernel().inputs([""; 0]), "inputs must be one or more features, got none"),
    ];
    for (test, expected) in cases {
        assert_eq!(error(test, &reference, &data), expected);
    }
    assert!(error(kernel().inputs(["y"]), &reference, &data).contains('y'));
    assert_eq!(error(kernel(), &reference, &sample(vec![])), "the data must not be empty");
    assert_eq!(error(kernel(), &weighted(&reference, 0.0), &data), "the reference must not be empty");

    let mut weights = vec![0.2; 100];
    weights[17] = -0.1;
    let negative = reference.clone().with_weights(Weights::new(weights).unwrap()).unwrap();
    let message = error(kernel(), &negative, &data);
    assert!(
        message.starts_with("the weight of event 17 of the reference must be zero or positive"),
        "{message}"
    );

    let one_value = weighted(&sample(vec![2.0; 100]), 0.2);
    let unscaled = Kernel::params().centres(2).scaling(hepsys_nplm::Scaling::Unscaled);
    assert!(error(unscaled, &one_value, &data).starts_with("width must be set"));
}

#[test]
fn interrupt_ends_the_search() {
    let interrupt = Interrupt::new();
    interrupt.request();
    let reference = weighted(&exponential(300, "reference"), 0.5);
    let test = kernel().check().unwrap();
    let interrupted = run().interrupted_by(interrupt);
    let outcome = test.fit(&reference, &exponential(160, "data"), &Auxiliary::nominal(), &interrupted);
    assert!(matches!(outcome, Err(NplmError::Interrupted)));
}

#[test]
fn data_that_contradict_the_auxiliary_measurements_are_seen() {
    let reference = weighted(&quantiles(8000), 0.25);
    let nuisances = scale_and_norm(0.05);
    let test = kernel().nuisances(nuisances).check().unwrap();
    // The normalisation was measured five standard deviations from what the data have.
    let contradicting = Auxiliary::nominal().measured("norm", 0.25);
    let fit = test.fit(&reference, &quantiles(2000), &contradicting, &run()).unwrap();
    // With the uncertainty 1/√2000 of the data this is 0.25²/(0.05² + 1/2000) = 20.8.
    assert!((fit.test_statistic().value() - 20.8).abs() < 1.0, "{}", fit.test_statistic());
}
