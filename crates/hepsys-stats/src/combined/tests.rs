use hepsys_core::Seed;

use super::*;
use crate::Measurements;
use crate::fit::Fitter;
use crate::hessian::Hessian;
use crate::histfactory::AuxiliaryDensity::{Gaussian, Poisson};
use crate::histfactory::{BinnedLikelihood, Model};
use crate::morph::{MorphLikelihood, MorphModel, MorphProcess};
use crate::test_support::{check_derivatives, close};
use crate::unbinned::{Component, Exponential, Range, UnbinnedLikelihood, UnbinnedModel};
use crate::workspace::{Interpolation, Workspace};

/// Two channels that share a strength, a luminosity and two nuisance parameters; one of them alone if asked.
fn workspace(channels: &[&str]) -> Workspace {
    let modifiers = |name: &str| {
        format!(
            r#"{{"name": "lumi", "type": "lumi", "data": null}},
               {{"name": "jes", "type": "histosys", "data": {{"hi_data": [11, 22, 35], "lo_data": [9.5, 19, 28]}}}},
               {{"name": "theory", "type": "normsys", "data": {{"hi": 1.1, "lo": 0.92}}}},
               {{"name": "mc_{name}", "type": "staterror", "data": [1.0, 1.5, 2.0]}}"#
        )
    };
    let channel = |name: &&str| {
        format!(
            r#"{{"name": "{name}", "samples": [
                {{"name": "s", "data": [2, 5, 9], "modifiers": [{{"name": "mu", "type": "normfactor", "data": null}},
                                                             {{"name": "lumi", "type": "lumi", "data": null}}]}},
                {{"name": "b", "data": [10, 20, 30], "modifiers": [{}]}}]}}"#,
            modifiers(name)
        )
    };
    let observation = |name: &&str| {
        let counts = if *name == "a" { "[14, 23, 41]" } else { "[9, 27, 44]" };
        format!(r#"{{"name": "{name}", "data": {counts}}}"#)
    };
    let list = |f: &dyn Fn(&&str) -> String| channels.iter().map(f).collect::<Vec<_>>().join(", ");
    let text = format!(
        r#"{{"version": "1.0.0", "channels": [{}], "observations": [{}], "measurements": [{{"name": "m", "config":
            {{"poi": "mu", "parameters": [{{"name": "lumi", "auxdata": [1.0], "bounds": [[0.5, 1.5]], "inits": [1.0], "sigmas": [0.02]}}]}}}}]}}"#,
        list(&channel),
        list(&observation)
    );
    Workspace::parse(&text).unwrap()
}

fn model(channels: &[&str]) -> (Model, crate::histfactory::Data) {
    workspace(channels).model(None, Interpolation::default()).unwrap()
}

#[test]
fn two_channels_added_are_the_model_of_both() {
    let (whole, data) = model(&["a", "b"]);
    let whole = BinnedLikelihood::new(&whole, data);
    let (a, a_data) = model(&["a"]);
    let (b, b_data) = model(&["b"]);
    let (less, less_data) = b.without_auxiliary(&b_data, &["lumi", "jes", "theory"]).unwrap();
    let combined =
        Combined::new(vec![BinnedLikelihood::new(&a, a_data), BinnedLikelihood::new(&less, less_data)])
            .unwrap();
    let n = whole.parameters().len();
    assert_eq!(combined.parameters().len(), n);
    let places: Vec<usize> = whole.parameters().iter().map(|p| combined.index_of(&p.name).unwrap()).collect();
    for (parameter, &place) in whole.parameters().iter().zip(&places) {
        assert_eq!(*parameter, combined.parameters()[place]);
    }
    let seed = Seed::new(9);
    for point in 0..3 {
        let toy = whole.model().draw(&whole.inits(), &mut seed.index(point).stream());
        let x: Vec<f64> =
            whole.inits().iter().zip(0..).map(|(v, i)| v + 0.02 * toy.counts[i % 6] / 20.0).collect();
        let mut y = vec![0.0; n];
        places.iter().zip(&x).for_each(|(&place, v)| y[place] = *v);
        let (mut g, mut h) = (vec![0.0; n], Hessian::new(whole.couplings()));
        let (mut gc, mut hc) = (g.clone(), Hessian::new(combined.couplings()));
        let values = (whole.hessian(&x, &mut g, &mut h), combined.hessian(&y, &mut gc, &mut hc));
        assert!(close(values.0, values.1, 1e-13) && close(combined.nll(&y), values.1, 1e-13));
        for i in 0..n {
            assert!(close(gc[places[i]], g[i], 1e-12));
            (0..n).for_each(|k| assert!(close(hc.get(places[i], places[k]), h.get(i, k), 1e-12)));
        }
        check_derivatives(&combined, &y, 1e-6);
    }
    let (one, other) = (Fitter::default().fit(&whole), Fitter::default().fit(&combined));
    assert!(one.is_converged() && other.is_converged() && close(one.nll, other.nll, 1e-12));
}

#[test]
fn a_measurement_can_stand_in_a_part_of_its_own() {
    let (a, a_data) = model(&["a"]);
    let whole = BinnedLikelihood::new(&a, a_data.clone());
    let (less, less_data) = a.without_auxiliary(&a_data, &["lumi"]).unwrap();
    let lumi = less.parameters()[less.index_of("lumi").unwrap()].clone();
    let measured = Measurements::new().and(lumi, Gaussian { sigma: 0.02 }, 1.0).unwrap();
    let parts: Vec<Box<dyn Likelihood + '_>> =
        vec![Box::new(BinnedLikelihood::new(&less, less_data)), Box::new(measured)];
    let combined = Combined::new(parts).unwrap();
    assert_eq!(combined.parameters(), whole.parameters());
    let mut x = whole.inits();
    x[combined.index_of("lumi").unwrap()] = 1.01;
    assert!(close(combined.nll(&x), whole.nll(&x), 1e-13));
}

