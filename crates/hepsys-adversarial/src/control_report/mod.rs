//! Whether a control region is one: no signal, the scores of the main sample, and all well modelled but what is to be unlearnt.

mod coverage;
mod inputs;
mod slices;

pub use coverage::{CoverageParams, ScoreCoverage, ScoreRange};
pub use inputs::{InputClosure, compare_inputs};
pub use slices::{ScoreSlice, score_slices};

use hepsys_core::summary::{Quantity, Table};
use hepsys_core::{Sample, Seed, Summary, Weights};
use serde::{Deserialize, Serialize};

use crate::closure::fresh_auc;
use crate::{AdversarialError, Auc, ClosureParams, Scores};

/// What is asked of a control region; [`ControlRegionReport::params`] begins it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ControlReportParams {
    most_signal: f64,
    most_uncovered: f64,
    least_p_value: f64,
    most_sigmas: f64,
    coverage: CoverageParams,
    fresh: ClosureParams,
}

/// The checked question.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlReportValidParams(ControlReportParams);

/// How many events of a control region are expected to be signal, and how many background.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ExpectedYields {
    /// Of signal.
    pub signal: f64,
    /// Of all backgrounds.
    pub background: f64,
}

/// The three conditions that a control region has to meet before an adversary may learn there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ControlRegionReport {
    /// The question that was asked.
    pub params: ControlReportParams,
    /// The expected fraction of signal.
    pub signal_fraction: f64,
    /// Its scores beside those of the main sample.
    pub coverage: ScoreCoverage,
    /// Every input but the mismodelled ones, in simulation and data.
    pub inputs: Vec<InputClosure>,
    /// The area under the curve of a classifier that was trained on these inputs to tell simulation from data, and tested on
    /// other events; 0.5 where they are well modelled.
    pub fresh: Auc,
}

impl Default for ControlReportParams {
    fn default() -> Self {
        Self {
            most_signal: 1e-3,
            most_uncovered: 0.01,
            least_p_value: 0.01,
            most_sigmas: 3.0,
            coverage: CoverageParams::default(),
            fresh: ClosureParams::default(),
        }
    }
}

impl ControlReportParams {
    /// The largest fraction of signal. Defaults to 0.1 %.
    #[must_use]
    pub fn most_signal(mut self, fraction: f64) -> Self {
        self.most_signal = fraction;
        self
    }

    /// The largest [share of main events](ScoreCoverage::uncovered) with scores that the region does not have. Defaults to 1 %.
    #[must_use]
    pub fn most_uncovered(mut self, fraction: f64) -> Self {
        self.most_uncovered = fraction;
        self
    }

    /// The least corrected p-value of an input, and how many standard deviations the area of the fresh classifier may be from
    /// one half. Default to 0.01 and 3.
    #[must_use]
    pub fn modelling(mut self, least_p_value: f64, most_sigmas: f64) -> Self {
        (self.least_p_value, self.most_sigmas) = (least_p_value, most_sigmas);
        self
    }

    /// How the space of scores is divided. Defaults to [`CoverageParams::default`].
    #[must_use]
    pub fn coverage(mut self, coverage: CoverageParams) -> Self {
        self.coverage = coverage;
        self
    }

    /// The fresh classifier of inputs. Defaults to [`ClosureParams::default`]; only its layers and epochs matter.
    #[must_use]
    pub fn fresh(mut self, fresh: ClosureParams) -> Self {
        self.fresh = fresh;
        self
    }

    /// Checks the parameters; only checked ones can be used.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::BadParameter`] with the first that is outside its range.
    pub fn check(self) -> Result<ControlReportValidParams, AdversarialError> {
        let fractions = [
            ("the largest fraction of signal", self.most_signal),
            ("the largest uncovered share", self.most_uncovered),
            ("the least p-value", self.least_p_value),
        ];
        for (name, value) in fractions {
            AdversarialError::check((0.0..=1.0).contains(&value), name, "between 0 and 1", value)?;
        }
        let sigmas = self.most_sigmas;
        AdversarialError::check(sigmas > 0.0, "the number of standard deviations", "positive", sigmas)?;
        self.fresh.check()?;
        Ok(ControlReportValidParams(self))
    }
}

