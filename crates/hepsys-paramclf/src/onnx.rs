use hepsys_nn::onnx::{Graph, Input, Model, Output};

use crate::classifier::Networks;
use crate::{Feature, NnError, TrainedClassifier};

impl TrainedClassifier {
    /// The classifier as an ONNX file for any framework: the input `x` holds its features in the user's units, `[N, n_features]`, and `z`
    /// the nuisance parameter of each event, `[N, 1]`, if it knows it; the outputs are `score` and its `logit`, `[N, 1]` each.
    ///
    /// Scaling is inside, and so is the choice between the two networks of a split classifier.
    ///
    /// # Errors
    ///
    /// [`NnError::BadGraph`] if something does not fit together.
    pub fn onnx(&self) -> Result<Model, NnError> {
        let x = Input::new("x", self.inputs.iter().cloned()).standardized(&self.standardizer);
        let mut graph = Graph::named(format!("classifier, {}", self.strategy.name())).input(x);
        if self.strategy.knows_z() {
            let z = Input::new("z", [Feature::new(self.nuisance.name(), "")]);
            graph = graph.input(z.scaled(&[self.nuisance.nominal()], &[self.spread]));
        }
        graph = match &self.networks {
            Networks::One(network) => graph.network(&network.shape, &network.parameters),
            Networks::Split { at, below, above } => {
                graph.choose("z", *at, &below.shape, &below.parameters, &above.parameters)
            }
        };
        graph
            .output("score", Output::Sigmoid)
            .output("logit", Output::Linear)
            .metadata("nuisance", self.nuisance.name())
            .metadata("nominal", self.nuisance.nominal().to_string())
            .check()
    }
}
