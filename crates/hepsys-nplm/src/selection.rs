use std::error::Error;

use hepsys_core::summary::{Axis, Figure, Layer, Role, Summary, Table};
use hepsys_stats::{ChiSquared, Estimate, KolmogorovSmirnov, PseudoExperiments, Toy, mean, median};

use crate::NplmError;

/// The choice of the weight clip: the one with which $t$ follows its target under the reference
/// ([D'Agnolo et al. 2019](https://arxiv.org/abs/1912.12155)).
///
/// The median of $t$ grows with the clip. From `begin` on the clip is multiplied or divided by `factor` until the median of
/// toys under $R_0$ crosses that of the target $\chi^2_{|w|}$, and then the bracket is narrowed in the logarithm of the clip.
/// Of all clips that were tried the one is chosen that fits the target best, by the p-value of a Kolmogorov–Smirnov test.
///
/// All clips should see the same toys, so that they differ by nothing but the clip: use one seed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModelSelection {
    /// The degrees of freedom of the target: the number of parameters of the network, $|w|$.
    pub degrees_of_freedom: usize,
    /// The first clip.
    pub begin: f64,
    /// By how much a clip is changed until the target is bracketed; more than one. Defaults to 1.5.
    pub factor: f64,
    /// How often the bracket is narrowed. Defaults to 4.
    pub refinements: usize,
    /// How many clips may be tried before the target is bracketed. Defaults to 12.
    pub max_steps: usize,
}

/// The statistics of toys under the reference for one clip.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ScannedClip {
    /// The clip.
    pub weight_clip: f64,
    /// $t$ of each toy.
    pub t: Vec<f64>,
    /// Their mean.
    pub mean: Estimate,
    /// Their median.
    pub median: Estimate,
    /// The p-value of the Kolmogorov–Smirnov test against the target; of the chosen clip, it is the largest of several.
    pub p_value: f64,
    /// The degrees of freedom of the χ² that fits them best: the alternative of
    /// [Letizia et al. 2022](https://arxiv.org/abs/2204.02317), which needs no choice of the clip.
    pub fitted_degrees_of_freedom: f64,
}

/// A scan of weight clips.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipScan {
    target: ChiSquared,
    /// In the order of their clips.
    clips: Vec<ScannedClip>,
    chosen: usize,
}

impl ModelSelection {
    /// The scan for a network of this many parameters, beginning with this clip.
    #[must_use]
    pub fn new(degrees_of_freedom: usize, begin: f64) -> Self {
        Self { degrees_of_freedom, begin, factor: 1.5, refinements: 4, max_steps: 12 }
    }

