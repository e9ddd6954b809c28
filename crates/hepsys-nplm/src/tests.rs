//! The objective against itself: finite differences, another precision, another implementation, the formula.

use hepsys_nn::burn::tensor::DType;
use hepsys_nn::{Activation, Device, MlpShape};
use hepsys_stats::hessian::Hessian;
use hepsys_stats::minimize::{Bound, BoxLbfgs, Objective, TwiceDifferentiable};
use rand::RngExt;

use crate::delta;
use crate::events::{Events, standardizer};
use crate::objective::{DenseObjective, NewtonObjective};
use crate::tensor_objective::TensorObjective;
use crate::{
    Auxiliary, ExactCoefficients, Feature, Nplm, NplmError, NuisanceParameter, Nuisances, Sample, Seed,
    Weights,
};

/// Events in two features with reference weights of different sizes.
fn sample(name: &str, n_events: usize, total: f64) -> Sample {
    let mut stream = Seed::new(5).named(name).stream();
    let mut column = || -> Vec<f64> { (0..n_events).map(|_| -(1.0 - stream.random::<f64>()).ln()).collect() };
    let (x, y) = (column(), column());
    let weights = (0..n_events).map(|i| 0.5 + (i % 7) as f64 / 7.0).collect::<Vec<_>>();
    Sample::from_columns([(Feature::new("x", "1"), x), (Feature::new("y", "1"), y)])
        .and_then(|s| s.with_weights(Weights::new(weights)?))
        .and_then(|s| s.scaled_to(total))
        .unwrap()
}

/// The exponential with scale $e^\nu$ in one of the features, to second order.
fn scale(feature: &'static str) -> ExactCoefficients<impl Fn(&Sample) -> Result<Vec<Vec<f64>>, NplmError>> {
    ExactCoefficients::new(2, move |sample| {
        let x = sample.column(feature)?;
        Ok(vec![x.iter().map(|x| x - 1.0).collect(), x.iter().map(|x| -x / 2.0).collect()])
    })
}

/// A slope in the sum of both features, free of auxiliary measurements.
fn tilt() -> ExactCoefficients<impl Fn(&Sample) -> Result<Vec<Vec<f64>>, NplmError>> {
    ExactCoefficients::new(1, |sample| {
        let (x, y) = (sample.column("x")?, sample.column("y")?);
        Ok(vec![x.iter().zip(y).map(|(x, y)| 0.1 * (x + y) - 0.2).collect()])
    })
}

/// A normalisation, two shapes of second order and one of first, the last without auxiliary measurement.
fn nuisances() -> Nuisances {
    let gaussian = |name: &str, sigma| NuisanceParameter::gaussian(name, sigma).unwrap();
    Nuisances::none()
        .normalisation(gaussian("norm", 0.1))
        .shape(gaussian("scale x", 0.05), scale("x"))
        .shape(gaussian("scale y", 0.2), scale("y"))
        .shape(NuisanceParameter::free("tilt"), tilt())
}

fn events() -> Events {
    let (reference, data) = (sample("reference", 1000, 300.0), sample("data", 330, 330.0));
    let params = Nplm::params().weight_clip(9.0).nuisances(nuisances()).check().unwrap();
    let names = ["x".to_owned(), "y".to_owned()];
    let auxiliary =
        Auxiliary::nominal().measured("norm", 0.05).measured("scale x", -0.03).measured("scale y", 0.1);
    let centres = auxiliary.centres(params.nuisances()).unwrap();
    let standardizer = standardizer(params.scaling, &reference, &names).unwrap();
    Events::new(params.nuisances(), &names, standardizer.as_ref(), &reference, &data, &centres).unwrap()
}

/// Parameters of the network at random, and nuisance parameters within two standard deviations.
fn parameters(shape: &MlpShape) -> Vec<f64> {
    let mut stream = Seed::new(6).stream();
    let network = (0..shape.n_parameters()).map(|_| 2.0 * stream.random::<f64>() - 1.0).collect::<Vec<_>>();
    network.into_iter().chain([0.7, -1.3, 1.9, 0.4]).collect()
}

