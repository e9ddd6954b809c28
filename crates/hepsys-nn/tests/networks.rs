//! Networks that the training loop trains through the dense kernel.

use hepsys_nn::burn::tensor::{Tensor, TensorData};
use hepsys_nn::dense::{Columns, CrossEntropy, Dense, Networks, Slope, SquaredError};
use hepsys_nn::{
    Activation, Batch, Checkpoint, Device, Mlp, MlpShape, NnError, Optimizer, Phase, Run, Schedule, Stopping,
    Training, TrainingParams, loss, rows,
};

struct Events {
    inputs: Columns<f32>,
    terms: Columns<f32>,
}

impl Batch for Events {
    fn n_events(&self) -> usize {
        self.inputs.n_events()
    }

    fn take(&self, events: &[usize]) -> Self {
        Self { inputs: self.inputs.take(events), terms: self.terms.take(events) }
    }
}

struct TensorEvents([Tensor<2>; 3]);

impl Batch for TensorEvents {
    fn n_events(&self) -> usize {
        self.0[0].dims()[0]
    }

    fn take(&self, events: &[usize]) -> Self {
        Self([0, 1, 2].map(|i| rows(&self.0[i], events)))
    }
}

const N: usize = 150;

/// Two inputs, a target that depends on them, and weights.
fn columns() -> [Vec<f64>; 4] {
    let wave = |a: f64| (0..N).map(|i| (a * i as f64).sin()).collect::<Vec<f64>>();
    let (x, y) = (wave(0.7), wave(1.9));
    let target = x.iter().zip(&y).map(|(x, y)| f64::from(u8::from(x * x + y > 0.3))).collect();
    let weights = (0..N).map(|i| 0.5 + (i % 7) as f64 / 7.0).collect();
    [x, y, target, weights]
}

fn events() -> Events {
    let [x, y, target, weights] = columns();
    Events {
        inputs: Columns::new([x.as_slice(), &y]).unwrap(),
        terms: Columns::new([target.as_slice(), &weights]).unwrap(),
    }
}

fn shape() -> MlpShape {
    MlpShape::new(2, &[6, 5], 1, Activation::Tanh).unwrap()
}

fn params(optimizer: Optimizer, epochs: usize) -> TrainingParams {
    Training::params()
        .optimizer(optimizer)
        .batch_size(40)
        .learning_rate(Schedule::cosine(0.02, 0.002, 10))
        .stopping(Stopping::after(epochs))
}

fn cross_entropy(networks: &Networks, batch: &Events) -> Result<Slope, NnError> {
    let mut slope = networks.flat();
    let loss = CrossEntropy::new(&batch.terms)?;
    let kernel = Dense::<f32>::new(shape());
    slope.value =
        kernel.loss_and_gradient(networks.parameters(), &batch.inputs, &loss, &mut slope.gradient)?;
    Ok(slope)
}

fn run() -> Run {
    Run::on(Device::flex()).seed(4)
}

