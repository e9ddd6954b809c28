//! What searches find, beside the binned bound and closed forms.

mod common;

use std::sync::Arc;

use common::{normal, question, simulation};
use hepsys_advocate::{
    AdvocateError, Device, Direction, Interrupt, Limit, Method, Observer, PseudoExperiments, Run, Simulation,
    Steps, WorstCase,
};
use hepsys_stats::{Fingerprint, PseudoExperimentError};

fn run() -> Run {
    Run::on(Device::flex()).seed(5)
}

/// Enough steps for one feature.
fn steps() -> Steps {
    Steps { pretraining: 150, update: 300, direct: 1200, ..Steps::default() }
}

#[test]
fn every_method_stays_below_the_bound_and_comes_near_it() {
    let simulation = simulation(40_000, 1.0);
    let params = question().methods(Method::ALL).steps(steps()).seeds(1).check().unwrap();
    let worst = params.search(&simulation, &run()).unwrap();
    for direction in Direction::BOTH {
        let bound = params.bound(&simulation, direction).unwrap().bias;
        // 3 % + L W₁ is 13 % without a range of weights.
        assert!((0.10..0.13).contains(&bound.abs()), "{bound}");
        // What each reaches of the bound: the spec asks for 90 % of the direct form, and classifiers begin below 80 %.
        let least = [0.70, 0.80, 0.88, 0.90];
        for (method, least) in Method::ALL.into_iter().zip(least) {
            let found = worst.found(direction, method).next().unwrap();
            let realised = params.bound_at(Some(found.steepness), &simulation, direction).unwrap().bias;
            assert!(
                found.test.bias.abs() < realised.abs() + 0.002,
                "{method:?} {} {realised}",
                found.test.bias
            );
            assert!(found.test.bias / bound > least, "{method:?} {} of {bound}", found.test.bias);
            // The limit holds on training events; both parts fluctuate.
            let errors = [&found.training, &found.test].map(|effect| effect.efficiencies[1].error);
            let allowed = 4.0 * errors[0].hypot(errors[1]);
            assert!(found.test.violation < allowed, "{method:?} {} {allowed}", found.test.violation);
            assert!(found.steepness < 0.1 * 1.02, "{method:?} {}", found.steepness);
            // Nowhere does a weight leave its range, also where there are no events.
            let everywhere = normal(1000, &[0.0], 3).select_features(&["x"]).unwrap();
            let far = everywhere.columns().next().unwrap().iter().map(|x| 30.0 * x).collect::<Vec<_>>();
            let far = everywhere.with_column(hepsys_advocate::Feature::new("x", "1"), far).unwrap();
            let weights = found.map.weights(&far).unwrap();
            assert!(weights.iter().all(|w| (0.8 - 1e-9..=1.2 + 1e-9).contains(w)), "{method:?}");
        }
        let reached = |method| direction.sign() * worst.spread(direction, method).unwrap().mean;
        // Events of the test part fluctuate by less than 1e-3.
        assert!(reached(Method::Lagrangian) > reached(Method::Pretrained) - 1e-3);
        assert!(reached(Method::Alternating) > reached(Method::Pretrained) - 1e-3);
    }
}

#[test]
fn a_signal_that_looks_like_its_control_is_known_as_well() {
    // H is singular: the loss of the seed has a logarithm of its determinant.
    let simulation =
        Simulation::new([("signal", normal(20_000, &[0.0], 1)), ("control", normal(20_000, &[0.0], 2))])
            .unwrap();
    let steps = Steps { pretraining: 50, update: 100, direct: 200, ..Steps::default() };
    let params = question().methods(Method::ALL).steps(steps).seeds(1).check().unwrap();
    let worst = params.search(&simulation, &run()).unwrap();
    for found in worst.seeds.iter().flatten() {
        // 3 %, and what two samples of 5000 events differ by under weights of that size.
        let reached = found.direction.sign() * found.test.bias;
        assert!(reached.is_finite() && (0.02..0.04).contains(&reached), "{:?} {reached}", found.method);
    }
}

#[test]
fn a_background_that_is_selected_for_its_weights_shows_the_closed_form() {
    // Neyman and Pearson: 0.8 + 0.4 Φ̄(c − 1) − 1 at 0.8 + 0.4 Φ̄(c) = 1.03 is 15.31 %, for weights that jump.
    let simulation = simulation(40_000, 1.0);
    let bare = hepsys_advocate::Advocate::params().signal("signal").control("control", Limit::within(0.03));
    let params = bare.methods([Method::Direct]).directions([Direction::Up]).steps(steps()).seeds(1);
    let params = params.check().unwrap();
    let bound = params.bound(&simulation, Direction::Up).unwrap().bias;
    assert!((bound - 0.1531).abs() < 0.003, "{bound}");
    let found = params.search(&simulation, &run()).unwrap().spread(Direction::Up, Method::Direct).unwrap();
    assert!((0.95 * 0.1531..0.1531 + 0.003).contains(&found.mean), "{found:?}");
}