fn shapes() -> Vec<MlpShape> {
    [
        (vec![], Activation::Sigmoid),
        (vec![4], Activation::Sigmoid),
        (vec![5, 3], Activation::Tanh),
        (vec![7, 7], Activation::Sigmoid),
    ]
    .map(|(hidden, activation)| MlpShape::new(2, &hidden, 1, activation).unwrap())
    .to_vec()
}

fn evaluate(objective: &dyn Objective, parameters: &[f64]) -> (f64, Vec<f64>) {
    let mut gradient = vec![0.0; objective.n_parameters()];
    let value = objective.evaluate(parameters, &mut gradient);
    (value, gradient)
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|v| v * v).sum::<f64>().sqrt()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    norm(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>())
}

/// $L[0, \nu]$ event by event, as the formula says.
fn plain(events: &Events, theta: &[f64]) -> f64 {
    let sigma = [0.1, 0.05, 0.2, 1.0];
    let centre = [Some(0.05), Some(-0.03), Some(0.1), None];
    let nu: Vec<f64> = theta.iter().zip(sigma).map(|(t, s)| t * s).collect();
    let sum: f64 = (0..events.a.len())
        .map(|i| {
            let mut f = nu[0];
            for (j, shape) in events.shapes.iter().enumerate() {
                for (k, delta) in shape.iter().enumerate() {
                    // The events keep δ σ^k, and ν = θ σ.
                    f += delta[i] * theta[j + 1].powi(k as i32 + 1);
                }
            }
            events.a[i] * (f.exp() - 1.0) - events.b[i] * f
        })
        .sum();
    let constraint: f64 = (0..4)
        .filter_map(|j| centre[j].map(|c| ((nu[j] - c).powi(2) - c * c) / (2.0 * sigma[j] * sigma[j])))
        .sum();
    sum + constraint
}

#[test]
fn gradients_match_finite_differences_in_network_and_nuisances() {
    for shape in shapes() {
        let objective = DenseObjective::<f64>::new(shape.clone(), &events()).unwrap();
        let at = parameters(&shape);
        let (_, gradient) = evaluate(&objective, &at);
        let step = 1e-5;
        for k in 0..at.len() {
            let shifted = |sign: f64| {
                let mut parameters = at.clone();
                parameters[k] += sign * step;
                evaluate(&objective, &parameters).0
            };
            let difference = (shifted(1.0) - shifted(-1.0)) / (2.0 * step);
            // Relative, but for components that are small by cancellation: rounding of the loss, 1e-13, over the step.
            let scale = gradient[k].abs().max(1e-4 * norm(&gradient));
            assert!((difference - gradient[k]).abs() < 1e-4 * scale, "{shape}, parameter {k}");
        }
    }
}

#[test]
fn the_hessian_matches_differences_of_gradients() {
    for shape in shapes() {
        let events = events();
        let double = DenseObjective::<f64>::new(shape.clone(), &events).unwrap();
        let single = DenseObjective::<f32>::new(shape.clone(), &events).unwrap();
        let newton = NewtonObjective { exact: &double, single: &single };
        let at = parameters(&shape);
        let (mut hessian, mut gradient) = (Hessian::dense(at.len()), vec![0.0; at.len()]);
        let value = newton.hessian(&at, &mut gradient, &mut hessian);
        assert_eq!((value, gradient), evaluate(&double, &at));
        let size = norm(&hessian.to_dense());
        let step = 1e-5;
        for k in 0..at.len() {
            let shifted = |sign: f64| {
                let mut parameters = at.clone();
                parameters[k] += sign * step;
                evaluate(&double, &parameters).1
            };
            for (m, (up, down)) in shifted(1.0).iter().zip(shifted(-1.0)).enumerate() {
                // The Hessian is of single precision.
                let difference = (up - down) / (2.0 * step);
                assert!((difference - hessian.get(k, m)).abs() < 1e-5 * size, "{shape}, {k} and {m}");
            }
        }
    }
}