    /// Runs the scan.
    ///
    /// `experiments` prepares the toys of a clip; with a file to resume from for each of them, an interrupted scan goes on where it
    /// ended, since its path depends on nothing but the toys.
    /// It must not give shards: which clip comes next depends on all toys of the last.
    /// `toy` gives $t$ of one toy with a clip: it draws the experiment under $R_0$ from the toy's seed, and tests it.
    ///
    /// # Errors
    ///
    /// [`NplmError::BadParameter`] if `begin`, `factor` or the number of steps is out of range, [`NplmError::NoClip`] if the target
    /// is not bracketed in `max_steps`, [`NplmError::Toys`] if a toy fails or its files cannot be used.
    pub fn run<E>(
        &self,
        experiments: impl Fn(f64) -> PseudoExperiments,
        toy: impl Fn(f64, &Toy) -> Result<f64, E> + Sync,
    ) -> Result<ClipScan, NplmError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.check()?;
        let target = ChiSquared::new(self.degrees_of_freedom as f64)?;
        let aim = target.quantile(0.5)?;
        let mut clips: Vec<ScannedClip> = Vec::new();
        let mut scan = |weight_clip: f64| -> Result<Point, NplmError> {
            let t = experiments(weight_clip).run(|t| toy(weight_clip, t))?.into_values();
            let clip = ScannedClip::new(weight_clip, t, &target)?;
            let excess = clip.median.value - aim;
            clips.push(clip);
            Ok(Point { log_clip: weight_clip.ln(), excess })
        };
        let first = scan(self.begin)?;
        let (mut inside, mut outside) = (first, first);
        let mut n_steps = 1;
        while inside.excess.signum() == outside.excess.signum() {
            if n_steps == self.max_steps {
                let last = outside.log_clip.exp();
                return Err(NplmError::NoClip { n_steps, last, median: outside.excess + aim, aim });
            }
            inside = outside;
            let step = if outside.excess < 0.0 { self.factor } else { 1.0 / self.factor };
            outside = scan(outside.log_clip.exp() * step)?;
            n_steps += 1;
        }
        for _ in 0..self.refinements {
            let middle = scan(inside.crossing(outside).exp())?;
            if middle.excess.signum() == inside.excess.signum() { inside = middle } else { outside = middle }
        }
        clips.sort_by(|a, b| a.weight_clip.total_cmp(&b.weight_clip));
        let p = |clip: &&ScannedClip| clip.p_value;
        let best = clips.iter().max_by(|a, b| p(a).total_cmp(&p(b))).map(|clip| clip.weight_clip);
        let chosen = clips.iter().position(|clip| Some(clip.weight_clip) == best).unwrap_or(0);
        Ok(ClipScan { target, clips, chosen })
    }

    fn check(&self) -> Result<(), NplmError> {
        let bad = |name: &str, expected: &str, value: String| {
            Err(NplmError::BadParameter { name: name.into(), expected: expected.into(), value })
        };
        if !(self.begin > 0.0 && self.begin.is_finite()) {
            return bad("the first clip", "positive and finite", self.begin.to_string());
        }
        if !(self.factor > 1.0 && self.factor.is_finite()) {
            return bad("the factor between clips", "more than one and finite", self.factor.to_string());
        }
        if self.max_steps < 2 {
            return bad("max_steps", "two or more", self.max_steps.to_string());
        }
        Ok(())
    }
}

/// A clip, and how far the median of t is above the target there.
#[derive(Debug, Clone, Copy)]
struct Point {
    log_clip: f64,
    excess: f64,
}

impl Point {
    /// Where the line through two points crosses the target, away from both: medians of toys fluctuate.
    fn crossing(self, other: Self) -> f64 {
        let part = (self.excess / (self.excess - other.excess)).clamp(0.2, 0.8);
        self.log_clip + part * (other.log_clip - self.log_clip)
    }
}

impl ScannedClip {
    fn new(weight_clip: f64, t: Vec<f64>, target: &ChiSquared) -> Result<Self, NplmError> {
        Ok(Self {
            weight_clip,
            mean: mean(&t)?,
            median: median(&t)?,
            p_value: KolmogorovSmirnov::one_sample(&t, |t| target.cdf(t))?.p_value().value(),
            // A t below zero, which rounding allows, is none of a χ².
            fitted_degrees_of_freedom: ChiSquared::fit(&t.iter().map(|t| t.max(1e-9)).collect::<Vec<_>>())?
                .dof(),
            t,
        })
    }
}

impl ClipScan {
    /// The clip that fits the target best.
    #[must_use]
    pub fn weight_clip(&self) -> f64 {
        self.chosen().weight_clip
    }

    /// What was found with that clip.
    #[must_use]
    pub fn chosen(&self) -> &ScannedClip {
        &self.clips[self.chosen]
    }

    /// All clips that were tried, the smallest first.
    #[must_use]
    pub fn clips(&self) -> &[ScannedClip] {
        &self.clips
    }

