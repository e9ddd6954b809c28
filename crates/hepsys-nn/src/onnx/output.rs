use super::proto::AttributeProto;
use super::write::Writer;
use crate::NnError;

/// What an output of an exported graph holds, for each output $f$ of the network.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Output {
    /// $f$ itself: a logit, or the value of a regression.
    Linear,
    /// $1 / (1 + e^{-f})$: a score between zero and one.
    Sigmoid,
    /// $a + (b - a) / (1 + e^{-f})$: a number between a and b.
    Between(f64, f64),
    /// $e^{f_j} / \sum_k e^{f_k}$: a score for each of several classes.
    Softmax,
    /// $s_j / \sum_k s_k$ with $s = 1 / (1 + e^{-f})$: a score for each of several classes, each of which has been told apart
    /// from all others.
    Shares,
    /// $\sum_j c_j\\, e^{f_j} / \sum_k e^{f_k}$: a mean of these coefficients, one for each output of the network, weighted by its
    /// softmax. It has one column.
    Mixture(Vec<f64>),
}

impl Output {
    /// How many columns it has.
    pub(super) fn n_columns(&self, n_outputs: usize) -> usize {
        if matches!(self, Self::Mixture(_)) { 1 } else { n_outputs }
    }

    /// That it fits the network, and that its numbers are finite in single precision.
    pub(super) fn check(&self, name: &str, n_outputs: usize) -> Result<(), NnError> {
        let coefficients: &[f64] = match self {
            Self::Linear | Self::Sigmoid | Self::Softmax | Self::Shares => &[],
            Self::Between(low, high) => &[*low, *high],
            Self::Mixture(coefficients) => coefficients,
        };
        if matches!(self, Self::Mixture(_)) && coefficients.len() != n_outputs {
            return Err(NnError::LengthMismatch {
                what: format!("coefficients of the output \"{name}\""),
                expected: n_outputs,
                found: coefficients.len(),
            });
        }
        let what = format!("a coefficient of the output \"{name}\"");
        coefficients
            .iter()
            .try_for_each(|&c| NnError::check((c as f32).is_finite(), &what, "finite in single precision", c))
    }
}

impl Writer {
    /// An output, given those of the network.
    pub(super) fn output(&mut self, name: &str, output: &Output, value: &str) {
        match output {
            Output::Linear => self.node("Identity", name.to_owned(), &[value], &[]),
            Output::Sigmoid => self.node("Sigmoid", name.to_owned(), &[value], &[]),
            Output::Softmax => {
                self.node("Softmax", name.to_owned(), &[value], &[AttributeProto::int("axis", 1)])
            }
            Output::Shares => {
                let parts = self.inside("Sigmoid", &format!("{name}_parts"), &[value], &[]);
                let axis = self.whole_numbers(&format!("{name}_axis"), &[1]);
                let sum = self.inside("ReduceSum", &format!("{name}_sum"), &[&parts, &axis], &[]);
                self.node("Div", name.to_owned(), &[&parts, &sum], &[])
            }
            Output::Between(low, high) => {
                let part = self.inside("Sigmoid", &format!("{name}_part"), &[value], &[]);
                let span = self.constant(&format!("{name}_span"), &[1], &[high - low]);
                let low = self.constant(&format!("{name}_low"), &[1], &[*low]);
                let above = self.inside("Mul", &format!("{name}_above"), &[&part, &span], &[]);
                self.node("Add", name.to_owned(), &[&above, &low], &[])
            }
            Output::Mixture(coefficients) => {
                let shares = self.inside(
                    "Softmax",
                    &format!("{name}_shares"),
                    &[value],
                    &[AttributeProto::int("axis", 1)],
                );
                let coefficients =
                    self.constant(&format!("{name}_coefficients"), &[coefficients.len(), 1], coefficients);
                self.node("MatMul", name.to_owned(), &[&shares, &coefficients], &[])
            }
        };
    }
}
