use hepsys_core::Feature;
use hepsys_nn::{Checkpoint, History, Run, Standardizer};

use crate::classifier::{Network, Networks, TrainedClassifier};
use crate::params::{ClassifierValidParams, Strategy};
use crate::simulation::same;
use crate::train::{Outcome, Prepared, Task, Way};
use crate::{ParamclfError, TrainingSet};

impl ClassifierValidParams {
    /// Trains the classifier on the events of the set that its strategy sees.
    ///
    /// On the CPU it is trained through the dense kernel in single precision, on other devices through tensors. Inputs are brought
    /// to mean zero and deviation one first, z to within ±1.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::NotSimulated`] if the set lacks the value that the strategy trains at, and those of the training:
    /// a feature without spread, a loss that is not finite.
    pub fn fit(&self, set: &TrainingSet, run: &Run) -> Result<TrainedClassifier, ParamclfError> {
        self.fit_with(set, run, Way::of(run), |_| None)
    }

    /// The same through tensors, whatever the device: for comparisons with the dense kernel.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit).
    pub fn fit_by_tensors(&self, set: &TrainingSet, run: &Run) -> Result<TrainedClassifier, ParamclfError> {
        self.fit_with(set, run, Way::Tensors, |_| None)
    }

    /// The same, with a checkpoint after every epoch; a training that was stopped or killed goes on from there.
    ///
    /// The two networks of [`Strategy::AwareSplit`] have a file each: `below-` and `above-` stand before its name.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit), and [`NnError::Checkpoint`](hepsys_nn::NnError::Checkpoint) for one of another training.
    pub fn fit_resumed(
        &self,
        set: &TrainingSet,
        run: &Run,
        checkpoint: impl AsRef<std::path::Path>,
    ) -> Result<TrainedClassifier, ParamclfError> {
        let path = checkpoint.as_ref();
        self.fit_with(set, run, Way::of(run), |part| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let path =
                if part.is_empty() { path.to_owned() } else { path.with_file_name(format!("{part}-{name}")) };
            Some(Checkpoint::every(1, path))
        })
    }

    fn fit_with(
        &self,
        set: &TrainingSet,
        run: &Run,
        way: Way,
        checkpoint: impl Fn(&str) -> Option<Checkpoint>,
    ) -> Result<TrainedClassifier, ParamclfError> {
        let nominal = set.nuisance.nominal();
        let seen = self.seen(set, |z| match self.strategy() {
            Strategy::Baseline => same(z, nominal),
            Strategy::TrainedAt(at) => same(z, *at),
            _ => true,
        })?;
        let names: Vec<String> = match self.inputs() {
            Some(names) => names.to_vec(),
            None => {
                let names = set.events.schema().names().filter(|name| Some(*name) != self.event_key());
                names.map(str::to_owned).collect()
            }
        };
        let events = set.events.select_features(&names)?;
        let inputs: Vec<Feature> = events.schema().features().to_vec();
        let standardizer = Standardizer::fit(&events.take(&seen)?)?;
        let scaled = standardizer.apply(&events)?;
        let columns: Vec<&[f64]> = scaled.columns().collect();
        let one = |seen: &[usize], part: &str| {
            let run = if part.is_empty() { run.clone() } else { run.named(part) };
            self.network(set, &columns, seen, way, &run, checkpoint(part))
        };
        let (networks, histories) = if *self.strategy() == Strategy::AwareSplit {
            let (below, first) = one(&self.seen(set, |z| z < nominal)?, "below")?;
            let (above, second) = one(&self.seen(set, |z| z >= nominal)?, "above")?;
            (Networks::Split { at: nominal, below, above }, vec![first, second])
        } else {
            let (network, history) = one(&seen, "")?;
            (Networks::One(network), vec![history])
        };
        let strategy = self.strategy().clone();
        Ok(TrainedClassifier::new(strategy, set, inputs, standardizer, networks, histories))
    }

    /// The events of the set whose z is seen.
    fn seen(&self, set: &TrainingSet, sees: impl Fn(f64) -> bool) -> Result<Vec<usize>, ParamclfError> {
        let seen: Vec<usize> = (0..set.n_events()).filter(|&event| sees(set.z[event])).collect();
        if !seen.is_empty() {
            return Ok(seen);
        }
        Err(ParamclfError::NotSimulated {
            what: format!("events to train the strategy \"{}\"", self.strategy().name()),
            nuisance: set.nuisance.name().to_owned(),
            z: match self.strategy() {
                Strategy::TrainedAt(z) => *z,
                _ => set.nuisance.nominal(),
            },
            reason: format!("the training set has {:?}", set.values),
        })
    }

    /// One network on some events, given in scaled columns.
    fn network(
        &self,
        set: &TrainingSet,
        columns: &[&[f64]],
        seen: &[usize],
        way: Way,
        run: &Run,
        checkpoint: Option<Checkpoint>,
    ) -> Result<(Network, History), ParamclfError> {
        let take = |column: &[f64]| seen.iter().map(|&event| column[event]).collect::<Vec<f64>>();
        let (nominal, spread) = (set.nuisance.nominal(), set.spread());
        let z: Vec<f64> = seen.iter().map(|&event| (set.z[event] - nominal) / spread).collect();
        let mut inputs: Vec<Vec<f64>> = columns.iter().map(|column| take(column)).collect();
        if self.strategy().knows_z() {
            inputs.push(z.clone());
        }
        let adversary = match self.strategy() {
            Strategy::Adversarial(adversary) => Some(adversary),
            _ => None,
        };
        let shape = self.shape(inputs.len())?;
        let weights: Vec<f64> = set.events.weights().iter().collect();
        let keys = match self.event_key() {
            Some(feature) => take(set.events.column(feature)?).iter().map(|key| key.to_bits()).collect(),
            None => seen.iter().map(|&event| event as u64).collect(),
        };
        let task = Task {
            params: self,
            shape: shape.clone(),
            adversary,
            events: Prepared { inputs, targets: take(&set.targets), weights: take(&weights), z, keys },
            checkpoint: checkpoint.map(|c| c.describing(&(self.identity(), set.digest()))).transpose()?,
        };
        let Outcome { parameters, history } = task.run(way, run)?;
        Ok((Network { shape, parameters }, history))
    }
}
