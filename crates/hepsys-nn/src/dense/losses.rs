//! The everyday losses for the dense kernel, the same as those for [tensors](crate::loss).

use super::{Columns, EventLoss, LANES, LossSums, Real};
use crate::NnError;

/// The cross entropy of two classes, $L = \sum_i w_i\\,[\ln(1 + e^{f_i}) - y_i f_i] / \sum_i w_i$, of the first output $f$.
///
/// See [`Networks`](super::Networks) for an example.
#[derive(Debug, Clone, Copy)]
pub struct CrossEntropy<'a, T> {
    terms: &'a Columns<T>,
    inverse: T,
}

/// The mean square of what the first output misses, $L = \sum_i w_i (f_i - y_i)^2 / \sum_i w_i$.
///
/// ```
/// use hepsys_nn::{Activation, MlpShape};
/// use hepsys_nn::dense::{Columns, Dense, SquaredError};
///
/// // f(x) = a x + b with a = 2 and b = 0, at x = 1 and 2; targets 1 and 4 with weights 1 and 3.
/// let line = Dense::<f64>::new(MlpShape::new(1, &[], 1, Activation::Tanh)?);
/// let terms = Columns::new([[1.0, 4.0].as_slice(), &[1.0, 3.0]])?;
/// let mut gradient = [0.0; 2];
/// let x = Columns::new([[1.0, 2.0].as_slice()])?;
/// let loss = line.loss_and_gradient(&[2.0, 0.0], &x, &SquaredError::new(&terms)?, &mut gradient)?;
/// assert_eq!((loss, gradient), (0.25, [0.5, 0.5]));
/// # Ok::<(), hepsys_nn::NnError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct SquaredError<'a, T> {
    terms: &'a Columns<T>,
    inverse: T,
}

/// A loss that is linear in the outputs, $L = \sum_i \sum_k c_{ik} f_k(x_i)$: its gradients pull back the derivatives $c$ of any
/// function of the outputs, such as one that ties all events together.
///
/// ```
/// use hepsys_nn::{Activation, MlpShape};
/// use hepsys_nn::dense::{Columns, Dense, Linear};
///
/// // f(x) = a x + b with a = 2 and b = 1, at x = 3 and 4, and L = f(3) - 2 f(4)
/// let line = Dense::<f64>::new(MlpShape::new(1, &[], 1, Activation::Tanh)?);
/// let x = Columns::new([[3.0, 4.0].as_slice()])?;
/// let by_outputs = Columns::new([[1.0, -2.0].as_slice()])?;
/// let mut gradient = [0.0; 2];
/// let (loss, by_inputs) =
///     line.loss_and_both_gradients(&[2.0, 1.0], &x, &Linear::new(&by_outputs), &mut gradient)?;
/// assert_eq!((loss, gradient), (7.0 - 18.0, [3.0 - 8.0, -1.0]));
/// assert_eq!(by_inputs, [[2.0, -4.0]]);
/// # Ok::<(), hepsys_nn::NnError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Linear<'a, T> {
    by_outputs: &'a Columns<T>,
}

impl<'a, T: Real> Linear<'a, T> {
    /// The loss with these coefficients, one column for each output of the network and one row for each event.
    ///
    /// # Panics
    ///
    /// A kernel that it is given to panics if there are fewer columns than outputs, or fewer events than inputs.
    #[must_use]
    pub fn new(by_outputs: &'a Columns<T>) -> Self {
        Self { by_outputs }
    }
}

impl<T: Real> EventLoss<T> for Linear<'_, T> {
    #[inline(always)]
    fn block(
        &self,
        block: usize,
        outputs: &[[T; LANES]],
        derivatives: &mut [[T; LANES]],
        sums: &mut LossSums<'_, T>,
    ) {
        let coefficients = self.by_outputs.block(block);
        for k in 0..outputs.len() {
            let (c, f) = (&coefficients[k], &outputs[k]);
            let mut loss = [T::ZERO; LANES];
            for l in 0..LANES {
                derivatives[k][l] = c[l];
                loss[l] = c[l] * f[l];
            }
            sums.add_loss(&loss);
        }
    }
}

/// The cross entropy of several classes, $L = \sum_i w_i\\,[\ln \sum_k e^{f_{ik}} - f_{i y_i}] / \sum_i w_i$, with an output for
/// each class.
///
/// ```
/// use hepsys_nn::{Activation, MlpShape};
/// use hepsys_nn::dense::{Columns, Dense, SoftmaxCrossEntropy};
///
/// // Three classes whose outputs are all zero: nobody knows, whatever the event.
/// let network = Dense::<f64>::new(MlpShape::new(1, &[], 3, Activation::Tanh)?);
/// let terms = Columns::new([[0.0, 2.0].as_slice(), &[1.0, 1.0]])?;
/// let x = Columns::new([[0.3, -0.1].as_slice()])?;
/// let loss = SoftmaxCrossEntropy::new(&terms, 3)?;
/// let value = network.loss_and_gradient(&[0.0; 6], &x, &loss, &mut [0.0; 6])?;
/// assert!((value - 3.0_f64.ln()).abs() < 1e-15);
/// # Ok::<(), hepsys_nn::NnError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct SoftmaxCrossEntropy<'a, T> {
    terms: &'a Columns<T>,
    inverse: T,
}

