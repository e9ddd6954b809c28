use hepsys_core::Seed;
use statrs::function::gamma::ln_gamma;

use crate::fit::Fitter;
use crate::hessian::Hessian;
use crate::test_support::{check_derivatives, close};
use crate::unbinned::{
    Bandwidth, Component, Events, Exponential, Gaussian, KernelDensity, Polynomial, Range,
    UnbinnedLikelihood, UnbinnedModel,
};
use crate::{Generative, Likelihood, Parameter};

fn range(low: f64, high: f64) -> Range {
    Range::new(low, high).unwrap()
}

/// Signal, background with a slope and a curvature, and kernels with a strength and a normalisation.
fn mixture() -> UnbinnedModel {
    let range = range(0.0, 10.0);
    let kernels: Vec<f64> = (0..40).map(|i| 0.006 * f64::from(i * i)).collect();
    let kernels = KernelDensity::new(&Events::new(kernels), Bandwidth::Silverman, range).unwrap();
    let free = |name: &str, init: f64, low: f64, high: f64| Parameter::free(name, init).within(low, high);
    UnbinnedModel::new(vec![
        Component::new(
            "signal",
            Gaussian::new(free("mass", 4.0, 2.0, 8.0), free("width", 0.5, 0.1, 3.0), range),
        )
        .expected(200.0)
        .times(free("mu", 1.0, 0.0, 10.0)),
        // The same width again, in another density.
        Component::new(
            "second",
            Gaussian::new(free("mass_2", 7.0, 5.0, 9.0), free("width", 0.5, 0.1, 3.0), range),
        )
        .expected(80.0)
        .times(free("mu", 1.0, 0.0, 10.0))
        .times(free("ratio", 1.0, 0.0, 5.0)),
        Component::new("falling", Exponential::new(free("rate", 0.3, -2.0, 2.0), range)).times(free(
            "n_falling",
            500.0,
            0.0,
            1e4,
        )),
        Component::new(
            "flat",
            Polynomial::new(vec![free("c1", 0.1, -0.5, 0.5), free("c2", -0.1, -0.5, 0.5)], range),
        )
        .times(free("n_flat", 300.0, 0.0, 1e4)),
        Component::new("kernels", kernels).expected(100.0).times(free("mu", 1.0, 0.0, 10.0)),
    ])
    .unwrap()
}

#[test]
fn derivatives_match_finite_differences() {
    let model = mixture();
    let toy = UnbinnedLikelihood::new(&model, vec![]).unwrap();
    let toy = toy.toy(&toy.inits(), &mut Seed::new(3).stream());
    let mut x = toy.inits();
    check_derivatives(&toy, &x, 1e-6);
    x.iter_mut().enumerate().for_each(|(i, x)| *x *= 1.0 + 0.02 * (i % 3) as f64);
    check_derivatives(&toy, &x, 1e-6);
    // Without signal products still have their derivatives.
    x[toy.index_of("mu").unwrap()] = 0.0;
    check_derivatives(&toy, &x, 1e-6);
}

#[test]
fn an_exponential_has_the_mean_of_its_events() {
    // e^{-60} of it lies beyond the range.
    let range = range(0.0, 60.0);
    let rate = Parameter::free("rate", 0.7).within(0.01, 10.0);
    let number = Parameter::free("n", 10.0).within(0.0, 1e4);
    let model =
        UnbinnedModel::new(vec![Component::new("decays", Exponential::new(rate, range)).times(number)]);
    let model = model.unwrap();
    let events = vec![0.3, 1.9, 0.4, 2.2, 0.05, 0.8, 1.1];
    let (n, mean) = (7.0, events.iter().sum::<f64>() / 7.0);
    let likelihood = UnbinnedLikelihood::new(&model, events).unwrap();
    let fit = Fitter::default().fit(&likelihood);
    assert!(fit.is_converged());
    assert!(close(fit.parameters[0], 1.0 / mean, 1e-7) && close(fit.parameters[1], n, 1e-7), "{fit:?}");
    // σ_λ = λ/√n, σ_N = √N.
    let errors = fit.hesse_errors().unwrap();
    assert!(close(errors[0], 1.0 / mean / n.sqrt(), 1e-6) && close(errors[1], n.sqrt(), 1e-6));
    // N − n ln N + ln n! − n ln λ + λ Σx
    let nll = n - n * n.ln() + ln_gamma(n + 1.0) + n * mean.ln() + n;
    assert!(close(fit.nll, nll, 1e-10), "{} {nll}", fit.nll);
}

