use hepsys_core::Sample;

use crate::ParamclfError;
use crate::classifier::TrainedClassifier;

/// The values of an observable for some events, as a function of the nuisance parameter: one number an event.
pub type Values<'a> = Box<dyn Fn(f64) -> Vec<f64> + Send + Sync + 'a>;

/// What is filled into templates: a number for each event, which may depend on the nuisance parameter z that is assumed.
///
/// Trained classifiers are observables; so are cuts that move with z ([`AwareCut`]), the slope of a score ([`Sensitivity`]), and any
/// observable held at one z ([`Frozen`]).
pub trait Observable: Sync {
    /// Its name in tables and messages.
    fn name(&self) -> String;

    /// Whether it depends on z.
    fn moves(&self) -> bool;

    /// Its values for the events of a sample.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::Core`] if the sample lacks a feature.
    fn of<'a>(&'a self, sample: &'a Sample) -> Result<Values<'a>, ParamclfError>;
}

/// An observable held at one value of the nuisance parameter.
pub struct Frozen<'a> {
    observable: &'a dyn Observable,
    z: f64,
}

impl<'a> Frozen<'a> {
    /// This observable at `z`.
    #[must_use]
    pub fn new(observable: &'a dyn Observable, z: f64) -> Self {
        Self { observable, z }
    }
}

impl Observable for Frozen<'_> {
    fn name(&self) -> String {
        format!("{}, frozen at z = {}", self.observable.name(), self.z)
    }

    fn moves(&self) -> bool {
        false
    }

    fn of<'a>(&'a self, sample: &'a Sample) -> Result<Values<'a>, ParamclfError> {
        let values = self.observable.of(sample)?;
        Ok(Box::new(move |_| values(self.z)))
    }
}

/// A cut on a feature whose threshold follows the nuisance parameter: 1 for events above $c(z)$, 0 for the others.
///
/// The profile likelihood needs no network: any observable may be a function of z, a cut too (`ghosh2021`).
///
/// ```
/// use hepsys_core::{Feature, Sample};
/// use hepsys_paramclf::{AwareCut, Observable};
///
/// let sample = Sample::from_columns([(Feature::new("m", "GeV"), vec![80.0, 91.0, 125.0])])?;
/// // An energy scale z moves the peak, and the cut with it.
/// let cut = AwareCut::new("m", |z| 90.0 * z);
/// let passes = cut.of(&sample)?;
/// assert_eq!(passes(1.0), [0.0, 1.0, 1.0]);
/// assert_eq!(passes(1.05), [0.0, 0.0, 1.0]);
/// # Ok::<(), hepsys_paramclf::ParamclfError>(())
/// ```
pub struct AwareCut<F> {
    feature: String,
    threshold: F,
}

impl<F: Fn(f64) -> f64 + Send + Sync> AwareCut<F> {
    /// The cut `feature` > `threshold(z)`.
    pub fn new(feature: impl Into<String>, threshold: F) -> Self {
        Self { feature: feature.into(), threshold }
    }
}

impl<F: Fn(f64) -> f64 + Send + Sync> Observable for AwareCut<F> {
    fn name(&self) -> String {
        format!("cut on {}", self.feature)
    }

    fn moves(&self) -> bool {
        true
    }

    fn of<'a>(&'a self, sample: &'a Sample) -> Result<Values<'a>, ParamclfError> {
        let column = sample.column(&self.feature)?;
        Ok(Box::new(move |z| {
            let threshold = (self.threshold)(z);
            column.iter().map(|x| f64::from(u8::from(*x > threshold))).collect()
        }))
    }
}

/// How the logit of a classifier changes with the nuisance parameter, $\partial f/\partial z$: a second observable beside the score.
pub struct Sensitivity<'a>(pub &'a TrainedClassifier);

impl Observable for Sensitivity<'_> {
    fn name(&self) -> String {
        format!("∂f/∂z of {}", self.0.name())
    }

    fn moves(&self) -> bool {
        self.0.moves()
    }

    fn of<'a>(&'a self, sample: &'a Sample) -> Result<Values<'a>, ParamclfError> {
        let scorer = self.0.scorer(sample)?;
        Ok(Box::new(move |z| scorer.sensitivities(z)))
    }
}
