use hepsys_core::Seed;
use rand::RngExt;

use super::*;
use crate::burn::tensor::TensorData;
use crate::mlp::read;
use crate::{Batch, Device, Tensor};

/// Small, but with every kind of layer, sequences of different lengths, and one without convolutions.
fn small() -> SequenceShape {
    let branches = [
        Branch::new("clusters", 3, 4, &[5, 6], 3),
        Branch::new("tracks", 2, 1, &[], 2),
        Branch::new("segments", 1, 3, &[2], 1),
    ];
    SequenceShape::new(branches, 2, &[7, 4], 3).unwrap()
}

fn numbers(n: usize, seed: u64) -> Vec<f64> {
    let mut random = Seed::new(seed).stream();
    (0..n).map(|_| random.random_range(-1.0..1.0)).collect()
}

fn events<T: crate::dense::Real>(shape: &SequenceShape, n: usize) -> Rows<T> {
    let values = numbers(n * shape.n_columns(), 7).into_iter().map(T::from_f64).collect();
    Rows::from_events(shape.n_columns(), values).unwrap()
}

/// A loss that ties all events together, and its derivatives: the square of the sum of weighted outputs.
fn loss(outputs: &[Vec<f64>]) -> (f64, Vec<Vec<f64>>) {
    let weights = numbers(outputs.len() * outputs[0].len(), 3);
    let weights: Vec<&[f64]> = weights.chunks(outputs[0].len()).collect();
    let sum: f64 = outputs.iter().zip(&weights).flat_map(|(f, w)| f.iter().zip(*w)).map(|(f, w)| f * w).sum();
    (0.5 * sum * sum, weights.iter().map(|w| w.iter().map(|w| sum * w).collect()).collect())
}

#[test]
fn the_gradient_is_that_of_finite_differences() {
    let shape = small();
    let kernel = SequenceKernel::<f64>::new(shape.clone());
    let events = events(&shape, 70);
    let parameters: Vec<f64> = shape.glorot_uniform(Seed::new(5)).iter().map(|w| w + 0.05).collect();
    for dropout in [None, Some(Dropout::new(0.3, Seed::new(8)).unwrap())] {
        let pass = kernel.forward(&parameters, &events, dropout).unwrap();
        let (_, derivatives) = loss(pass.outputs());
        let mut gradient = vec![0.0; parameters.len()];
        kernel.backward(pass, &derivatives, &mut gradient).unwrap();
        let value =
            |parameters: &[f64]| loss(kernel.forward(parameters, &events, dropout).unwrap().outputs()).0;
        let largest = gradient.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
        for i in 0..parameters.len() {
            let mut moved = parameters.clone();
            let h = 1e-5;
            moved[i] += h;
            let up = value(&moved);
            moved[i] -= 2.0 * h;
            let difference = (up - value(&moved)) / (2.0 * h);
            // Rounding of the loss over the step, and now and then a ReLU that bends within it.
            assert!(
                (gradient[i] - difference).abs() < 2e-5 * largest,
                "parameter {i}: {} and {difference}",
                gradient[i]
            );
        }
    }
}

#[test]
fn tensors_and_kernel_are_one_network() {
    let shape = small();
    let n = 130;
    let parameters = shape.glorot_uniform(Seed::new(5));
    let kernel = SequenceKernel::<f32>::new(shape.clone());
    let rows = events::<f32>(&shape, n);
    let device = Device::flex().autodiff();
    let network = SequenceNetwork::from_parameters(&shape, &parameters, &device).unwrap();
    assert_eq!(network.to_parameters().unwrap().len(), parameters.len());
    let tensor =
        Tensor::<2>::from_data(TensorData::new(rows.values().to_vec(), [n, shape.n_columns()]), &device);
    for dropout in [None, Some(Dropout::new(0.2, Seed::new(2)).unwrap())] {
        let pass = kernel.forward(&parameters, &rows, dropout).unwrap();
        let outputs = network.forward(tensor.clone(), dropout);
        let found = read(outputs.clone().transpose().without_autodiff()).unwrap();
        for (a, b) in pass.outputs().concat().iter().zip(&found) {
            // Sums of up to a hundred products in single precision.
            assert!((a - b).abs() < 2e-6, "{a} and {b}");
        }
        let (_, derivatives) = loss(pass.outputs());
        let by_outputs = Tensor::<2>::from_data(TensorData::new(derivatives.concat(), [3, n]), &device);
        let gradients = (outputs.transpose() * by_outputs).sum().backward();
        let expected = read(network.gradient(&gradients).unwrap()).unwrap();
        let mut gradient = vec![0.0; parameters.len()];
        kernel.backward(pass, &derivatives, &mut gradient).unwrap();
        let largest = gradient.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
        for (a, b) in gradient.iter().zip(&expected) {
            assert!((a - b).abs() < 1e-5 * largest, "{a} and {b}");
        }
    }
}