#[test]
fn a_gaussian_has_mean_and_standard_deviation_of_its_events() {
    let mean = Parameter::free("mean", 0.5);
    let sigma = Parameter::free("sigma", 1.0).within(0.01, 10.0);
    let range = range(-100.0, 100.0);
    let number = Parameter::free("n", 5.0).within(0.0, 1e4);
    let model =
        UnbinnedModel::new(vec![Component::new("g", Gaussian::new(mean, sigma, range)).times(number)]);
    let model = model.unwrap();
    let events = [1.2, -0.4, 0.9, 2.2, 0.1, 1.7];
    let weights = vec![1.0, 2.0, 0.5, 1.0, 1.5, 1.0];
    let total: f64 = weights.iter().sum();
    let average =
        |f: &dyn Fn(f64) -> f64| events.iter().zip(&weights).map(|(x, w)| w * f(*x)).sum::<f64>() / total;
    let mean = average(&|x| x);
    let sigma = average(&|x| (x - mean).powi(2)).sqrt();
    let events = Events::weighted(events.to_vec(), weights).unwrap();
    let fit = Fitter::default().fit(&UnbinnedLikelihood::new(&model, events).unwrap());
    assert!(fit.is_converged());
    for (value, expected) in fit.parameters.iter().zip([mean, sigma, total]) {
        assert!(close(*value, expected, 1e-7), "{value} {expected}");
    }
    let errors = fit.hesse_errors().unwrap();
    for (error, expected) in
        errors.iter().zip([sigma / total.sqrt(), sigma / (2.0 * total).sqrt(), total.sqrt()])
    {
        assert!(close(*error, expected, 1e-6), "{error} {expected}");
    }
}

#[test]
fn two_components_apart_have_their_counts_as_yields() {
    // Peaks that do not overlap: each yield is the number of events in its peak, as in two bins.
    let range = range(0.0, 10.0);
    let peak = |name: &str, at: f64| {
        let fixed = |name: String, value| Parameter { is_fixed: true, ..Parameter::free(name, value) };
        let density = Gaussian::new(fixed(format!("m_{name}"), at), fixed(format!("s_{name}"), 0.1), range);
        Component::new(name, density).times(Parameter::free(format!("n_{name}"), 1.0).within(0.0, 100.0))
    };
    let model = UnbinnedModel::new(vec![peak("left", 2.0), peak("right", 8.0)]).unwrap();
    let likelihood = UnbinnedLikelihood::new(&model, vec![1.9, 2.0, 2.1, 7.9, 8.05]).unwrap();
    let fit = Fitter::default().fit(&likelihood);
    let yields: Vec<f64> =
        ["n_left", "n_right"].map(|n| fit.parameters[likelihood.index_of(n).unwrap()]).to_vec();
    assert!(close(yields[0], 3.0, 1e-6) && close(yields[1], 2.0, 1e-6), "{yields:?}");
}

#[test]
fn asimov_data_give_their_parameters_back() {
    let model = mixture();
    let nothing = UnbinnedLikelihood::new(&model, vec![]).unwrap();
    let truth = nothing.inits();
    let asimov = nothing.asimov(&truth);
    let expected: f64 = model.yields(&truth).iter().map(|(_, n)| n).sum();
    assert!(close(asimov.events().total(), expected, 1e-11));
    let (mut gradient, n) = (vec![0.0; truth.len()], truth.len());
    let mut hessian = Hessian::dense(n);
    asimov.hessian(&truth, &mut gradient, &mut hessian);
    for (i, g) in gradient.iter().enumerate() {
        assert!(g.abs() < 1e-8 * hessian.get(i, i).sqrt().max(1.0), "{}: {g}", asimov.parameters()[i].name);
    }
}

