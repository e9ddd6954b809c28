use hepsys_core::Seed;
use hepsys_nn::dense::{Columns, CrossEntropy, Dense, Networks, Slope};
use hepsys_nn::{Activation, Batch, Device, MlpShape, NnError, Run, Schedule, Stopping, Training};
use rand::seq::SliceRandom;

use super::{Auc, ClosureParams, auc};
use crate::AdversarialError;

const NAME: &str = "fresh classifier";

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

/// Trains a classifier on half of the events to tell the two kinds apart, and tests it on the other half.
///
/// # Shapes
///
/// `seen`: kind by kind, `[n_features][n_events]`
pub(crate) fn fresh_auc(
    params: &ClosureParams,
    seen: &[Vec<Vec<f64>>; 2],
    weights: &[Vec<f64>; 2],
    seed: Seed,
) -> Result<Auc, AdversarialError> {
    let halves = [0, 1].map(|kind: usize| {
        let mut order: Vec<usize> = (0..weights[kind].len()).collect();
        order.shuffle(&mut seed.named("halves").index(kind).stream());
        let half = order.split_off(order.len() / 2);
        [order, half]
    });
    let learnt = standardized(seen, &halves);
    // Both kinds count the same, whatever their total weights.
    let totals = [0, 1].map(|kind: usize| halves[kind][0].iter().map(|&e| weights[kind][e]).sum::<f64>());
    if totals.iter().any(|total| *total <= 0.0) {
        return Err(AdversarialError::Weightless("half of a kind".to_owned()));
    }
    let events = {
        let of_half = |f: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
            (0..2)
                .flat_map(|kind| halves[kind][0].iter().map(move |&e| (kind, e)))
                .map(|(k, e)| f(k, e))
                .collect()
        };
        let columns: Vec<Vec<f64>> =
            (0..learnt[0].len()).map(|feature| of_half(&|k, e| learnt[k][feature][e])).collect();
        let n = (halves[0][0].len() + halves[1][0].len()) as f64;
        let targets = of_half(&|k, _| k as f64);
        let scaled = of_half(&|k, e| 0.5 * n * weights[k][e] / totals[k]);
        Events {
            inputs: Columns::new(columns.iter().map(Vec::as_slice))?,
            terms: Columns::new([targets.as_slice(), &scaled])?,
        }
    };
    let shape = MlpShape::new(learnt[0].len(), &params.hidden_layers, 1, Activation::Relu)?;
    let run = Run::on(Device::flex()).seeded(seed.named("training"));
    let kernel = Dense::<f32>::new(shape.clone());
    let training = Training::params()
        .batch_size(512)
        .learning_rate(Schedule::cosine(3e-3, 3e-5, params.epochs))
        .stopping(Stopping::after(params.epochs))
        .check()?;
    let loss = |networks: &Networks, batch: &Events| -> Result<Slope, NnError> {
        let loss = CrossEntropy::new(&batch.terms)?;
        let mut slope = networks.flat();
        slope.value =
            kernel.loss_and_gradient(networks.parameters(), &batch.inputs, &loss, &mut slope.gradient)?;
        Ok(slope)
    };
    let trained = training.minimize(loss).fit(Networks::init([(NAME, shape)], &run), &events, &run)?;
    let parameters = trained.model.of(NAME)?;
    let [simulation, data] = [0, 1].map(|kind: usize| -> Result<_, AdversarialError> {
        let of = |column: &Vec<f64>| halves[kind][1].iter().map(|&e| column[e]).collect::<Vec<f64>>();
        let columns: Vec<Vec<f64>> = learnt[kind].iter().map(of).collect();
        let inputs = Columns::<f32>::new(columns.iter().map(Vec::as_slice))?;
        Ok((kernel.outputs(parameters, &inputs)?.swap_remove(0), of(&weights[kind])))
    });
    let (simulation, data) = (simulation?, data?);
    auc([&simulation.0, &data.0], [&simulation.1, &data.1])
}

/// The features with the mean and spread of the halves that are learnt from taken out.
fn standardized(seen: &[Vec<Vec<f64>>; 2], halves: &[[Vec<usize>; 2]; 2]) -> [Vec<Vec<f64>>; 2] {
    let mut learnt = seen.clone();
    for feature in 0..seen[0].len() {
        let values = (0..2).flat_map(|kind| halves[kind][0].iter().map(move |&e| seen[kind][feature][e]));
        let n = (halves[0][0].len() + halves[1][0].len()) as f64;
        let mean = values.clone().sum::<f64>() / n;
        let spread = (values.map(|x| (x - mean) * (x - mean)).sum::<f64>() / n).sqrt() + 1e-6;
        for kind in &mut learnt {
            kind[feature].iter_mut().for_each(|x| *x = (*x - mean) / spread);
        }
    }
    learnt
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_distr::{Distribution, StandardNormal};

    /// Two features of which the second has another width in data.
    fn kind(width: f64, n: usize, seed: u64) -> Vec<Vec<f64>> {
        let mut random = Seed::new(seed).stream();
        let mut column =
            |width: f64| (0..n).map(|_| width * f64::sample_from(&mut random)).collect::<Vec<f64>>();
        vec![column(1.0), column(width)]
    }

    trait SampleFrom {
        fn sample_from(random: &mut hepsys_core::Stream) -> f64;
    }

    impl SampleFrom for f64 {
        fn sample_from(random: &mut hepsys_core::Stream) -> f64 {
            StandardNormal.sample(random)
        }
    }

    #[test]
    fn a_difference_that_no_mean_shows_is_found() {
        let n = 8000;
        let weights = [vec![1.0; n], vec![2.0; n]];
        let different = [kind(1.0, n, 1), kind(2.0, n, 2)];
        let found = fresh_auc(&ClosureParams::default(), &different, &weights, Seed::new(3)).unwrap();
        // Of |x|, with widths 1 and 2: P(|2x| > |y|) = 2/π arctan 2 = 0.705.
        assert!((found.value - 0.705).abs() < 0.02, "{found:?}");
        let alike = [kind(1.0, n, 1), kind(1.0, n, 2)];
        let found = fresh_auc(&ClosureParams::default(), &alike, &weights, Seed::new(3)).unwrap();
        assert!((found.value - 0.5).abs() < 4.0 * found.null_sigma, "{found:?}");
    }
}
