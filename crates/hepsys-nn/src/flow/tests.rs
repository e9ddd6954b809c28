use burn::module::Module;
use burn::tensor::{Tensor, TensorData};
use hepsys_core::{Feature, Sample, Seed, Weights};
use proptest::prelude::*;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

use super::*;
use crate::mlp::read;
use crate::{Device, Run, Schedule, Stopping, Training};

/// A flow that is far from the identity: every parameter uniform within ± `limit`.
fn flow(n_features: usize, n_conditions: usize, limit: f64, seed: u64) -> ConditionalFlow {
    let shape = FlowShape::new(n_features, n_conditions, 6, &[8, 8]).unwrap();
    let mut stream = Seed::new(seed).stream();
    let parameters: Vec<f64> =
        (0..shape.n_parameters()).map(|_| limit * (2.0 * stream.random::<f64>() - 1.0)).collect();
    ConditionalFlow::from_parameters(&shape, &parameters, &Device::flex()).unwrap()
}

fn tensor(values: Vec<f64>, n_columns: usize) -> Tensor<2> {
    let n_rows = values.len().checked_div(n_columns).unwrap_or(1);
    Tensor::from_data(TensorData::new(values, [n_rows, n_columns]), &Device::flex())
}

fn normal(n: usize, seed: u64) -> Vec<f64> {
    let mut stream = Seed::new(seed).stream();
    (0..n).map(|_| StandardNormal.sample(&mut stream)).collect()
}

#[test]
fn parameters_come_back_in_the_order_of_the_shape() {
    let shape = FlowShape::new(3, 2, 4, &[5]).unwrap();
    // Exact: small integers, which f32 holds.
    let parameters: Vec<f64> = (0..shape.n_parameters()).map(|i| i as f64).collect();
    let flow = ConditionalFlow::from_parameters(&shape, &parameters, &Device::flex()).unwrap();
    assert_eq!(flow.to_parameters().unwrap(), parameters);
    assert_eq!(flow.num_params(), parameters.len());
    let error = ConditionalFlow::from_parameters(&shape, &[1.0], &Device::flex()).unwrap_err().to_string();
    assert!(error.ends_with(&format!("expected {}, found 1", parameters.len())), "{error}");
}

#[test]
fn a_flow_begins_as_the_identity_and_its_seed_decides_the_rest() {
    let shape = FlowShape::new(4, 3, 6, &[8, 8]).unwrap();
    let run = Run::on(Device::flex()).seed(5);
    let (x, c) = (tensor(normal(40, 1), 4), tensor(normal(30, 2), 3));
    let begun = ConditionalFlow::init(&shape, &run);
    assert_eq!(read(begun.to_normal(x.clone(), c.clone())).unwrap(), read(x).unwrap());
    let again = ConditionalFlow::init(&shape, &run).to_parameters().unwrap();
    assert_eq!(begun.to_parameters().unwrap(), again);
    assert_ne!(ConditionalFlow::init(&shape, &run.seed(6)).to_parameters().unwrap(), again);
    let drawn = |seed| read(begun.sample(c.clone(), Seed::new(seed))).unwrap();
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn every_flow_has_an_inverse(n_features in 1..6_usize, n_conditions in 1..4_usize, seed in 0..1000_u64) {
        let flow = flow(n_features, n_conditions, 0.5, seed);
        let x = tensor(normal(20 * n_features, seed + 1), n_features);
        let c = tensor(normal(20 * n_conditions, seed + 2), n_conditions);
        let z = flow.to_normal(x.clone(), c.clone());
        let (found, expected) = (read(flow.from_normal(z, c)).unwrap(), read(x).unwrap());
        for (a, b) in found.iter().zip(&expected) {
            // Single precision, through six scales of up to e² each way.
            prop_assert!((a - b).abs() < 1e-3 * (1.0 + b.abs()), "{a} {b}");
        }
    }
}

#[test]
fn the_determinant_is_that_of_finite_differences() {
    for (n, n_conditions, seed) in [(1, 1, 1), (2, 0, 2), (3, 2, 3), (5, 1, 4)] {
        let flow = flow(n, n_conditions, 0.4, seed);
        let x = normal(n, seed + 10);
        let c = normal(n_conditions, seed + 20);
        let h = 1e-2;
        let matrix: Vec<Vec<f64>> = (0..n)
            .map(|j| {
                let at = |shift: f64| {
                    let mut moved = x.clone();
                    moved[j] += shift;
                    read(flow.to_normal(tensor(moved, n), tensor(c.clone(), n_conditions))).unwrap()
                };
                at(h).iter().zip(at(-h)).map(|(a, b)| (a - b) / (2.0 * h)).collect()
            })
            .collect();
        let (x, c) = (tensor(x, n), tensor(c, n_conditions));
        let squares: f64 = read(flow.to_normal(x.clone(), c.clone())).unwrap().iter().map(|z| z * z).sum();
        let expected = determinant(matrix).abs().ln()
            - 0.5 * squares
            - 0.5 * n as f64 * (2.0 * std::f64::consts::PI).ln();
        let found = read(flow.log_density(x, c)).unwrap()[0];
        // Third derivatives times h², and single precision over h, for each of the rows.
        assert!((found - expected).abs() < 2e-3 * n as f64, "{n} features: {found} {expected}");
    }
}