#[test]
fn pulls_of_toys_are_standard() {
    let range = range(100.0, 160.0);
    let mass = Parameter::free("mass", 125.0).within(115.0, 135.0);
    let width = Parameter { is_fixed: true, ..Parameter::free("width", 2.0) };
    let rate = Parameter::free("rate", 0.02).within(-1.0, 1.0);
    let model = UnbinnedModel::new(vec![
        Component::new("signal", Gaussian::new(mass, width, range))
            .times(Parameter::free("n_signal", 150.0).within(-100.0, 1e4)),
        Component::new("background", Exponential::new(rate, range))
            .times(Parameter::free("n_background", 800.0).within(0.0, 1e5)),
    ])
    .unwrap();
    let nothing = UnbinnedLikelihood::new(&model, vec![]).unwrap();
    let truth = nothing.inits();
    let seed = Seed::new(5).named("pulls");
    const N: usize = 300;
    let mut pulls = vec![Vec::new(); truth.len()];
    for toy in 0..N {
        let fit = Fitter::default().fit(&nothing.toy(&truth, &mut seed.index(toy).stream()));
        assert!(fit.is_converged(), "toy {toy}: {fit:?}");
        let errors = fit.hesse_errors().unwrap();
        for p in (0..truth.len()).filter(|p| fit.is_free[*p]) {
            pulls[p].push((fit.parameters[p] - truth[p]) / errors[p]);
        }
    }
    for (p, pulls) in pulls.iter().enumerate().filter(|(_, pulls)| !pulls.is_empty()) {
        let mean = pulls.iter().sum::<f64>() / N as f64;
        let width = (pulls.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / N as f64).sqrt();
        // Four standard deviations of 300 toys are 0.23 and 0.16.
        let name = &nothing.parameters()[p].name;
        assert!(mean.abs() < 0.23 && (width - 1.0).abs() < 0.16, "{name}: {mean} {width}");
    }
}

#[test]
fn the_value_is_a_poisson_probability_times_densities() {
    let model = mixture();
    let events = vec![0.5, 3.9, 4.2, 7.7, 9.1];
    let likelihood = UnbinnedLikelihood::new(&model, events.clone()).unwrap();
    let x = likelihood.inits();
    let total: f64 = model.yields(&x).iter().map(|(_, n)| n).sum();
    let densities: f64 = events.iter().map(|e| (model.density(*e, &x) / total).ln()).sum();
    let poisson = total - 5.0 * total.ln() + ln_gamma(6.0);
    assert!(close(likelihood.nll(&x), poisson - densities, 1e-12));
    let error = UnbinnedLikelihood::new(&model, vec![1.0, 10.5]).unwrap_err().to_string();
    assert_eq!(error, "events must be between 0 and 10, but value 1 is 10.5");
}

#[test]
fn components_have_to_agree() {
    let gaussian = |low, init| {
        let sigma = Parameter::free("sigma", init);
        Component::new("g", Gaussian::new(Parameter::free("m", 1.0), sigma, range(low, 5.0)))
    };
    let error = UnbinnedModel::new(vec![gaussian(0.0, 1.0), gaussian(1.0, 1.0)]).unwrap_err().to_string();
    assert_eq!(error, "the range of \"g\" must be 0 to 5, got 1 to 5");
    let error = UnbinnedModel::new(vec![gaussian(0.0, 1.0), gaussian(0.0, 2.0)]).unwrap_err().to_string();
    assert!(error.starts_with("parameter \"sigma\" has the starting value 1 in part"), "{error}");
    // A density that is negative at an event has no likelihood, however many others there are.
    let slope = Parameter::free("c1", 0.0);
    let model = UnbinnedModel::new(vec![
        Component::new("a", Polynomial::new(vec![slope], range(0.0, 1.0))).expected(5.0),
        Component::new("b", Polynomial::uniform(range(0.0, 1.0))).expected(50.0),
    ])
    .unwrap();
    let likelihood = UnbinnedLikelihood::new(&model, vec![0.01]).unwrap();
    assert_eq!(likelihood.nll(&[1.5]), f64::INFINITY);
    assert!(likelihood.nll(&[0.5]).is_finite());
}
