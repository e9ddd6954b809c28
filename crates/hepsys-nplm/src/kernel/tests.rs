//! The loss against finite differences, its minimum against that of a dense Newton method, the kernel against its formula.

use hepsys_core::Seed;
use hepsys_nn::{Device, Run};
use nalgebra::{DMatrix, DVector};
use rand::RngExt;

use super::centres;
use super::gram::Gram;
use super::logistic::{Logistic, dot};
use super::newton::NewtonCg;
use super::preconditioner::Whitening;
use crate::events::{Events, NuisanceTerms};

/// Events in two features with weights of different sizes, and two nuisance parameters:
/// a constrained normalisation and a free tilt of second order in ν.
fn events(n_reference: usize, n_data: usize, order: usize) -> Events {
    let mut stream = Seed::new(8).stream();
    let n = n_reference + n_data;
    let mut column = || -> Vec<f64> { (0..n).map(|_| stream.random::<f64>() * 3.0).collect() };
    let inputs = vec![column(), column()];
    let delta: Vec<f64> = inputs[0].iter().zip(&inputs[1]).map(|(x, y)| 0.3 * x - 0.2 * y).collect();
    let square = delta.iter().map(|d| -0.1 * d * d).collect();
    let zeros = |n| std::iter::repeat_n(0.0, n);
    Events {
        a: (0..n_reference).map(|i| 0.2 + (i % 3) as f64 / 10.0).chain(zeros(n_data)).collect(),
        b: zeros(n_reference).chain(std::iter::repeat_n(1.0, n_data)).collect(),
        inputs,
        shapes: vec![vec![delta, square][..order].to_vec()],
        nuisances: NuisanceTerms { normalisation: Some(0.1), centres: vec![Some(0.7), None] },
    }
}

struct Problem {
    events: Events,
    chosen: Vec<usize>,
    gram: Gram,
    whitening: Whitening,
}

impl Problem {
    fn new(events: Events, n_centres: usize, width: f64) -> Self {
        let chosen = centres::draw(&events.inputs, n_centres, Seed::new(1));
        let centres = centres::take(&events.inputs, &chosen);
        let gram = Gram::new(&events.inputs, &centres, width, usize::MAX);
        let whitening = Whitening::new(&Gram::among(&centres, width), n_centres, 1e-3).unwrap();
        Self { events, chosen, gram, whitening }
    }

    fn loss(&self, penalty: f64) -> Logistic<'_> {
        let ridge = 2.0 * self.events.a.len() as f64 * penalty;
        Logistic { events: &self.events, gram: &self.gram, whitening: &self.whitening, ridge }
    }
}

fn somewhere(n: usize) -> Vec<f64> {
    (0..n).map(|i| 0.3 * ((7 * i) as f64).sin()).collect()
}