/// By elimination.
fn determinant(mut matrix: Vec<Vec<f64>>) -> f64 {
    let n = matrix.len();
    let mut product = 1.0;
    for column in 0..n {
        let pivot =
            (column..n).max_by(|&a, &b| matrix[a][column].abs().total_cmp(&matrix[b][column].abs())).unwrap();
        if pivot != column {
            matrix.swap(pivot, column);
            product = -product;
        }
        product *= matrix[column][column];
        let (done, below) = matrix.split_at_mut(column + 1);
        let top = &done[column];
        for row in below {
            let factor = row[column] / top[column];
            row.iter_mut().zip(top).for_each(|(a, b)| *a -= factor * b);
        }
    }
    product
}

#[test]
fn a_density_integrates_to_one_under_every_condition() {
    let flow = flow(2, 1, 0.35, 7);
    let (n, low, high) = (300, -12.0, 12.0);
    let step = (high - low) / f64::from(n);
    let at = |i: i32| low + (f64::from(i) + 0.5) * step;
    let grid: Vec<f64> = (0..n).flat_map(|i| (0..n).flat_map(move |j| [at(i), at(j)])).collect();
    for condition in [-1.0, 0.0, 2.0] {
        let n_points = (n * n) as usize;
        let density = flow.log_density(tensor(grid.clone(), 2), tensor(vec![condition; n_points], 1));
        let integral = read(density.exp()).unwrap().iter().sum::<f64>() * step * step;
        // The density at the edges of the square, and single precision.
        assert!((integral - 1.0).abs() < 1e-3, "{integral}");
    }
}

/// Weighted events of three features and two conditions.
fn events(n: usize) -> ConditionedColumns {
    let features = ["a", "b", "c"].iter().zip(30..);
    let features = features.map(|(name, seed)| (Feature::new(*name, "1"), normal(n, seed)));
    let weights = Weights::new((0..n).map(|i| 0.5 + (i % 3) as f64).collect::<Vec<_>>()).unwrap();
    let sample = Sample::from_columns(features).unwrap().with_weights(weights).unwrap();
    ConditionedColumns::new(&sample, vec![normal(n, 13), normal(n, 14)]).unwrap()
}

#[test]
fn the_gradient_of_the_loss_is_that_of_finite_differences() {
    let flow = flow(3, 2, 0.4, 11);
    let parameters = flow.to_parameters().unwrap();
    let dense = DenseFlow::<f64>::new(flow.shape());
    let slope = |parameters: &[f64]| {
        dense.negative_log_likelihood(&dense.networks(parameters).unwrap(), &events(16)).unwrap()
    };
    let found = slope(&parameters).gradient;
    let h = 1e-5;
    for index in 0..parameters.len() {
        let at = |shift: f64| {
            let mut shifted = parameters.clone();
            shifted[index] += shift;
            slope(&shifted).value
        };
        let expected = (at(h) - at(-h)) / (2.0 * h);
        // Rounding of a loss of order three over h.
        assert!((found[index] - expected).abs() < 1e-8, "{index}: {} {expected}", found[index]);
    }
}

#[test]
fn tensors_and_kernel_are_one_flow() {
    let (flow, n) = (flow(3, 2, 0.4, 12), 150);
    let parameters = flow.to_parameters().unwrap();
    let (dense, events) = (DenseFlow::<f64>::new(flow.shape()), events(n));
    let batch = Conditioned::new(&events, &Device::flex());
    // Six couplings in single precision.
    let close = |found: &[f64], expected: &[f64], what: &str| {
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() < 1e-4 * (1.0 + b.abs()), "{what}: {a} {b}");
        }
    };
    let densities = dense.log_density(&parameters, &events).unwrap();
    close(&read(flow.log_density(batch.features(), batch.conditions())).unwrap(), &densities, "density");
    let drawn = dense.sample(&parameters, &events.conditions, n, Seed::new(4)).unwrap();
    let drawn: Vec<f64> = (0..n).flat_map(|event| drawn.iter().map(move |column| column[event])).collect();
    close(&read(flow.sample(batch.conditions(), Seed::new(4))).unwrap(), &drawn, "sample");

    // A step of plain gradient descent shows the gradient.
    let rate = 0.5;
    let training = Training::params()
        .optimizer(crate::Optimizer::sgd())
        .learning_rate(Schedule::constant(rate))
        .stopping(Stopping::after(1))
        .check()
        .unwrap();
    let run = Run::on(Device::flex());
    let tensors = training.minimize(negative_log_likelihood).fit(flow, &batch, &run).unwrap();
    let kernel = training
        .minimize(|networks: &crate::dense::Networks, batch: &ConditionedColumns| {
            dense.negative_log_likelihood(networks, batch)
        })
        .fit(dense.networks(&parameters).unwrap(), &events, &run)
        .unwrap();
    close(&tensors.model.to_parameters().unwrap(), kernel.model.parameters(), "step");
    close(&[tensors.history.losses().sum()], &[kernel.history.losses().sum()], "loss");
}

