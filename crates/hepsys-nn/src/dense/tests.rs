use proptest::prelude::*;

use super::*;
use crate::{Activation, MlpShape};

/// $\sum_i a_i (e^{f_i + s} - 1) - b_i (f_i + s)$, with $f$ the sum of the networks and $s$ a parameter of the loss.
struct Extended<T> {
    weights: Columns<T>,
    shift: T,
}

impl<T: Real> EventLoss<T> for Extended<T> {
    fn n_extra(&self) -> usize {
        1
    }

    #[inline(always)]
    fn block(
        &self,
        block: usize,
        outputs: &[[T; LANES]],
        derivatives: &mut [[T; LANES]],
        sums: &mut LossSums<'_, T>,
    ) {
        let [a, b] = self.weights.block(block) else { return };
        let (mut loss, mut d) = ([T::ZERO; LANES], [T::ZERO; LANES]);
        for l in 0..LANES {
            let f = outputs.iter().fold(self.shift, |sum, f| sum + f[l]);
            let e = f.exp();
            loss[l] = a[l] * (e - T::ONE) - b[l] * f;
            d[l] = a[l] * e - b[l];
        }
        derivatives.fill(d);
        sums.add_loss(&loss);
        sums.add_extra(0, &d, &[T::ONE; LANES]);
    }
}

impl<T: Real> CurvedLoss<T> for Extended<T> {
    #[inline(always)]
    fn curvature(&self, block: usize, output: &[T; LANES], derivatives: &mut Derivatives<T>) {
        let [a, b] = self.weights.block(block) else { return };
        for l in 0..LANES {
            let e = a[l] * (self.shift + output[l]).exp();
            derivatives.first[l] = e - b[l];
            derivatives.second[l] = e;
        }
        derivatives.slopes[0] = [T::ONE; LANES];
    }
}

struct Problem {
    inputs: Vec<Vec<f64>>,
    weights: [Vec<f64>; 2],
    parameters: Vec<f64>,
    dense_shapes: Vec<MlpShape>,
}

impl Problem {
    /// Networks with these hidden layers and one output, on some events, with some parameters, from a plain recurrence.
    fn new(hidden: &[&[usize]], activation: Activation, n_inputs: usize, n_events: usize) -> Self {
        Self::with_outputs(1, hidden, activation, n_inputs, n_events)
    }

    fn with_outputs(
        n_outputs: usize,
        hidden: &[&[usize]],
        activation: Activation,
        n_inputs: usize,
        n_events: usize,
    ) -> Self {
        let mut state = 0.37_f64;
        let mut next = move || {
            state = (state * 3.999).sin().abs();
            2.0 * state - 1.0
        };
        let dense_shapes: Vec<_> =
            hidden.iter().map(|h| MlpShape::new(n_inputs, h, n_outputs, activation).unwrap()).collect();
        let n_parameters = dense_shapes.iter().map(MlpShape::n_parameters).sum();
        let is_data = |i: usize| i.is_multiple_of(5);
        Self {
            inputs: (0..n_inputs).map(|_| (0..n_events).map(|_| next()).collect()).collect(),
            weights: [
                (0..n_events).map(|i| if is_data(i) { 0.0 } else { 0.25 }).collect(),
                (0..n_events).map(|i| if is_data(i) { 1.0 } else { 0.0 }).collect(),
            ],
            // Scaled so that the outputs of wide layers are of order one too.
            parameters: (0..n_parameters)
                .map(|_| next() / (n_parameters as f64 / 100.0).max(1.0).sqrt())
                .collect(),
            dense_shapes,
        }
    }

    fn evaluate<T: Real>(&self, parameters: &[f64], shift: f64) -> (f64, Vec<f64>) {
        let dense = Dense::<T>::together(self.dense_shapes.clone()).unwrap();
        let columns = |c: &[Vec<f64>]| Columns::new(c.iter().map(Vec::as_slice)).unwrap();
        let loss = Extended { weights: columns(&self.weights), shift: T::from_f64(shift) };
        let mut gradient = vec![0.0; parameters.len() + 1];
        let value =
            dense.loss_and_gradient(parameters, &columns(&self.inputs), &loss, &mut gradient).unwrap();
        (value, gradient)
    }