impl ControlRegionReport {
    /// The question of the displaced-jet search, with its defaults.
    ///
    /// ```
    /// use hepsys_adversarial::{ControlRegionReport, ExpectedYields, Feature, Sample, Scores, Seed, Weights};
    /// let wave = |a: f64| (0..800).map(|i| (a * f64::from(i)).sin()).collect::<Vec<f64>>();
    /// let scores = |a: f64| Scores::new(vec!["signal".into()], vec![wave(a).iter().map(|x| 0.5 + 0.4 * x).collect()]);
    /// let inputs = |a: f64| Sample::from_columns([(Feature::new("jet_pt", "GeV"), wave(a))]);
    ///
    /// let report = ControlRegionReport::params().check()?.report(
    ///     ExpectedYields { signal: 2.0, background: 1e5 },
    ///     (&scores(1.3)?, &Weights::unit(800)),
    ///     (&scores(0.7)?, &Weights::unit(800)),
    ///     (&inputs(0.9)?, &inputs(1.1)?),
    ///     Seed::new(1),
    /// )?;
    /// assert!(report.is_free_of_signal() && report.is_covered());
    /// # Ok::<(), hepsys_adversarial::AdversarialError>(())
    /// ```
    #[must_use]
    pub fn params() -> ControlReportParams {
        ControlReportParams::default()
    }

    /// The first condition: there is hardly any signal.
    #[must_use]
    pub fn is_free_of_signal(&self) -> bool {
        self.signal_fraction <= self.params.most_signal
    }

    /// The second condition: its scores are those of the main sample, or at least reach as far.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        self.coverage.uncovered <= self.params.most_uncovered
    }

    /// The third condition: inputs are well modelled, each by itself and all together.
    #[must_use]
    pub fn is_well_modelled(&self) -> bool {
        let distance = (self.fresh.value - 0.5).abs() / self.fresh.null_sigma;
        let is_likely = |input: &InputClosure| input.corrected >= self.params.least_p_value;
        self.inputs.iter().all(is_likely) && distance <= self.params.most_sigmas
    }

    /// The report as a page.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let word = |holds: bool| if holds { "holds" } else { "fails" };
        let columns = ["score", "control region", "main sample", "main outside", "distance"];
        let mut scores = Table::new("Scores of the control region and the main sample", columns);
        for score in &self.coverage.scores {
            let range = |[low, high]: [f64; 2]| format!("{low:.2e} to {high:.6}");
            scores = scores.row([
                score.class.clone(),
                range(score.control),
                range(score.main),
                format!("{:.2e}", score.outside),
                format!("{:.3}", score.distance),
            ]);
        }
        let columns = ["feature", "distance", "p-value", "corrected"];
        let mut inputs = Table::new("Inputs of simulation and data", columns);
        for input in &self.inputs {
            let numbers = [format!("{:.4}", input.distance), format!("{:.2e}", input.p_value)];
            let corrected = format!("{:.2e}", input.corrected);
            inputs = inputs.row([vec![input.feature.clone()], numbers.to_vec(), vec![corrected]].concat());
        }
        Summary::new("Control region")
            .text(format!("No signal: {}.", word(self.is_free_of_signal())))
            .quantity(Quantity::new("signal fraction", self.signal_fraction, "1"))
            .text(format!("The scores of the main sample: {}.", word(self.is_covered())))
            .quantity(Quantity::new("uncovered share", self.coverage.uncovered, "1"))
            .quantity(Quantity::new("uncovered share by chance", self.coverage.by_chance, "1"))
            .table(scores)
            .text(format!("Well modelled inputs: {}.", word(self.is_well_modelled())))
            .quantity(
                Quantity::new("fresh AUC of inputs", self.fresh.value, "1")
                    .with_uncertainty(self.fresh.null_sigma),
            )
            .table(inputs)
    }
}

impl ControlReportValidParams {
    /// The parameters.
    #[must_use]
    pub fn as_params(&self) -> &ControlReportParams {
        &self.0
    }