#[test]
fn dense_kernel_and_tensors_agree_in_double_precision() {
    for shape in shapes() {
        let at = parameters(&shape);
        let dense = DenseObjective::<f64>::new(shape.clone(), &events()).unwrap();
        let tensors = TensorObjective::new(shape.clone(), &events(), &Device::flex(), DType::F64);
        let (value, gradient) = evaluate(&dense, &at);
        let (value_of_tensors, gradient_of_tensors) = evaluate(&tensors, &at);
        assert!((value / value_of_tensors - 1.0).abs() < 1e-10, "{shape}: {value} and {value_of_tensors}");
        assert!(distance(&gradient, &gradient_of_tensors) < 1e-10 * norm(&gradient), "{shape}");
    }
}

#[test]
fn single_precision_is_close_to_double_precision() {
    for shape in shapes() {
        let at = parameters(&shape);
        let (double, gradient) =
            evaluate(&DenseObjective::<f64>::new(shape.clone(), &events()).unwrap(), &at);
        let (single, rounded) = evaluate(&DenseObjective::<f32>::new(shape.clone(), &events()).unwrap(), &at);
        // A few roundings of 6e-8 each, of terms that add up to a few times their sum.
        assert!((single / double - 1.0).abs() < 1e-5, "{shape}: {single} and {double}");
        assert!(distance(&gradient, &rounded) < 1e-5 * norm(&gradient), "{shape}");
    }
}

#[test]
fn the_objective_without_network_is_the_formula() {
    let shape = MlpShape::new(2, &[], 1, Activation::Sigmoid).unwrap();
    let events = events();
    let objective = DenseObjective::<f64>::new(shape, &events).unwrap();
    for theta in [[0.0; 4], [0.7, -1.3, 1.9, 0.4], [-2.0, 0.5, -0.3, -1.1]] {
        let (value, _) = evaluate(&objective, &[&[0.0; 3], theta.as_slice()].concat());
        let expected = plain(&events, &theta);
        // Rounding of 1330 terms of order one.
        assert!((value - expected).abs() < 1e-11, "{value} and {expected}");
    }
}

/// $L[0, \nu]$ with a gradient by differences: nothing of it is shared with Newton's method.
struct Plain(Events);

impl Objective for Plain {
    fn n_parameters(&self) -> usize {
        4
    }

    fn evaluate(&self, theta: &[f64], gradient: &mut [f64]) -> f64 {
        for k in 0..4 {
            let shifted = |step: f64| {
                let mut theta = theta.to_vec();
                theta[k] += step;
                plain(&self.0, &theta)
            };
            // Four points: the error is of fourth order in the step.
            let h = 1e-3;
            gradient[k] =
                (8.0 * (shifted(h) - shifted(-h)) - shifted(2.0 * h) + shifted(-2.0 * h)) / (12.0 * h);
        }
        plain(&self.0, theta)
    }
}

#[test]
fn newton_and_quasi_newton_find_the_same_delta() {
    let newton = delta::minimise(&events());
    let minimum = BoxLbfgs::default().minimize(&Plain(events()), &[Bound::FREE; 4], &[0.0; 4]);
    assert!(minimum.status.is_converged());
    assert!((newton.delta + 2.0 * minimum.value).abs() < 1e-8, "{newton:?}, {minimum:?}");
    // The gradient tolerance of 1e-6 over a curvature of one, the constraint's, or more.
    assert!(distance(&newton.theta, &minimum.parameters) < 1e-5, "{newton:?}, {minimum:?}");
}

#[test]
fn newton_ends_where_the_gradient_vanishes() {
    let events = events();
    let newton = delta::minimise(&events);
    let mut gradient = [0.0; 4];
    Plain(events).evaluate(&newton.theta, &mut gradient);
    // Differences of numbers of order 100 over a step of 1e-3.
    assert!(norm(&gradient) < 1e-8, "{gradient:?}");
}