    /// The loss, one event and one unit at a time.
    fn plain(&self, parameters: &[f64], shift: f64) -> f64 {
        let n_events = self.inputs[0].len();
        (0..n_events)
            .map(|event| {
                let mut f = shift;
                let mut offset = 0;
                for shape in &self.dense_shapes {
                    let mut values: Vec<f64> = self.inputs.iter().map(|c| c[event]).collect();
                    let n_layers = shape.layers().count();
                    for (depth, layer) in shape.layers().enumerate() {
                        values = (0..layer.n_outputs)
                            .map(|j| {
                                let z = parameters[offset + layer.biases + j]
                                    + (0..layer.n_inputs)
                                        .map(|i| {
                                            parameters[offset + layer.weights + j * layer.n_inputs + i]
                                                * values[i]
                                        })
                                        .sum::<f64>();
                                match shape.activation() {
                                    _ if depth + 1 == n_layers => z,
                                    Activation::Tanh => z.tanh(),
                                    Activation::Sigmoid => 1.0 / (1.0 + (-z).exp()),
                                    Activation::Relu => z.max(0.0),
                                }
                            })
                            .collect();
                    }
                    f += values.iter().sum::<f64>();
                    offset += shape.n_parameters();
                }
                self.weights[0][event] * (f.exp() - 1.0) - self.weights[1][event] * f
            })
            .sum()
    }
}

/// Hidden layers of one network or two; the last two have layers that go through the matrix library.
const SHAPES: [&[&[usize]]; 7] =
    [&[&[]], &[&[4]], &[&[7, 7]], &[&[3, 5, 2]], &[&[4], &[6, 3]], &[&[40, 30]], &[&[300]]];
const ACTIVATIONS: [Activation; 3] = [Activation::Tanh, Activation::Sigmoid, Activation::Relu];

#[test]
fn the_loss_is_that_of_a_plain_network() {
    for hidden in SHAPES {
        for activation in ACTIVATIONS {
            let problem = Problem::new(hidden, activation, 3, 5000);
            let plain = problem.plain(&problem.parameters, 0.1);
            let (double, _) = problem.evaluate::<f64>(&problem.parameters, 0.1);
            let (single, _) = problem.evaluate::<f32>(&problem.parameters, 0.1);
            // Rounding of 5000 terms in 53 bits; and in 24 bits, where a chunk sums 128 numbers in a row.
            assert!((double - plain).abs() < 1e-12 * plain.abs().max(1000.0), "{hidden:?} {activation:?}");
            assert!((single - plain).abs() < 1e-5 * plain.abs().max(1000.0), "{hidden:?} {activation:?}");
        }
    }
}

#[test]
fn several_outputs_are_those_of_a_plain_network() {
    for hidden in SHAPES {
        let problem = Problem::with_outputs(3, hidden, Activation::Tanh, 2, 500);
        let plain = problem.plain(&problem.parameters, 0.1);
        let (value, gradient) = problem.evaluate::<f64>(&problem.parameters, 0.1);
        assert!((value - plain).abs() < 1e-12 * plain.abs().max(1000.0), "{hidden:?}");
        // Along the gradient, the loss rises by its square.
        let norm = gradient.iter().map(|g| g * g).sum::<f64>();
        let step = 1e-5 / norm.sqrt();
        let at = |sign: f64| {
            let moved: Vec<f64> =
                problem.parameters.iter().zip(&gradient).map(|(p, g)| p + sign * step * g).collect();
            problem.plain(&moved, 0.1 + sign * step * gradient[gradient.len() - 1])
        };
        let difference = (at(1.0) - at(-1.0)) / (2.0 * step);
        // A central difference is off by step² times the third derivative, and by rounding over the step.
        assert!((difference / norm - 1.0).abs() < 1e-6, "{hidden:?}: {difference} {norm}");
    }
}

#[test]
fn input_gradients_match_finite_differences() {
    for hidden in SHAPES {
        let mut problem = Problem::with_outputs(2, hidden, Activation::Sigmoid, 3, 100);
        let dense = Dense::<f64>::together(problem.dense_shapes.clone()).unwrap();
        let columns = |c: &[Vec<f64>]| Columns::new(c.iter().map(Vec::as_slice)).unwrap();
        let loss = Extended { weights: columns(&problem.weights), shift: 0.0 };
        let gradients = dense.input_gradients(&problem.parameters, &columns(&problem.inputs), &loss).unwrap();
        assert_eq!((gradients.len(), gradients[0].len()), (3, 100));
        for input in 0..3 {
            for event in [0, 63, 64, 99] {
                let before = problem.inputs[input][event];
                let mut at = |x: f64| {
                    problem.inputs[input][event] = x;
                    problem.plain(&problem.parameters, 0.0)
                };
                let difference = (at(before + 1e-5) - at(before - 1e-5)) / 2e-5;
                let exact = gradients[input][event];
                // A central difference: the third derivative, and rounding of the whole loss over the step.
                let rounding = 1e-15 * at(before).abs() / 1e-5;
                assert!(
                    (difference - exact).abs() < 1e-6 * exact.abs().max(1.0) + rounding,
                    "{hidden:?} {input} {event}: {difference} and {exact}"
                );
            }
        }
    }
}