#[test]
fn without_dropout_a_pass_gives_the_outputs() {
    let shape = small();
    let kernel = SequenceKernel::<f32>::new(shape.clone());
    let rows = events::<f32>(&shape, 200);
    let parameters = shape.glorot_uniform(Seed::new(5));
    let pass = kernel.forward(&parameters, &rows, None).unwrap();
    assert_eq!(pass.outputs(), kernel.outputs(&parameters, &rows).unwrap());
    // An event's outputs do not depend on its neighbours.
    let alone = kernel.outputs(&parameters, &rows.take(&[150])).unwrap();
    assert_eq!(alone.concat(), pass.outputs().iter().map(|f| f[150]).collect::<Vec<_>>());
}

#[test]
fn threads_change_no_bit() {
    let shape = small();
    let rows = events::<f32>(&shape, 700);
    let parameters = shape.glorot_uniform(Seed::new(5));
    let step = || {
        let kernel = SequenceKernel::<f32>::new(shape.clone());
        let dropout = Dropout::new(0.2, Seed::new(1)).unwrap();
        let mut gradient = vec![0.0; parameters.len()];
        // Twice, for the second time uses what the first one kept.
        for _ in 0..2 {
            let pass = kernel.forward(&parameters, &rows, Some(dropout)).unwrap();
            let (_, derivatives) = loss(pass.outputs());
            kernel.backward(pass, &derivatives, &mut gradient).unwrap();
        }
        gradient
    };
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(step);
    assert_eq!(step(), one);
}

#[test]
fn what_does_not_fit_is_told() {
    let shape = small();
    let kernel = SequenceKernel::<f32>::new(shape.clone());
    let parameters = shape.glorot_uniform(Seed::new(5));
    let rows = events::<f32>(&shape, 3);
    let error = |result: Result<Vec<Vec<f64>>, crate::NnError>| result.unwrap_err().to_string();
    assert!(error(kernel.outputs(&parameters[1..], &rows)).contains("parameters"));
    let narrow = Rows::from_events(2, vec![0.0; 6]).unwrap();
    assert!(error(kernel.outputs(&parameters, &narrow)).contains("columns"));
    let pass = kernel.forward(&parameters, &rows, None).unwrap();
    let mut gradient = vec![0.0; parameters.len()];
    let short = vec![vec![0.0; 2]; 3];
    assert!(kernel.backward(pass, &short, &mut gradient).unwrap_err().to_string().contains("derivatives"));
}

#[test]
fn an_engine_of_tensors_is_that_of_the_kernel() {
    let shape = small();
    let rows = events::<f32>(&shape, 100);
    let parameters = shape.glorot_uniform(Seed::new(5));
    let device = Device::flex();
    let engines =
        [SequenceEngine::new(shape.clone(), &device), SequenceEngine::of_tensors(shape.clone(), &device)];
    let dropout = Dropout::new(0.2, Seed::new(1)).unwrap();
    let [kernel, tensors] = engines.map(|engine| {
        let forward = engine.forward(&parameters, &rows, Some(dropout)).unwrap();
        let (_, derivatives) = loss(forward.outputs());
        let mut found = vec![0.0; parameters.len()];
        engine.backward(forward, &derivatives, &mut found).unwrap();
        let largest = found.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
        found.iter_mut().for_each(|g| *g /= largest);
        found.extend(engine.outputs(&parameters, &rows).unwrap().concat());
        found
    });
    assert_eq!(kernel.len(), tensors.len());
    for (a, b) in kernel.iter().zip(&tensors) {
        assert!((a - b).abs() < 1e-5, "{a} and {b}");
    }
    assert!(engines_refuse(&shape));
}

fn engines_refuse(shape: &SequenceShape) -> bool {
    let narrow = Rows::from_events(2, vec![0.0; 6]).unwrap();
    let parameters = shape.glorot_uniform(Seed::new(5));
    let engine = SequenceEngine::of_tensors(shape.clone(), &Device::flex());
    engine.outputs(&parameters, &narrow).is_err() && engine.forward(&parameters[1..], &narrow, None).is_err()
}
