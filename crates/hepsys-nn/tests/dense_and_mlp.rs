//! The dense kernel and burn train the same network.

use hepsys_core::{Feature, Sample, Seed};
use hepsys_nn::dense::{Columns, Dense, EventLoss, LANES, LossSums, Real};
use hepsys_nn::{
    Activation, Device, Labelled, Mlp, MlpShape, Optimizer, Run, Schedule, Stopping, Training, loss,
};
use rand::RngExt;

const N_EVENTS: usize = 700;

/// The mean over events of $(f - y)^2$.
struct SquaredError<T> {
    /// One over the number of events, zero for padding, and the target.
    terms: Columns<T>,
}

impl<T: Real> EventLoss<T> for SquaredError<T> {
    #[inline(always)]
    fn block(
        &self,
        block: usize,
        outputs: &[[T; LANES]],
        derivatives: &mut [[T; LANES]],
        sums: &mut LossSums<'_, T>,
    ) {
        let [weight, target] = self.terms.block(block) else { return };
        let mut loss = [T::ZERO; LANES];
        for l in 0..LANES {
            let miss = outputs[0][l] - target[l];
            loss[l] = weight[l] * miss * miss;
            derivatives[0][l] = weight[l] * (miss + miss);
        }
        sums.add_loss(&loss);
    }
}

fn dense<T: Real>(shape: &MlpShape, w: &[f64], x: &[Vec<f64>], y: &[f64]) -> (f64, Vec<f64>) {
    let weights = vec![1.0 / N_EVENTS as f64; N_EVENTS];
    let loss = SquaredError { terms: Columns::<T>::new([weights.as_slice(), y]).unwrap() };
    let inputs = Columns::new(x.iter().map(Vec::as_slice)).unwrap();
    let mut gradient = vec![0.0; w.len()];
    let value = Dense::new(shape.clone()).loss_and_gradient(w, &inputs, &loss, &mut gradient).unwrap();
    (value, gradient)
}

#[test]
fn the_kernel_and_burn_have_the_same_loss_and_gradient() {
    let mut stream = Seed::new(5).stream();
    let mut uniform = || -> Vec<f64> { (0..N_EVENTS).map(|_| stream.random::<f64>() * 2.0 - 1.0).collect() };
    let x = vec![uniform(), uniform(), uniform()];
    let y: Vec<f64> = (0..N_EVENTS).map(|i| x[0][i] * x[1][i] - x[2][i]).collect();
    let columns = x.iter().enumerate().map(|(i, c)| (Feature::new(format!("x{i}"), "1"), c.clone()));
    let events = Labelled::new(&Sample::from_columns(columns).unwrap(), &y, &Device::flex()).unwrap();
    let run = Run::on(Device::flex()).seed(3);

    for activation in [Activation::Tanh, Activation::Sigmoid, Activation::Relu] {
        let shape = MlpShape::new(3, &[9, 6], 1, activation).unwrap();
        let network = Mlp::init(&shape, &run);
        let before = network.to_parameters().unwrap();
        // A step of gradient descent of length one is the gradient.
        let trained = Training::params()
            .optimizer(Optimizer::sgd())
            .learning_rate(Schedule::constant(1.0))
            .stopping(Stopping::after(1))
            .check()
            .unwrap()
            .minimize(|network: &Mlp, batch: &Labelled| {
                loss::mean_squared_error(network.forward(batch.inputs()), batch.targets(), batch.weights())
            })
            .fit(network, &events, &run)
            .unwrap();
        let burn_loss = trained.history.losses().next().unwrap();
        let after = trained.model.to_parameters().unwrap();

        for (value, gradient) in
            [dense::<f32>(&shape, &before, &x, &y), dense::<f64>(&shape, &before, &x, &y)]
        {
            // burn computes in single precision: sums of 700 terms of order one, and weights of order one after the step.
            assert!((value - burn_loss).abs() < 1e-6, "{activation:?}: {value} and {burn_loss}");
            for (k, g) in gradient.iter().enumerate() {
                let of_burn = before[k] - after[k];
                assert!((g - of_burn).abs() < 1e-6, "{activation:?}, parameter {k}: {g} and {of_burn}");
            }
        }
    }
}