#[test]
fn contamination_adds_to_what_weights_can_do() {
    let simulation = simulation(20_000, 1.0);
    let ask = |question: hepsys_advocate::Question| {
        let params = hepsys_advocate::Advocate::params().question(question).smoothness(0.1);
        let params = params.methods([Method::Lagrangian]).directions([Direction::Up]);
        params.steps(steps()).seeds(1).check().unwrap().search(&simulation, &run()).unwrap()
    };
    let question =
        || hepsys_advocate::Question::new().target("signal", 1.0).control("control", Limit::within(0.03));
    let without = ask(question());
    let with = ask(question().contamination("signal", 0.02));
    let bias = |worst: &WorstCase| worst.furthest(Direction::Up).unwrap().test.bias;
    // Only the signal is contaminated, so all of the two per cent comes on top.
    assert!((bias(&with) - bias(&without) - 0.02).abs() < 0.004, "{} {}", bias(&with), bias(&without));
    let found = with.furthest(Direction::Up).unwrap();
    let b = found.map.contamination(simulation.of("signal").unwrap()).unwrap().unwrap();
    assert!(b.iter().all(|b| *b >= -1e-9));
    assert!(
        without
            .furthest(Direction::Up)
            .unwrap()
            .map
            .contamination(simulation.of("signal").unwrap())
            .unwrap()
            .is_none()
    );
}

#[test]
fn limits_that_no_weights_can_meet_are_named_before_any_training() {
    let simulation = simulation(1000, 1.0);
    let params = hepsys_advocate::Advocate::params()
        .signal("signal")
        .control("control", Limit::between(0.25, 0.3))
        .seeds(1)
        .check()
        .unwrap();
    let error = params.search(&simulation, &run()).unwrap_err().to_string();
    assert!(error.contains("e(control)") && error.contains("weights between 0.8 and 1.2"), "{error}");
    let missing = question().control("J/psi", Limit::within(0.01)).check().unwrap();
    let error = missing.search(&simulation, &run()).unwrap_err();
    assert!(matches!(error, AdvocateError::NoChannel { .. }), "{error}");
}

#[test]
fn without_controls_only_smoothness_and_the_range_limit_the_bias() {
    let simulation = simulation(4000, 1.0);
    let params = hepsys_advocate::Advocate::params().signal("signal").methods([Method::Direct]);
    let steps = Steps { direct: 100, ..Steps::default() };
    let worst = params.steps(steps).seeds(1).check().unwrap().search(&simulation, &run()).unwrap();
    let found = worst.furthest(Direction::Up).unwrap();
    assert!((found.test.bias - 0.2).abs() < 1e-6, "{}", found.test.bias);
    assert_eq!(found.test.violation, 0.0);
}

/// Asks for an end as soon as one seed is done.
struct StopsAfterOne(Interrupt);

impl Observer for StopsAfterOne {
    fn started(&self, _task: &str, _total: u64) {}
    fn advanced(&self, _task: &str, _done: u64, _message: &str) {
        self.0.request();
    }
    fn finished(&self, _task: &str) {}
}

#[test]
fn a_search_that_was_stopped_goes_on_where_it_was_and_threads_do_not_matter() {
    let simulation = simulation(2000, 1.0);
    let steps = Steps { pretraining: 20, update: 30, direct: 40, ..Steps::default() };
    let params = question().steps(steps).seeds(3).check().unwrap();
    let pool = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
    let at_once = pool(2).install(|| params.search(&simulation, &run())).unwrap();

    let directory = tempfile::tempdir().unwrap();
    let fingerprint = Fingerprint::of(&params).unwrap();
    let seeds = || {
        PseudoExperiments::new("search")
            .toys(3)
            .seed(run().streams())
            .resume_from(directory.path().join("seeds.jsonl"), &fingerprint)
    };
    let interrupt = Interrupt::new();
    let stopping =
        seeds().observed_by(Arc::new(StopsAfterOne(interrupt.clone()))).interrupted_by(interrupt.clone());
    let stopped = pool(1).install(|| params.search_with(&simulation, &stopping, &run()));
    let Err(AdvocateError::Seeds(PseudoExperimentError::Interrupted { done: 1, of: 3, .. })) = stopped else {
        panic!("{stopped:?}");
    };
    let resumed = pool(1).install(|| params.search_with(&simulation, &seeds(), &run())).unwrap();
    assert_eq!(resumed, at_once);
}