    /// The median of t against the clip, with the target.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let aim = self.target.quantile(0.5).unwrap_or(f64::NAN);
        let medians = || self.clips.iter().map(|clip| clip.median);
        Figure::new(
            "clip-scan",
            format!(
                "Medians of t over toys of the reference, with their uncertainties, for each weight clip that was tried, and the \
                 median of the target χ² with {} degrees of freedom. All clips see the same toys.",
                self.target.dof()
            ),
            Axis::new("weight clip", ""),
            Axis::new("median of t", ""),
        )
        .layer(Layer::HorizontalLine { label: "target".into(), role: Role::Expectation, y: aim })
        .layer(Layer::Points {
            label: "toys".into(),
            role: Role::Data,
            x: self.clips.iter().map(|clip| clip.weight_clip).collect(),
            y: medians().map(|m| m.value).collect(),
            y_errors: medians().map(|m| (m.value - m.lower, m.upper - m.value)).collect(),
            x_errors: Vec::new(),
        })
        .layer(Layer::VerticalLine { label: "chosen".into(), role: Role::Fit, x: self.weight_clip() })
    }

    /// The whole scan as a table and a figure.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut table = Table::new(
            format!(
                "Toys of the reference for each weight clip, against χ² with {} degrees of freedom; the last column is the χ² that \
                 fits them best.",
                self.target.dof()
            ),
            ["weight clip", "toys", "mean t", "median t", "KS p-value", "fitted degrees of freedom", ""],
        );
        for (index, clip) in self.clips.iter().enumerate() {
            table = table.row([
                format!("{:.4}", clip.weight_clip),
                clip.t.len().to_string(),
                format!("{:.2} ± {:.2}", clip.mean.value, clip.mean.uncertainty()),
                format!("{:.2} ± {:.2}", clip.median.value, clip.median.uncertainty()),
                format!("{:.3}", clip.p_value),
                format!("{:.1}", clip.fitted_degrees_of_freedom),
                if index == self.chosen { "chosen".to_owned() } else { String::new() },
            ]);
        }
        Summary::new("Choice of the weight clip").table(table).figure(self.figure())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    /// A statistic whose distribution is χ² with as many degrees of freedom as three times the clip, by its quantiles.
    fn statistic(clip: f64, toy: &Toy) -> Result<f64, NplmError> {
        let q = (toy.index() as f64 + 0.5) / 100.0;
        Ok(ChiSquared::new(3.0 * clip)?.quantile(q)?)
    }

    #[test]
    fn the_clip_whose_toys_follow_the_target_is_found_from_both_sides() {
        for begin in [0.7, 40.0] {
            let tried = Mutex::new(Vec::new());
            let scan = ModelSelection { refinements: 6, ..ModelSelection::new(12, begin) }
                .run(
                    |clip| {
                        tried.lock().unwrap().push(clip);
                        PseudoExperiments::new("clip").toys(100)
                    },
                    statistic,
                )
                .unwrap();
            // Three times four is twelve; the scan ends within a bracket that six steps have narrowed.
            assert!((scan.weight_clip() - 4.0).abs() < 0.05, "{scan:?}");
            assert!((scan.chosen().fitted_degrees_of_freedom - 12.0).abs() < 0.3);
            assert_eq!(scan.clips().len(), tried.lock().unwrap().len());
            assert!(scan.clips().windows(2).all(|pair| pair[0].weight_clip < pair[1].weight_clip));
        }
    }

    #[test]
    fn a_target_out_of_reach_is_an_error_that_says_so() {
        let selection = ModelSelection { max_steps: 3, ..ModelSelection::new(1000, 1.0) };
        let error = selection.run(|_| PseudoExperiments::new("clip").toys(100), statistic).unwrap_err();
        assert!(error.to_string().contains("after 3 clips, the last of them 2.25"), "{error}");
    }

    #[test]
    fn what_is_out_of_range_is_an_error() {
        for selection in [
            ModelSelection::new(3, 0.0),
            ModelSelection { factor: 1.0, ..ModelSelection::new(3, 1.0) },
            ModelSelection { max_steps: 1, ..ModelSelection::new(3, 1.0) },
        ] {
            assert!(selection.run(|_| PseudoExperiments::new("clip").toys(2), statistic).is_err());
        }
    }
}
