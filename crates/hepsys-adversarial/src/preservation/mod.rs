//! What a trained classifier leaves behind for those who have no hepsys: its network in ONNX, what is done to columns before, and
//! events to check both by.

mod seen;

use std::collections::BTreeMap;

use hepsys_core::{Feature, Sample, Schema};
use hepsys_nn::Run;
use hepsys_nn::onnx::{Bundle, Graph, Input, Model, Output, Reference, Values};
use hepsys_nn::sequence::SequenceEngine;
use serde::Serialize;

use crate::correction::BlockCorrection;
use crate::score_scale::softmax;
use crate::{AdversarialError, Inputs, TrainedJetClassifier};

/// What is done to columns before the network, and what its scores are called.
#[derive(Serialize)]
struct Preprocessing<'a> {
    classes: &'a [String],
    inputs: &'a Inputs,
    #[serde(skip_serializing_if = "Option::is_none")]
    correction: Option<&'a BlockCorrection>,
}

/// What scores and logits in a file may differ by, in units of the larger of 1 and themselves.
const TOLERANCE: f64 = 1e-5;

/// The input with the features of the event itself.
const FLAT: &str = "flat";

/// How the bundle is used, for its readers.
const USAGE: &str = include_str!("usage.txt");

impl TrainedJetClassifier {
    /// The network as an ONNX file.
    ///
    /// It takes each sequence of [`Inputs`] by its name, and the features of the event itself as `flat`, mirrored and as
    /// fractions, but not scaled: the file divides by the scales itself. Hidden features are there, and are ignored.
    /// It gives `scores`, a softmax, and `logits`.
    ///
    /// The schema of a sample says in which units its features are.
    ///
    /// # Shapes
    ///
    /// Inputs: `[N, length, n_features]`, `[N, n_flat]`; outputs: `[N, n_classes]`
    ///
    /// # Errors
    ///
    /// [`AdversarialError::Nn`] for a sequence whose name is none that ONNX allows (letters, digits and underscores), and for
    /// scales or parameters that single precision does not hold.
    pub fn to_onnx(&self, schema: &Schema) -> Result<Model, AdversarialError> {
        let inputs = self.inputs();
        let unit = |column: &str| match schema.index_of(column) {
            Ok(index) => schema.features()[index].unit().to_string(),
            Err(_) => "1".to_owned(),
        };
        let mut graph = Graph::named("jet classifier").sequence_network(self.shape(), self.parameters());
        for sequence in &inputs.sequences {
            let features = sequence.features.iter().map(|feature| {
                let is_fraction = sequence.fractions.contains(&feature.name);
                let column = format!("{}_0", sequence.feature_name(feature));
                Feature::new(feature.name.clone(), if is_fraction { "1".to_owned() } else { unit(&column) })
            });
            let is_hidden = |name: &String| inputs.hidden.contains(name);
            let hidden =
                sequence.features.iter().filter(|feature| is_hidden(&sequence.feature_name(feature)));
            let scales: Vec<f64> = sequence.features.iter().map(|feature| feature.scale).collect();
            let input = Input::sequence(&sequence.name, sequence.length, features)
                .scaled(&vec![0.0; scales.len()], &scales)
                .ignoring(hidden.map(|feature| feature.name.clone()));
            graph = graph.input(input);
        }
        if !inputs.flat.is_empty() {
            let features = inputs.flat.iter().map(|flat| Feature::new(flat.name.clone(), unit(&flat.name)));
            let (shifts, scales): (Vec<f64>, Vec<f64>) =
                inputs.flat.iter().map(|flat| (flat.shift, flat.scale)).unzip();
            let hidden = inputs.flat.iter().filter(|flat| inputs.hidden.contains(&flat.name));
            let input = Input::new(FLAT, features).scaled(&shifts, &scales);
            graph = graph.input(input.ignoring(hidden.map(|flat| flat.name.clone())));
        }
        let classes = serde_json::Value::from(self.classes().to_vec()).to_string();
        let graph = graph.output("scores", Output::Softmax).output("logits", Output::Linear);
        Ok(graph.metadata("classes", classes).check()?)
    }