    /// Tests the three conditions.
    ///
    /// `control` and `main` are scores of simulated events of the region and of the background that the network is trained with;
    /// `inputs` are simulation and data of the region with all features that should be well modelled, such as
    /// [`JetFeatures::without_time`](crate::JetFeatures::without_time), and weights. The seed decides the fresh classifier.
    ///
    /// # Shapes
    ///
    /// scores: `[n_classes][n_events]`; inputs: `[n_events, n_features]`
    ///
    /// # Errors
    ///
    /// [`AdversarialError::BadParameter`] for yields that are negative or of which none is positive, and fewer than ten events of
    /// a kind; [`AdversarialError::Core`] with the feature that data lack; those of [`ScoreCoverage::of`].
    pub fn report(
        &self,
        yields: ExpectedYields,
        control: (&Scores, &Weights),
        main: (&Scores, &Weights),
        inputs: (&Sample, &Sample),
        seed: Seed,
    ) -> Result<ControlRegionReport, AdversarialError> {
        for (name, value) in [("expected signal", yields.signal), ("expected background", yields.background)]
        {
            let is_right = value >= 0.0 && value.is_finite();
            AdversarialError::check(is_right, name, "finite and not negative", value)?;
        }
        let expected = yields.signal + yields.background;
        AdversarialError::check(expected > 0.0, "all that is expected", "positive", expected)?;
        let samples = [inputs.0, inputs.1];
        for (what, sample) in ["simulation", "data"].into_iter().zip(samples) {
            let n = sample.n_events();
            let name = format!("the number of events of {what}");
            AdversarialError::check(n >= 10, &name, "ten or more", n as f64)?;
        }
        let found = compare_inputs(inputs.0, inputs.1)?;
        let seen = [inputs.0.columns().map(<[f64]>::to_vec).collect(), {
            let column = |name| Ok(inputs.1.column(name)?.to_vec());
            inputs.0.schema().names().map(column).collect::<Result<Vec<_>, AdversarialError>>()?
        }];
        let weights = samples.map(|sample| sample.weights().iter().collect::<Vec<f64>>());
        Ok(ControlRegionReport {
            params: self.0.clone(),
            signal_fraction: yields.signal / expected,
            coverage: ScoreCoverage::of(self.0.coverage, control, main)?,
            inputs: found,
            fresh: fresh_auc(&self.0.fresh, &seen, &weights, seed)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::JetFeatures;
    use hepsys_sim::calorimeter_jets::{CalorimeterJets, CalorimeterJetsParams, JetRegion, Process, Source};

    /// Engineered features of the control region without times.
    fn region(params: CalorimeterJetsParams, source: Source) -> Sample {
        let jets =
            params.check().unwrap().jets(source.inside(JetRegion::Control), 4000, Seed::new(2)).unwrap();
        JetFeatures::calratio().without_time().of(&jets.to_sample().unwrap()).unwrap()
    }

    fn report(
        yields: ExpectedYields,
        data: &CalorimeterJetsParams,
    ) -> Result<ControlRegionReport, AdversarialError> {
        let simulation = region(CalorimeterJets::params(), Source::simulated(Process::Multijet));
        let data = region(data.clone(), Source::data(Process::Multijet));
        let scores = Scores::new(vec!["signal".into()], vec![vec![0.2, 0.5, 0.6]]).unwrap();
        let weights = Weights::unit(3);
        ControlRegionReport::params().check()?.report(
            yields,
            (&scores, &weights),
            (&scores, &weights),
            (&simulation, &data),
            Seed::new(3),
        )
    }

    #[test]
    fn the_benchmarks_region_is_well_modelled_but_for_its_times() {
        let found =
            report(ExpectedYields { signal: 1.0, background: 1e4 }, &CalorimeterJets::params()).unwrap();
        assert!(found.is_free_of_signal() && found.is_covered() && found.is_well_modelled(), "{found:?}");
        assert_eq!(found.inputs.len(), 26);
        let n_blocks = found.summary().quantities().count();
        assert_eq!(n_blocks, 4);
        let text = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<ControlRegionReport>(&text).unwrap(), found);
    }

    #[test]
    fn a_wrong_scale_of_clusters_and_signal_are_seen() {
        let wrong = CalorimeterJets::params().cluster_pt_scale(1.2);
        let found = report(ExpectedYields { signal: 1.0, background: 99.0 }, &wrong).unwrap();
        assert!(!found.is_free_of_signal() && found.signal_fraction == 0.01);
        assert!(!found.is_well_modelled());
        let worst = found.inputs.iter().max_by(|a, b| a.distance.total_cmp(&b.distance)).unwrap();
        assert!(worst.feature == "cluster_leading_pt" && worst.corrected < 1e-6, "{worst:?}");
        assert!(found.fresh.value > 0.55, "{:?}", found.fresh);
    }

    #[test]
    fn bad_input_is_told() {
        let error = |params: ControlReportParams| params.check().unwrap_err().to_string();
        let params = ControlRegionReport::params;
        assert!(error(params().most_signal(-0.1)).contains("signal"));
        assert!(error(params().most_uncovered(f64::NAN)).contains("uncovered"));
        assert!(error(params().modelling(0.1, 0.0)).contains("standard deviations"));
        let good = CalorimeterJets::params();
        let error = |yields| report(yields, &good).unwrap_err().to_string();
        assert!(error(ExpectedYields { signal: -1.0, background: 2.0 }).contains("expected signal"));
        assert!(error(ExpectedYields { signal: 0.0, background: 0.0 }).contains("all that is expected"));
    }
}