#[test]
fn what_does_not_fit_a_flow_is_refused() {
    let shape = FlowShape::new(3, 2, 2, &[4]).unwrap();
    let dense = DenseFlow::<f32>::new(&shape);
    let parameters = shape.start(Seed::new(1));
    assert!(dense.networks(&parameters[1..]).is_err());
    let mut fewer = events(4);
    fewer.features.pop();
    assert!(dense.log_density(&parameters, &fewer).is_err());
    let mut without = events(4);
    without.weights.fill(0.0);
    let networks = dense.networks(&parameters).unwrap();
    assert!(dense.negative_log_likelihood(&networks, &without).is_err());
    assert!(dense.sample(&parameters, &[vec![1.0; 4]], 4, Seed::new(1)).is_err());
}

#[test]
fn a_trained_flow_has_the_density_of_its_gaussian() {
    // Two classes: correlated, with their own means; half of the events of the second have weight three.
    let n = 4000;
    let z = normal(2 * n, 21);
    let classes: Vec<usize> = (0..n).map(|i| i % 2).collect();
    let of = |class: usize, z: [f64; 2]| match class {
        0 => [0.7 + 0.5 * z[0], -0.3 + 0.4 * z[0] + 0.8 * z[1]],
        _ => [-0.6 + 0.8 * z[0], 0.5 - 0.3 * z[0] + 0.4 * z[1]],
    };
    let events: Vec<[f64; 2]> = (0..n).map(|i| of(classes[i], [z[2 * i], z[2 * i + 1]])).collect();
    let weights: Vec<f64> = (0..n).map(|i| if i % 4 == 1 { 3.0 } else { 1.0 }).collect();
    let sample = Sample::from_columns([
        (Feature::new("x", "1"), events.iter().map(|e| e[0]).collect::<Vec<_>>()),
        (Feature::new("y", "1"), events.iter().map(|e| e[1]).collect()),
    ])
    .unwrap()
    .with_weights(Weights::new(weights).unwrap())
    .unwrap();
    let run = Run::on(Device::flex()).seed(3);
    let data = Conditioned::new(&ConditionedColumns::classes(&sample, &classes, 2).unwrap(), run.device());
    let fit = || {
        Training::params()
            .batch_size(500)
            .learning_rate(Schedule::cosine(0.02, 0.0005, 40))
            .stopping(Stopping::after(40))
            .check()
            .unwrap()
            .minimize(negative_log_likelihood)
            .fit(ConditionalFlow::init(&FlowShape::new(2, 2, 4, &[8]).unwrap(), &run), &data, &run)
            .unwrap()
            .model
    };
    let flow = fit();
    assert_eq!(flow.to_parameters().unwrap(), fit().to_parameters().unwrap());
    for class in 0..2 {
        let differences: Vec<f64> = (0..n)
            .filter(|&i| classes[i] == class)
            .map(|i| {
                let condition = if class == 0 { vec![1.0, 0.0] } else { vec![0.0, 1.0] };
                let found =
                    read(flow.log_density(tensor(events[i].to_vec(), 2), tensor(condition, 2))).unwrap()[0];
                let determinant: f64 = if class == 0 { 0.5 * 0.8 } else { 0.8 * 0.4 };
                let squares = z[2 * i] * z[2 * i] + z[2 * i + 1] * z[2 * i + 1];
                found + determinant.ln() + 0.5 * squares + (2.0 * std::f64::consts::PI).ln()
            })
            .take(500)
            .collect();
        let mean_square = differences.iter().map(|d| d * d).sum::<f64>() / differences.len() as f64;
        println!("class {class}: root mean square of the difference {:.3}", mean_square.sqrt());
        // Five numbers of a Gaussian fitted to 2000 events cost √(5/2000) = 0.05; the networks may bend it twice as far.
        assert!(mean_square.sqrt() < 0.15, "class {class}: {:.3}", mean_square.sqrt());
    }
}

#[test]
fn classes_beyond_the_last_are_refused() {
    let sample = Sample::from_columns([(Feature::new("x", "1"), vec![1.0, 2.0])]).unwrap();
    let error = ConditionedColumns::classes(&sample, &[0, 2], 2).unwrap_err().to_string();
    assert_eq!(error, "the class of event 1 must be below 2, got 2");
    assert!(ConditionedColumns::classes(&sample, &[0], 2).is_err());
}
