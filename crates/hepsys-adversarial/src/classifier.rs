use hepsys_core::{Sample, Seed};
use hepsys_nn::sequence::{SequenceEngine, SequenceShape};
use hepsys_nn::{Checkpoint, History, Run};
use serde::{Deserialize, Serialize};

use crate::correction::BlockCorrection;
use crate::score_scale::softmax;
use crate::train::{Events, Task};
use crate::training_set::Source;
use crate::{AdversarialError, ControlRegion, Decorrelator, Inputs, JetClassifierValidParams, TrainingSet};

/// A classifier after its training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainedJetClassifier {
    inputs: Inputs,
    classes: Vec<String>,
    shape: SequenceShape,
    parameters: Vec<f64>,
    correction: Option<BlockCorrection>,
    history: History,
}

/// The scores of events: a softmax for each class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    classes: Vec<String>,
    columns: Vec<Vec<f64>>,
}

impl Scores {
    /// Scores with one column a class.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::BadParameter`] unless there is one column for each class, all of one length.
    pub fn new(classes: Vec<String>, columns: Vec<Vec<f64>>) -> Result<Self, AdversarialError> {
        let n_events = columns.first().map_or(0, Vec::len);
        if classes.len() != columns.len() || columns.iter().any(|column| column.len() != n_events) {
            let expected = format!("{} of one length, one for each class", classes.len());
            return Err(AdversarialError::bad("the columns of scores", expected, columns.len()));
        }
        Ok(Self { classes, columns })
    }

    /// The names of the classes.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The scores, `[n_classes][n_events]`.
    #[must_use]
    pub fn columns(&self) -> &[Vec<f64>] {
        &self.columns
    }

    /// The score of one class for each event.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::NoClass`] if there is none of this name.
    pub fn of(&self, class: &str) -> Result<&[f64], AdversarialError> {
        match self.classes.iter().position(|name| name == class) {
            Some(index) => Ok(&self.columns[index]),
            None => {
                Err(AdversarialError::NoClass { name: class.to_owned(), available: self.classes.clone() })
            }
        }
    }

    /// How many events there are.
    #[must_use]
    pub fn n_events(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }
}

impl JetClassifierValidParams {
    /// Trains the classifier.
    ///
    /// Random numbers come from the streams `classifier`, `adversary`, `epoch`, those of the phases, and `correction` of the run;
    /// on one kind of device and processor the seed alone decides the result, whatever the number of threads.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::NoControlRegion`] if the decorrelation needs one, [`AdversarialError::Core`] with the column that a
    /// sample lacks, [`AdversarialError::EmptySequence`] with an event that has no object where it needs one,
    /// [`AdversarialError::Nn`] for a training that diverges, [`AdversarialError::Interrupted`].
    pub fn fit(
        &self,
        training: &TrainingSet,
        control: Option<&ControlRegion>,
        run: &Run,
    ) -> Result<TrainedJetClassifier, AdversarialError> {
        self.fit_with(training, control, None, run)
    }

    /// The same, keeping a checkpoint: with both networks, both optimisers and all that the next epoch depends on. If the file is
    /// there already, the training goes on from it, bit for bit.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit), and [`AdversarialError::Nn`] for a checkpoint that is damaged or belongs to another training.
    pub fn fit_from(
        &self,
        training: &TrainingSet,
        control: Option<&ControlRegion>,
        checkpoint: Checkpoint,
        run: &Run,
    ) -> Result<TrainedJetClassifier, AdversarialError> {
        self.fit_with(training, control, Some(checkpoint), run)
    }

    fn fit_with(
        &self,
        training: &TrainingSet,
        control: Option<&ControlRegion>,
        checkpoint: Option<Checkpoint>,
        run: &Run,
    ) -> Result<TrainedJetClassifier, AdversarialError> {
        let params = self.as_params();
        let training = training.clone().check()?;
        let decorrelator = &params.decorrelator;
        if decorrelator.needs_control_region() && control.is_none() {
            return Err(AdversarialError::NoControlRegion(decorrelator.name().to_owned()));
        }
        let mut inputs = params.inputs.clone();
        if let Decorrelator::Remove(features) = decorrelator {
            for feature in features {
                inputs = inputs.without(feature)?;
            }
        }
        let correction = match (decorrelator, control) {
            (Decorrelator::Correct(blocks), Some(region)) => Some(BlockCorrection::measure(blocks, region)?),
            _ => None,
        };
        let seed = run.named("correction").streams();
        let training = match &correction {
            None => training,
            Some(correction) => training.map(|class| match class.source {
                Source::Data => Ok(class.sample.clone()),
                Source::Simulation => correction.apply(&class.sample, seed.named(&class.name)),
            })?,
        };
        let samples = training.classes().iter().map(|class| (class.name.as_str(), &class.sample));
        let events = Events::of(&inputs, samples)?;
        let control = control.map(|region| {
            let names = ["simulation", "data"].map(|kind| format!("{}, {kind}", region.name()));
            Events::of(
                &inputs,
                [(names[0].as_str(), region.simulation()), (names[1].as_str(), region.data())],
            )
        });
        let shape = inputs.shape(&params.hidden_layers, training.classes().len())?;
        let task =
            Task { params: self, shape: shape.clone(), events, control: control.transpose()?, checkpoint };
        let outcome = task.run(run)?;
        Ok(TrainedJetClassifier {
            inputs,
            classes: training.names(),
            shape,
            parameters: outcome.parameters,
            correction,
            history: outcome.history,
        })
    }
}

impl TrainedJetClassifier {
    /// The scores of a sample on the device of a run.
    ///
    /// Simulation that was corrected for the training is [corrected](Self::corrected) first by whoever asks.
    ///
    /// # Errors
    ///
    /// As [`Inputs::read`].
    pub fn scores(&self, sample: &Sample, run: &Run) -> Result<Scores, AdversarialError> {
        let rows = self.inputs.read(sample, "sample")?;
        let engine = SequenceEngine::new(self.shape.clone(), run.device());
        let columns = softmax(&engine.outputs(&self.parameters, &rows)?);
        Scores::new(self.classes.clone(), columns)
    }

    /// A simulated sample as the classifier wants it: with its block correction, if it was trained with one.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::Core`] with the column that the sample lacks.
    pub fn corrected(&self, simulation: &Sample, seed: Seed) -> Result<Sample, AdversarialError> {
        match &self.correction {
            None => Ok(simulation.clone()),
            Some(correction) => correction.apply(simulation, seed),
        }
    }

    /// A control region with its simulation as the classifier wants it.
    ///
    /// # Errors
    ///
    /// As [`corrected`](Self::corrected).
    pub fn corrected_region(
        &self,
        region: &ControlRegion,
        seed: Seed,
    ) -> Result<ControlRegion, AdversarialError> {
        Ok(region.with_simulation(self.corrected(region.simulation(), seed)?))
    }

    /// The names of the classes; the first is the signal.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// What it sees of an event.
    #[must_use]
    pub fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// The shape of its network.
    #[must_use]
    pub fn shape(&self) -> &SequenceShape {
        &self.shape
    }

    /// The parameters of its network.
    #[must_use]
    pub fn parameters(&self) -> &[f64] {
        &self.parameters
    }

    /// The correction of simulation that it was trained with.
    #[must_use]
    pub fn correction(&self) -> Option<&BlockCorrection> {
        self.correction.as_ref()
    }

    /// The losses of each epoch, phase by phase.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }
}