impl<'a, T: Real> SoftmaxCrossEntropy<'a, T> {
    /// The loss of events whose first column of `terms` is the class, counted from zero, and the second the weight.
    ///
    /// # Errors
    ///
    /// As [`CrossEntropy::new`], and [`NnError::BadParameter`] for a class that is none of the `n_classes`.
    pub fn new(terms: &'a Columns<T>, n_classes: usize) -> Result<Self, NnError> {
        let inverse = inverse_of_total(terms)?;
        for event in 0..terms.n_events() {
            let class = terms.block(event / LANES)[0][event % LANES].to_f64();
            let is_one = class >= 0.0 && class < n_classes as f64 && class.fract() == 0.0;
            NnError::check(
                is_one,
                "the class of an event",
                &format!("one of 0 to {}", n_classes - 1),
                class,
            )?;
        }
        Ok(Self { terms, inverse })
    }
}

impl<T: Real> EventLoss<T> for SoftmaxCrossEntropy<'_, T> {
    #[inline(always)]
    fn block(
        &self,
        block: usize,
        outputs: &[[T; LANES]],
        derivatives: &mut [[T; LANES]],
        sums: &mut LossSums<'_, T>,
    ) {
        let terms = self.terms.block(block);
        let (y, w) = (&terms[0], &terms[1]);
        let mut largest = outputs[0];
        for f in &outputs[1..] {
            for l in 0..LANES {
                largest[l] = largest[l].max(f[l]);
            }
        }
        let mut sum = [T::ZERO; LANES];
        for (d, f) in derivatives.iter_mut().zip(outputs) {
            for l in 0..LANES {
                d[l] = (f[l] - largest[l]).exp();
                sum[l] = sum[l] + d[l];
            }
        }
        let mut loss = [T::ZERO; LANES];
        for (k, (d, f)) in derivatives.iter_mut().zip(outputs).enumerate() {
            let class = T::from_f64(k as f64);
            for l in 0..LANES {
                let weight = w[l] * self.inverse;
                let p = d[l] / sum[l];
                let is_class = if y[l] == class { T::ONE } else { T::ZERO };
                d[l] = weight * (p - is_class);
                loss[l] = loss[l] + is_class * weight * (largest[l] - f[l]);
            }
        }
        for l in 0..LANES {
            // The sum is at least one, for one of its terms is.
            loss[l] = loss[l] + w[l] * self.inverse * T::from_f64(sum[l].to_f64().ln());
        }
        sums.add_loss(&loss);
    }
}

impl<'a, T: Real> CrossEntropy<'a, T> {
    /// The loss of events whose first column of `terms` is the target, 0 or 1, and the second the weight; further
    /// columns are not looked at.
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] without these columns, [`NnError::BadParameter`] if the weights sum to zero or less.
    pub fn new(terms: &'a Columns<T>) -> Result<Self, NnError> {
        Ok(Self { terms, inverse: inverse_of_total(terms)? })
    }
}

impl<'a, T: Real> SquaredError<'a, T> {
    /// The loss of events whose first column of `terms` is the target and the second the weight; further columns are
    /// not looked at.
    ///
    /// # Errors
    ///
    /// As [`CrossEntropy::new`].
    pub fn new(terms: &'a Columns<T>) -> Result<Self, NnError> {
        Ok(Self { terms, inverse: inverse_of_total(terms)? })
    }
}

/// One over the sum of the weights in the second column, added in double precision.
fn inverse_of_total<T: Real>(terms: &Columns<T>) -> Result<T, NnError> {
    if terms.n_columns() < 2 {
        return Err(NnError::LengthMismatch {
            what: "the columns of a loss, target and weight".to_owned(),
            expected: 2,
            found: terms.n_columns(),
        });
    }
    let total = terms.total(1);
    NnError::check_positive("the sum of the weights in a batch", total)?;
    Ok(T::from_f64(1.0 / total))
}

impl<T: Real> EventLoss<T> for CrossEntropy<'_, T> {
    #[inline(always)]
    fn block(
        &self,
        block: usize,
        outputs: &[[T; LANES]],
        derivatives: &mut [[T; LANES]],
        sums: &mut LossSums<'_, T>,
    ) {
        let terms = self.terms.block(block);
        let (y, w, f) = (&terms[0], &terms[1], &outputs[0]);
        let mut loss = [T::ZERO; LANES];
        for l in 0..LANES {
            let weight = w[l] * self.inverse;
            derivatives[0][l] = weight * (f[l].sigmoid() - y[l]);
            loss[l] = weight * (f[l].softplus() - y[l] * f[l]);
        }
        sums.add_loss(&loss);
    }
}

impl<T: Real> EventLoss<T> for SquaredError<'_, T> {
    #[inline(always)]
    fn block(
        &self,
        block: usize,
        outputs: &[[T; LANES]],
        derivatives: &mut [[T; LANES]],
        sums: &mut LossSums<'_, T>,
    ) {
        let terms = self.terms.block(block);
        let (y, w, f) = (&terms[0], &terms[1], &outputs[0]);
        let mut loss = [T::ZERO; LANES];
        for l in 0..LANES {
            let weight = w[l] * self.inverse;
            let miss = f[l] - y[l];
            derivatives[0][l] = weight * (miss + miss);
            loss[l] = weight * miss * miss;
        }
        sums.add_loss(&loss);
    }
}