#[test]
fn the_hessian_matches_differences_of_gradients() {
    for hidden in SHAPES.into_iter().filter(|networks| networks.len() == 1) {
        for activation in [Activation::Tanh, Activation::Sigmoid] {
            // Two panels of blocks, and a part of one.
            let problem = Problem::new(
                hidden,
                activation,
                2,
                if hidden[0].iter().sum::<usize>() > 20 { 70 } else { 1100 },
            );
            let n = problem.parameters.len() + 1;
            let dense = Dense::<f64>::new(problem.dense_shapes[0].clone());
            let columns = |c: &[Vec<f64>]| Columns::new(c.iter().map(Vec::as_slice)).unwrap();
            let loss = Extended { weights: columns(&problem.weights), shift: 0.1 };
            let hessian = dense.hessian(&problem.parameters, &columns(&problem.inputs), &loss).unwrap();
            let norm = hessian.iter().map(|h| h * h).sum::<f64>().sqrt();
            let step = 1e-5;
            for k in (0..n).step_by(n.div_ceil(60)).chain([n - 1]) {
                let at = |sign: f64| {
                    let mut parameters = problem.parameters.clone();
                    let mut shift = 0.1;
                    match parameters.get_mut(k) {
                        Some(p) => *p += sign * step,
                        None => shift += sign * step,
                    }
                    problem.evaluate::<f64>(&parameters, shift).1
                };
                for (m, (up, down)) in at(1.0).iter().zip(at(-1.0)).enumerate() {
                    let difference = (up - down) / (2.0 * step);
                    assert!(
                        (difference - hessian[k * n + m]).abs() < 1e-7 * norm,
                        "{hidden:?} {activation:?} {k} {m}: {difference} {}",
                        hessian[k * n + m]
                    );
                    assert_eq!(hessian[k * n + m], hessian[m * n + k]);
                }
            }
        }
    }
}

#[test]
fn a_hessian_of_several_outputs_is_refused() {
    let shape = MlpShape::new(1, &[2], 2, Activation::Tanh).unwrap();
    let dense = Dense::<f64>::new(shape.clone());
    let inputs = Columns::new([[0.5].as_slice()]).unwrap();
    let loss = Extended { weights: Columns::new([[1.0].as_slice(), &[0.0]]).unwrap(), shift: 0.0 };
    let parameters = vec![0.1; shape.n_parameters()];
    let error = dense.hessian(&parameters, &inputs, &loss).unwrap_err().to_string();
    assert!(error.contains("1-2-2"), "{error}");
}

#[test]
fn a_mini_batch_has_the_events_that_were_asked_for() {
    let column: Vec<f64> = (0..200).map(f64::from).collect();
    let negative: Vec<f64> = column.iter().map(|v| -v).collect();
    let columns = Columns::<f64>::new([column.as_slice(), &negative]).unwrap();
    let events: Vec<usize> = (0..70).map(|i| (i * 37) % 200).collect();
    let picked: Vec<f64> = events.iter().map(|&e| column[e]).collect();
    let unpicked: Vec<f64> = events.iter().map(|&e| negative[e]).collect();
    assert_eq!(columns.take(&events), Columns::new([picked.as_slice(), &unpicked]).unwrap());
}

#[test]
fn gradients_match_finite_differences() {
    for hidden in SHAPES {
        // ReLU has a kink, where a difference is no derivative; the plain network above covers it.
        for activation in [Activation::Tanh, Activation::Sigmoid] {
            let problem = Problem::new(hidden, activation, 2, 700);
            let (_, gradient) = problem.evaluate::<f64>(&problem.parameters, 0.1);
            let (_, single) = problem.evaluate::<f32>(&problem.parameters, 0.1);
            let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
            let step = 1e-5;
            for k in (0..gradient.len()).step_by(gradient.len().div_ceil(120)).chain([gradient.len() - 1]) {
                let at = |sign: f64| {
                    let mut parameters = problem.parameters.clone();
                    let mut shift = 0.1;
                    match parameters.get_mut(k) {
                        Some(p) => *p += sign * step,
                        None => shift += sign * step,
                    }
                    problem.evaluate::<f64>(&parameters, shift).0
                };
                let difference = (at(1.0) - at(-1.0)) / (2.0 * step);
                // A central difference is off by step²/6 times the third derivative, and by rounding over the step.
                assert!((difference - gradient[k]).abs() < 1e-7 * norm, "{hidden:?} {activation:?} {k}");
                assert!((single[k] - gradient[k]).abs() < 1e-5 * norm, "{hidden:?} {activation:?} {k}");
            }
        }
    }
}