#[test]
fn what_is_counted_twice_or_differs_is_named() {
    let (a, a_data) = model(&["a"]);
    let (b, b_data) = model(&["b"]);
    let parts = vec![BinnedLikelihood::new(&a, a_data), BinnedLikelihood::new(&b, b_data)];
    let error = Combined::new(parts).unwrap_err();
    assert!(matches!(&error, StatsError::CountedTwice { first: 0, second: 1, .. }), "{error}");
    let base = || Parameter::free("x", 1.0).within(0.0, 2.0);
    let part = |parameter, sigma| Measurements::new().and(parameter, Gaussian { sigma }, 1.0).unwrap();
    let other = |parameter, sigma| {
        Combined::new(vec![part(base(), 0.1), part(parameter, sigma)]).unwrap_err().to_string()
    };
    let in_parts = |what: &str, first: &str, second: &str| {
        format!("parameter \"x\" has {what} {first} in part 0, but {second} in part 1")
    };
    assert_eq!(other(Parameter { init: 1.5, ..base() }, 0.1), in_parts("the starting value", "1", "1.5"));
    assert_eq!(other(base().within(0.0, 3.0), 0.1), in_parts("bounds", "0 to 2", "0 to 3"));
    assert_eq!(other(Parameter { is_fixed: true, ..base() }, 0.1), in_parts("the state", "free", "fixed"));
    assert_eq!(other(base(), 0.2), in_parts("the width", "0.1", "0.2"));
    assert_eq!(
        other(base(), 0.1),
        "the auxiliary measurement of \"x\" stands in parts 0 and 1 and would count twice; one has to leave it out"
    );
    let independent = Combined::of_independent(vec![part(base(), 0.3), part(base(), 0.4)]).unwrap();
    assert!(close(independent.parameters()[0].width.unwrap(), 0.24, 1e-12));
    assert!(Combined::<Measurements>::new(vec![]).is_err());
}

#[test]
fn parts_of_different_kinds_share_a_strength() {
    let mu = || Parameter::free("mu", 1.0).within(0.0, 10.0);
    let range = Range::new(0.0, 4.0).unwrap();
    let rate = Parameter::free("rate", 1.0).within(0.1, 5.0);
    let events = UnbinnedModel::new(vec![
        Component::new("s", Exponential::new(rate, range)).expected(3.0).times(mu()),
    ]);
    let events = events.unwrap();
    let process = MorphProcess::fixed("s", vec![10.0], vec![0.0]).times("mu").times("efficiency");
    let binned = MorphModel::params()
        .parameter(mu())
        .parameter(Parameter::free("efficiency", 1.0).within(0.1, 3.0))
        .channel("counts", [process])
        .check()
        .unwrap();
    let efficiency = binned.parameters()[1].clone();
    let parts: Vec<Box<dyn Likelihood + '_>> = vec![
        Box::new(UnbinnedLikelihood::new(&events, vec![0.2, 0.5, 1.1, 2.0]).unwrap()),
        Box::new(MorphLikelihood::new(&binned, binned.data(vec![16.0]))),
        Box::new(Measurements::new().and(efficiency, Poisson { tau: 50.0 }, 55.0).unwrap()),
    ];
    let combined = Combined::new(parts).unwrap();
    let names: Vec<&str> = combined.parameters().iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["rate", "mu", "efficiency"]);
    check_derivatives(&combined, &[0.8, 1.2, 1.05], 1e-6);
    let fit = Fitter::default().fit(&combined);
    assert!(fit.is_converged());
    // The three counts 4, 16 and 55 fix two parameters: 3μ + 10με = 20 and 10με + 50ε = 71.
    let (mu, efficiency) = (fit.parameters[1], fit.parameters[2]);
    assert!(close(3.0 * mu + 10.0 * mu * efficiency, 20.0, 1e-6));
    assert!(close(10.0 * mu * efficiency + 50.0 * efficiency, 71.0, 1e-6));
}

#[test]
fn asimov_data_and_toys_are_those_of_the_parts() {
    let (a, a_data) = model(&["a"]);
    let (b, b_data) = model(&["b"]);
    let (b, b_data) = b.without_auxiliary(&b_data, &["lumi", "jes", "theory"]).unwrap();
    let parts = vec![BinnedLikelihood::new(&a, a_data), BinnedLikelihood::new(&b, b_data)];
    let combined = Combined::new(parts).unwrap();
    let mut truth = combined.inits();
    truth[combined.index_of("mu").unwrap()] = 1.7;
    let fit = Fitter::default().fit(&combined.asimov(&truth));
    assert!(fit.is_converged());
    fit.parameters.iter().zip(&truth).for_each(|(a, b)| assert!(close(*a, *b, 1e-5), "{a} {b}"));
    let toy = combined.toy(&truth, &mut Seed::new(2).stream());
    assert!(toy.parts()[0].data().counts != toy.parts()[1].data().counts);
    assert_eq!(toy.nll(&truth), combined.toy(&truth, &mut Seed::new(2).stream()).nll(&truth));
}