#[test]
fn gradient_is_that_of_finite_differences() {
    let problem = Problem::new(events(90, 40, 2), 12, 0.8);
    let loss = problem.loss(1e-3);
    let at = somewhere(14);
    let gradient = loss.at(at.clone()).gradient;
    for j in 0..at.len() {
        let shifted = |step: f64| {
            let mut to = at.clone();
            to[j] += step;
            loss.at(to).value
        };
        // Central differences: rounding 1e-14 of a value of 50 over 2e-5, and third derivatives times 1e-10.
        let difference = (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
        assert!((gradient[j] - difference).abs() < 1e-6, "{j}: {} and {difference}", gradient[j]);
    }
}

#[test]
fn hessian_is_that_of_finite_differences_where_it_is_exact() {
    // Of first order in ν there is no second derivative of F, and nothing is left out.
    let problem = Problem::new(events(90, 40, 1), 12, 0.8);
    let loss = problem.loss(1e-3);
    let (at, direction) = (somewhere(14), (0..14).map(|i| (i as f64).cos()).collect::<Vec<_>>());
    let shifted =
        |step: f64| loss.at(at.iter().zip(&direction).map(|(a, d)| a + step * d).collect()).gradient;
    let (above, below) = (shifted(1e-5), shifted(-1e-5));
    let product = loss.hessian_times(&loss.at(at.clone()), &direction);
    for ((a, b), exact) in above.iter().zip(&below).zip(product) {
        let difference = (a - b) / 2e-5;
        assert!((exact - difference).abs() < 1e-6, "{exact} and {difference}");
    }
}

#[test]
fn minimum_with_every_event_a_centre_is_that_of_a_dense_newton_method() {
    let (n, penalty, width) = (60, 1e-3, 0.9);
    let mut events = events(40, 20, 1);
    events.nuisances = NuisanceTerms { normalisation: None, centres: vec![] };
    events.shapes.clear();
    let problem = Problem::new(events, n, width);
    let search = NewtonCg { tolerance: 1e-11, max_steps: 50 };
    let end = search
        .minimise(&problem.loss(penalty), &problem.chosen, vec![0.0; n], &Run::on(Device::flex()))
        .unwrap();

    // The same problem by α for all events in their own order, with matrices written out.
    let x = &problem.events.inputs;
    let kernel = DMatrix::from_fn(n, n, |i, j| {
        let square: f64 = x.iter().map(|x| (x[i] - x[j]).powi(2)).sum();
        (-square / (2.0 * width * width)).exp()
    });
    let metric = &kernel + DMatrix::identity(n, n) * problem.whitening.jitter;
    let ridge = 2.0 * n as f64 * penalty;
    let mut alpha = DVector::zeros(n);
    for _ in 0..30 {
        let s = (&kernel * &alpha).map(|f: f64| 1.0 / (1.0 + (-f).exp()));
        let (a, b) = (&problem.events.a, &problem.events.b);
        let residual = DVector::from_fn(n, |i, _| a[i] * s[i] - b[i] * (1.0 - s[i]));
        let curvature = DVector::from_fn(n, |i, _| (a[i] + b[i]) * s[i] * (1.0 - s[i]));
        let gradient = &kernel * residual + &metric * &alpha * ridge;
        let hessian = &kernel * DMatrix::from_diagonal(&curvature) * &kernel + &metric * ridge;
        alpha -= hessian.lu().solve(&gradient).unwrap();
    }
    let f = &kernel * alpha;
    for (found, expected) in end.point.f.iter().zip(f.iter()) {
        assert!((found - expected).abs() < 1e-8, "{found}, expected {expected}");
    }
}

#[test]
fn kernel_is_its_formula_kept_or_not() {
    let events = events(150, 47, 1);
    let centres = centres::take(&events.inputs, &[3, 77, 190]);
    let (width, v) = (0.7, [0.4, -1.1, 0.9]);
    let kept = Gram::new(&events.inputs, &centres, width, usize::MAX);
    let computed = Gram::new(&events.inputs, &centres, width, 0);
    let product = kept.product(&v);
    for (event, p) in product.iter().enumerate() {
        let k = |m: usize| {
            let square: f64 =
                events.inputs.iter().zip(&centres).map(|(x, c)| (x[event] - c[m]).powi(2)).sum();
            (-square / (2.0 * width * width)).exp()
        };
        let expected: f64 = v.iter().enumerate().map(|(m, v)| v * k(m)).sum();
        assert!((p - expected).abs() < 1e-14, "{p}, expected {expected}");
    }
    let cube = |_: usize, r: &mut [f64]| r.iter_mut().for_each(|r| *r = r.powi(3));
    assert_eq!(kept.fold(&v, cube), computed.fold(&v, cube));
    assert_eq!(product, computed.product(&v));
    let (r, sum) = kept.fold(&v, cube);
    assert_eq!(kept.transposed(&r), sum);
    // K and Kᵀ are adjoint.
    assert!((dot(&product, &r) - dot(&v, &sum)).abs() < 1e-12);
}
