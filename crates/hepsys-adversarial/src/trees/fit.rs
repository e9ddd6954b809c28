use super::columns::Columns;
use super::library::{self, Training};
use super::{BoostedTrees, BoostedTreesValidParams, OneVsRest, TreesError};

impl BoostedTreesValidParams {
    /// Grows trees that tell signal from background.
    ///
    /// Weights are scaled to a mean of one, so that a luminosity changes nothing; the classes keep their shares, and the
    /// score is the probability of signal at those shares. Where signal and background should count alike, give them
    /// equal totals. Events of weight zero, or of 10⁻³⁰ of the largest weight, have no influence, nor have features that
    /// are the same for all events.
    ///
    /// # Shapes
    ///
    /// `columns`: `[n_features][n_events]`, in the order and the units of the features; `is_signal`, `weights`: `[n_events]`
    ///
    /// # Errors
    ///
    /// - [`TreesError::LengthMismatch`] if columns, classes and weights disagree.
    /// - [`TreesError::NotFinite`] for a feature that is not finite, with its event.
    /// - [`TreesError::BadWeight`] for a weight that is negative or not finite, with its event; negative ones are refused
    ///   since the curvature of the loss in a leaf, and the quantiles of a feature, lose their meaning with them.
    /// - [`TreesError::NoWeight`] and [`TreesError::EmptyClass`] if all events, or those of one class, have weight zero.
    /// - [`TreesError::Diverged`] for a leaf without a finite value, where neither [`l2`] nor [`min_leaf_weight`] holds.
    ///
    /// [`l2`]: super::BoostedTreesParams::l2
    /// [`min_leaf_weight`]: super::BoostedTreesParams::min_leaf_weight
    pub fn fit(
        &self,
        columns: &[impl AsRef<[f64]>],
        is_signal: &[bool],
        weights: &[f64],
    ) -> Result<BoostedTrees, TreesError> {
        let columns = self.columns(columns, is_signal.len(), weights)?;
        self.grow(&columns, |event| is_signal[event], weights, ["background", "signal"])
    }

    /// Grows trees for each class that tell it from all others.
    ///
    /// # Shapes
    ///
    /// as for [`fit`](Self::fit); `class_of`: `[n_events]`, each a place in `classes`
    ///
    /// # Errors
    ///
    /// Those of [`fit`](Self::fit), and [`TreesError::BadParameter`] for fewer than two classes, two of one name, or an
    /// event of a class that is not there.
    pub fn fit_classes<S: Into<String>>(
        &self,
        classes: impl IntoIterator<Item = S>,
        columns: &[impl AsRef<[f64]>],
        class_of: &[usize],
        weights: &[f64],
    ) -> Result<OneVsRest, TreesError> {
        let classes: Vec<String> = classes.into_iter().map(Into::into).collect();
        OneVsRest::check_classes(&classes)?;
        let n_classes = classes.len();
        if let Some(event) = class_of.iter().position(|&class| class >= n_classes) {
            let expected = format!("below {n_classes}");
            return Err(TreesError::bad(format!("the class of event {event}"), expected, class_of[event]));
        }
        let columns = self.columns(columns, class_of.len(), weights)?;
        let one = |(class, name): (usize, &String)| {
            let others = format!("non-{name}");
            self.grow(&columns, |event| class_of[event] == class, weights, [&others, name])
        };
        let trees = classes.iter().enumerate().map(one).collect::<Result<_, _>>()?;
        Ok(OneVsRest { classes, trees })
    }

    fn columns(
        &self,
        columns: &[impl AsRef<[f64]>],
        n_events: usize,
        weights: &[f64],
    ) -> Result<Columns, TreesError> {
        TreesError::check_length("weights", n_events, weights.len())?;
        if let Some(event) = weights.iter().position(|&weight| !(weight >= 0.0 && weight.is_finite())) {
            return Err(TreesError::BadWeight { event, weight: weights[event] });
        }
        Columns::new(&self.0.features, columns, n_events)
    }

    /// Hands the events that count to the library, and the features that differ among them.
    fn grow(
        &self,
        columns: &Columns,
        is_signal: impl Fn(usize) -> bool,
        weights: &[f64],
        names: [&str; 2],
    ) -> Result<BoostedTrees, TreesError> {
        // A weight far below the mean would vanish in the library's single precision, and is no weight.
        let largest = weights.iter().copied().fold(0.0, f64::max);
        let counting: Vec<usize> = (0..weights.len())
            .filter(|&event| weights[event] > 0.0 && weights[event] / largest > 1e-30)
            .collect();
        if counting.is_empty() {
            return Err(TreesError::NoWeight(weights.len()));
        }
        let targets: Vec<bool> = counting.iter().map(|&event| is_signal(event)).collect();
        for (class, name) in [(false, names[0]), (true, names[1])] {
            if !targets.contains(&class) {
                return Err(TreesError::EmptyClass { class: name.to_owned() });
            }
        }
        // By the largest first, so that no sum of large weights overflows.
        let relative: Vec<f64> = counting.iter().map(|&event| weights[event] / largest).collect();
        let mean = relative.iter().sum::<f64>() / relative.len() as f64;
        let differs = |feature: usize| {
            let first = columns.at(feature, counting[0]);
            counting.iter().any(|&event| columns.at(feature, event) != first)
        };
        let features: Vec<usize> = (0..self.0.features.len()).filter(|&feature| differs(feature)).collect();
        let column =
            |&feature: &usize| counting.iter().map(move |&event| f64::from(columns.at(feature, event)));
        let training = Training {
            values: features.iter().flat_map(column).collect(),
            targets: targets.iter().map(|&class| f64::from(u8::from(class))).collect(),
            weights: relative.iter().map(|weight| weight / mean).collect(),
        };
        let (base, trees) = library::grow(&self.0, &training, &features)?;
        BoostedTrees::new(self.0.features.clone(), base, trees).map_err(|error| match error {
            TreesError::BadTree { tree, .. } => TreesError::Diverged { tree },
            other => other,
        })
    }
}