#[test]
fn kernel_and_tensors_are_trained_alike() {
    let [x, y, target, weights] = columns();
    let both: Vec<f64> = (0..N).flat_map(|i| [x[i], y[i]]).collect();
    let device = Device::flex();
    let column = |v: &[f64]| Tensor::from_data(TensorData::new(v.to_vec(), [N, 1]), &device);
    let inputs = Tensor::from_data(TensorData::new(both, [N, 2]), &device);
    let tensors = TensorEvents([inputs, column(&target), column(&weights)]);
    // An ε that keeps rounding of vanishing gradients from becoming whole steps.
    let adam = Optimizer::Adam { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-3 };
    for (optimizer, tolerance) in
        [(Optimizer::sgd(), 1e-5), (Optimizer::Sgd { momentum: 0.9 }, 1e-5), (adam, 1e-3)]
    {
        let training = params(optimizer, 6).check().unwrap();
        let start = Networks::init([("network", shape())], &run());
        let mlp = Mlp::from_parameters(&shape(), start.parameters(), &device).unwrap();
        let fused = training.minimize(cross_entropy).fit(start, &events(), &run()).unwrap();
        let burn = training
            .minimize(|network: &Mlp, batch: &TensorEvents| {
                let [inputs, targets, weights] = batch.0.clone();
                loss::binary_cross_entropy(network.forward(inputs), targets, weights)
            })
            .fit(mlp, &tensors, &run())
            .unwrap();
        let burn_parameters = burn.model.to_parameters().unwrap();
        let differences = fused.model.parameters().iter().zip(&burn_parameters).map(|(a, b)| (a - b).abs());
        let largest = differences.fold(0.0, f64::max);
        println!("{optimizer:?}: largest difference of a parameter {largest:.1e}");
        // Twenty-four steps in single precision; Adam's are divided by moments that begin with one gradient.
        assert!(largest < tolerance, "{optimizer:?}: {largest:.1e}");
        for (a, b) in fused.history.losses().zip(burn.history.losses()) {
            assert!((a - b).abs() < 1e-4, "{optimizer:?}: {a} {b}");
        }
    }
}

#[test]
fn a_killed_training_resumes_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    for (index, optimizer) in
        [Optimizer::adam(), Optimizer::sgd(), Optimizer::Sgd { momentum: 0.9 }].into_iter().enumerate()
    {
        let fit = |epochs: usize, checkpoint: Option<Checkpoint>| {
            let training = params(optimizer, epochs).check().unwrap();
            let mut trainer = training.minimize(cross_entropy);
            if let Some(checkpoint) = checkpoint {
                trainer = trainer.checkpoint(checkpoint);
            }
            trainer.fit(Networks::init([("network", shape())], &run()), &events(), &run()).unwrap()
        };
        let file = || Checkpoint::every(1, folder.path().join(index.to_string()));
        let whole = fit(7, None);
        assert_eq!(fit(3, Some(file())).history.n_epochs(), 3);
        let resumed = fit(7, Some(file()));
        assert_eq!(resumed.model, whole.model);
        assert_eq!(resumed.history, whole.history);
    }
}

#[test]
fn a_phase_trains_the_network_that_it_names() {
    let start = Networks::init([("first", shape()), ("second", shape())], &run());
    let kernel = Dense::<f32>::new(shape());
    let phase = |name: &'static str| {
        let kernel = kernel.clone();
        Phase::new(name, move |networks: &Networks, batch: &Events| -> Result<Slope, NnError> {
            let mut slope = networks.flat();
            let place = networks.place(name)?;
            let loss = SquaredError::new(&batch.terms)?;
            let gradient = &mut slope.gradient[place];
            slope.value = kernel.loss_and_gradient(networks.of(name)?, &batch.inputs, &loss, gradient)?;
            Ok(slope)
        })
        .training([name])
    };
    let training = params(Optimizer::adam(), 2).check().unwrap();
    let trained = training.alternate([phase("second")]).fit(start.clone(), &events(), &run()).unwrap();
    assert_eq!(trained.model.of("first").unwrap(), start.of("first").unwrap());
    assert_ne!(trained.model.of("second").unwrap(), start.of("second").unwrap());
    let error = training.alternate([phase("third")]).fit(start.clone(), &events(), &run()).unwrap_err();
    assert!(error.to_string().contains("the network has first, second"), "{error}");
    assert_eq!(start.of("third").unwrap_err().to_string(), "no network \"third\"; there are first, second");
}

#[test]
fn a_batch_without_weight_is_an_error() {
    let terms = Columns::<f32>::new([[1.0].as_slice(), &[0.0]]).unwrap();
    let error = CrossEntropy::new(&terms).unwrap_err().to_string();
    assert_eq!(error, "the sum of the weights in a batch must be positive and finite, got 0");
    assert!(SquaredError::new(&Columns::<f32>::new([[1.0].as_slice()]).unwrap()).is_err());
}