    /// The network with what belongs to it, and with events to check it by: [`Bundle::write`] makes a folder of it.
    ///
    /// | file | holds |
    /// | --- | --- |
    /// | `network.onnx` | the [network](Self::to_onnx) |
    /// | `preprocessing.json` | `classes`, `inputs`: the [`Inputs`], and the `correction` of simulation if there is one |
    /// | `sample.json` | the columns of these events, by their names |
    /// | `reference.json` | what goes into the network for them, and what comes out on the device of the run |
    /// | `README.txt` | the way from columns to scores, in words and in Python |
    ///
    /// Models that belong to it, such as [trees](crate::trees::BoostedTrees::to_onnx) of events, are added with [`Bundle::model`].
    ///
    /// ```
    /// # use hepsys_adversarial::{Device, Feature, Inputs, JetClassifier, Run, Sample, TrainingSet};
    /// # let events = |mass: f64| {
    /// #     let wave = |a: f64| (0..100).map(|i| (a * f64::from(i)).sin() + mass).collect::<Vec<f64>>();
    /// #     Sample::from_columns([(Feature::new("mass", "GeV"), wave(1.3)), (Feature::new("pt", "GeV"), wave(0.7))])
    /// # };
    /// let (signal, background) = (events(1.0)?, events(-0.3)?);
    /// let training =
    ///     TrainingSet::new().simulated("signal", signal.clone()).simulated("background", background.clone());
    /// let run = Run::on(Device::default()).seed(1);
    /// let classifier = JetClassifier::params()
    ///     .inputs(Inputs::standardized(&background, &["mass", "pt"])?)
    ///     .hidden_layers([8])
    ///     .batch_size(50)
    ///     .epochs(1, 1)
    ///     .check()?
    ///     .fit(&training, None, &run)?;
    ///
    /// let bundle = classifier.bundle(&signal, &run)?;
    /// let folder = std::env::temp_dir().join("hepsys_classifier");
    /// bundle.write(&folder)?;
    /// assert!(folder.join("network.onnx").exists() && folder.join("README.txt").exists());
    /// # Ok::<(), hepsys_adversarial::AdversarialError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Inputs::read`] and of [`to_onnx`](Self::to_onnx).
    pub fn bundle(&self, sample: &Sample, run: &Run) -> Result<Bundle, AdversarialError> {
        let preprocessing =
            Preprocessing { classes: self.classes(), inputs: self.inputs(), correction: self.correction() };
        let mut columns = BTreeMap::new();
        for name in self.inputs().visible_columns() {
            columns.insert(name.clone(), sample.column(&name)?);
        }
        let bundle = Bundle::new()
            .model("network", self.to_onnx(sample.schema())?, self.reference(sample, run)?)
            .json("preprocessing.json", &preprocessing)?
            .json("sample.json", &columns)?;
        Ok(bundle.text("README.txt", USAGE))
    }

    /// What goes into the network in ONNX for these events, and what comes out of the network here.
    fn reference(&self, sample: &Sample, run: &Run) -> Result<Reference, AdversarialError> {
        let n_events = sample.n_events();
        let rows = self.inputs().read(sample, "reference")?;
        let engine = SequenceEngine::new(self.shape().clone(), run.device());
        let logits = engine.outputs(self.parameters(), &rows)?;
        let by_event = |columns: &[Vec<f64>]| {
            let values =
                (0..n_events).flat_map(|event| columns.iter().map(move |column| column[event])).collect();
            Values::new([n_events, columns.len()], values)
        };
        let mut reference = Reference::new(TOLERANCE);
        for (name, values) in self.inputs().unscaled(sample, FLAT)? {
            reference = reference.input(name, values);
        }
        Ok(reference.output("scores", by_event(&softmax(&logits))?).output("logits", by_event(&logits)?))
    }
}
