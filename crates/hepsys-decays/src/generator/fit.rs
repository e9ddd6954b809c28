use std::path::Path;

use hepsys_nn::{Checkpoint, Run, Standardizer};

use super::model::Content;
use super::training::{Pooled, Task};
use super::{GeneratorValidParams, KinematicsGenerator, ModeSample};
use crate::DecaysError;

impl GeneratorValidParams {
    /// Learns the kinematics of these modes at once.
    ///
    /// Features are brought to mean zero and deviation one over all modes. A mode counts as many events as its weights
    /// are worth.
    ///
    /// # Errors
    ///
    /// [`DecaysError::BadMode`] for a mode that is there twice or has other features than the first,
    /// [`DecaysError::Interrupted`], and those of the training: a feature without spread, a loss that is not finite.
    pub fn fit(&self, modes: &[ModeSample], run: &Run) -> Result<KinematicsGenerator, DecaysError> {
        self.fit_with(modes, run, None)
    }

    /// The same, with a checkpoint after every epoch; a training that was stopped or killed goes on from there, and
    /// ends bit for bit as one that was not.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit), and [`NnError::Checkpoint`](hepsys_nn::NnError::Checkpoint) for a file of another training.
    pub fn fit_resumed(
        &self,
        modes: &[ModeSample],
        run: &Run,
        checkpoint: impl AsRef<Path>,
    ) -> Result<KinematicsGenerator, DecaysError> {
        self.fit_with(modes, run, Some(Checkpoint::every(1, checkpoint.as_ref())))
    }

    fn fit_with(
        &self,
        modes: &[ModeSample],
        run: &Run,
        checkpoint: Option<Checkpoint>,
    ) -> Result<KinematicsGenerator, DecaysError> {
        let names: Vec<String> = modes.iter().map(|mode| mode.name().to_owned()).collect();
        let Some(first) = modes.first() else {
            return Err(DecaysError::bad("the modes", "one or more", "none"));
        };
        let features = first.sample().schema().features().to_vec();
        let whose = format!("mode \"{}\"", first.name());
        let index = |name: &str| super::model::index_of(&names, name);
        let pooled = Pooled::new(modes, &features, &whose, index)?;
        let standardizer = Standardizer::fit(&pooled.sample)?;
        let shape = self.flow(features.len(), names.len())?;
        let described = (&names, &features, &standardizer, &shape, self.validation_fraction());
        let task = Task {
            training: self.training(),
            validation_fraction: self.validation_fraction(),
            standardizer: &standardizer,
            shape: &shape,
            checkpoint: checkpoint.map(|c| c.describing(&described)).transpose()?,
        };
        let begin = shape.start(run.streams().named("init"));
        let (parameters, history) = task.train(&begin, &pooled, run)?;
        KinematicsGenerator::try_from(Content {
            modes: names,
            features,
            standardizer,
            shape,
            parameters,
            histories: vec![history],
        })
    }
}