#[test]
fn threads_change_no_bit() {
    let problem = Problem::new(&[&[7, 7]], Activation::Sigmoid, 5, 20_000);
    // On a thread of a pool, where toys run, the kernel walks through its blocks; elsewhere it spreads them.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let walked = pool.install(|| problem.evaluate::<f32>(&problem.parameters, 0.0));
    let spread = problem.evaluate::<f32>(&problem.parameters, 0.0);
    assert_eq!(walked, spread);
}

#[test]
fn what_does_not_fit_is_an_error() {
    let shape = MlpShape::new(2, &[3], 1, Activation::Tanh).unwrap();
    let other = MlpShape::new(1, &[3], 1, Activation::Tanh).unwrap();
    assert!(Dense::<f64>::together([shape.clone(), other]).is_err());
    let dense = Dense::<f64>::new(shape);
    let inputs = Columns::new([[0.0].as_slice()]).unwrap();
    assert!(dense.outputs(&[0.0; 13], &inputs).is_err());
    assert!(dense.outputs(&[0.0; 12], &inputs).is_err());
    assert!(Columns::<f64>::new([[0.0].as_slice(), &[]]).is_err());
}

proptest! {
    #[test]
    fn padding_counts_for_nothing(n_events in 1_usize..300) {
        let problem = Problem::new(&[&[4]], Activation::Tanh, 1, n_events);
        let plain = problem.plain(&problem.parameters, 0.0);
        let (value, _) = problem.evaluate::<f64>(&problem.parameters, 0.0);
        prop_assert!((value - plain).abs() < 1e-10);
    }
}

#[test]
fn softplus_is_the_logarithm_that_it_stands_for() {
    for i in -400..=400 {
        let x = 0.1 * f64::from(i);
        let exact = x.max(0.0) + (-x.abs()).exp().ln_1p();
        // A few units in the last place, of the value or of its smallest terms.
        assert!((x.softplus() - exact).abs() <= 4e-16 * (1.0 + exact), "{x}");
        let single = f64::from((x as f32).softplus());
        assert!((single - exact).abs() <= 4e-7 * (1.0 + exact), "{x}");
    }
}

#[test]
fn a_softmax_of_two_outputs_is_a_sigmoid_of_their_difference() {
    let n = 100;
    let wave = |a: f64| (0..n).map(|i| (a * f64::from(i)).sin()).collect::<Vec<f64>>();
    let inputs = Columns::<f64>::new([wave(0.7).as_slice(), &wave(1.3)]).unwrap();
    let classes: Vec<f64> = (0..n).map(|i| f64::from(i % 2)).collect();
    let weights: Vec<f64> = (0..n).map(|i| 0.5 + 0.01 * f64::from(i)).collect();
    let terms = Columns::new([classes.as_slice(), &weights]).unwrap();
    let one = MlpShape::new(2, &[], 1, Activation::Tanh).unwrap();
    let two = MlpShape::new(2, &[], 2, Activation::Tanh).unwrap();
    let (w, b) = ([0.8, -1.7], 0.4);
    let mut by_one = [0.0; 3];
    let sigmoid = Dense::new(one)
        .loss_and_gradient(&[w[0], w[1], b], &inputs, &CrossEntropy::new(&terms).unwrap(), &mut by_one)
        .unwrap();
    // The first class has the outputs (0.3, -0.2, 5) on top of zero, the second the same and the logit.
    let parameters = [0.3, -0.2, 0.3 + w[0], -0.2 + w[1], 5.0, 5.0 + b];
    let mut by_two = [0.0; 6];
    let loss = SoftmaxCrossEntropy::new(&terms, 2).unwrap();
    let softmax = Dense::new(two).loss_and_gradient(&parameters, &inputs, &loss, &mut by_two).unwrap();
    assert!((sigmoid - softmax).abs() < 1e-12);
    for (a, (first, second)) in by_one.iter().zip([(0, 2), (1, 3), (4, 5)]) {
        assert!((a - by_two[second]).abs() < 1e-12 && (a + by_two[first]).abs() < 1e-12);
    }
    let third = Columns::<f64>::new([[2.0].as_slice(), &[1.0]]).unwrap();
    assert!(SoftmaxCrossEntropy::new(&third, 2).unwrap_err().to_string().contains("0 to 1"));
}
