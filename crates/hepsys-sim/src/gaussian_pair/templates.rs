use std::f64::consts::SQRT_2;

use statrs::function::erf::erfc;

use super::score::Logit;
use super::{Class, ExactScore, GaussianPair, dot};
use crate::SimError;
use crate::numbers::check;

/// The distribution of a classifier's output in bins, without a single event.
///
/// For [`ExactScore::Frozen`] the logit is normal, with the mean $\pm 2\\,c(z)\cdot c(z_c)/\sigma^2$ and the standard
/// deviation $2\\,|c(z_c)|/\sigma$, so the fractions are differences of error functions.
/// For [`ExactScore::Mixture`] they are sums over the midpoints of a grid of 700 × 700 cells over ±4.9 in `x1` and `x2`,
/// with the density normalised on the grid; they hold while the centres stay within 1.4 of the axes, which leaves
/// five standard deviations.
///
/// ```
/// use hepsys_sim::{Class, ExactScore, ExactTemplates, GaussianPair};
///
/// // How well does a classifier trained at the nominal angle measure the signal at another one?
/// let toy = GaussianPair::rotation();
/// let edges: Vec<f64> = (0..=40).map(|i| 0.5 * f64::from(i) - 10.0).collect();
/// let exact = ExactTemplates::new(&toy, ExactScore::Frozen { z: toy.nominal() }, &edges)?;
/// let width = |z| {
///     let signal = exact.fractions(Class::Signal, z).into_iter().map(|f| 500.0 * f);
///     let background = exact.fractions(Class::Background, z).into_iter().map(|f| 50_000.0 * f);
///     signal.zip(background).map(|(s, b)| s * s / (s + b)).sum::<f64>().powf(-0.5)
/// };
/// assert_eq!(format!("{:.3}", width(toy.nominal())), "0.068");
/// assert_eq!(format!("{:.3}", width(2.0 * toy.nominal())), "0.109");
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
///
/// # References
///
/// `ghosh2021`
#[derive(Debug, Clone)]
pub struct ExactTemplates {
    toy: GaussianPair,
    score: ExactScore,
    n_bins: usize,
    bins: Bins,
}

#[derive(Debug, Clone)]
enum Bins {
    /// The centre for which the classifier is the best, and the edges between bins.
    Normal { centre: [f64; 2], inner: Vec<f64> },
    /// The bin of each point of the grid.
    Grid(Vec<u32>),
    /// The bin of every event.
    One(usize),
}

impl ExactTemplates {
    /// The templates of a classifier in these bins of its logit.
    ///
    /// `logit_edges` has one number more than there are bins; the first and the last bin also take what is beyond
    /// the ends, which may be infinite. An edge belongs to the bin above it.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] unless there are two edges or more, they increase, and those between bins are finite;
    /// if a value of the score is not finite or there is none, or if its centre is the origin, where no classifier is the best.
    pub fn new(toy: &GaussianPair, score: ExactScore, logit_edges: &[f64]) -> Result<Self, SimError> {
        let n_bins = logit_edges.len().saturating_sub(1);
        check("the number of bins", "positive", n_bins as f64, n_bins > 0)?;
        for pair in logit_edges.windows(2) {
            check("an edge", "above the one before", pair[1], pair[0] < pair[1])?;
        }
        let inner = logit_edges[1..n_bins].to_vec();
        let bins = match &score {
            ExactScore::Frozen { z } => {
                check_value(*z)?;
                let centre = toy.centre(*z);
                let distance = dot(centre, centre).sqrt();
                check("the distance of a centre from the origin", "positive", distance, distance > 0.0)?;
                Bins::Normal { centre, inner }
            }
            ExactScore::Mixture { z } => {
                check("the number of values in a mixture", "positive", z.len() as f64, !z.is_empty())?;
                z.iter().try_for_each(|&z| check_value(z))?;
                let logit = Logit::new(&score, toy);
                Bins::Grid(Grid::points().map(|x| bin(&inner, logit.of(x)) as u32).collect())
            }
            ExactScore::Constant => Bins::One(bin(&inner, 0.0)),
        };
        Ok(Self { toy: *toy, score, n_bins, bins })
    }

    /// The classifier.
    #[must_use]
    pub fn score(&self) -> &ExactScore {
        &self.score
    }

    /// How many bins there are.
    #[must_use]
    pub fn n_bins(&self) -> usize {
        self.n_bins
    }

    /// The probability of each bin for an event of a class at `z`; they sum to one.
    ///
    /// # Shapes
    ///
    /// `[n_bins]`
    #[must_use]
    pub fn fractions(&self, class: Class, z: f64) -> Vec<f64> {
        let mean = self.toy.centre(z).map(|c| class.sign() * c);
        let sigma = self.toy.sigma;
        let mut fractions = vec![0.0; self.n_bins];
        match &self.bins {
            Bins::Normal { centre, inner } => {
                let mean = 2.0 * dot(mean, *centre) / (sigma * sigma);
                let width = 2.0 * dot(*centre, *centre).sqrt() / sigma;
                let pull = |i: usize| (inner[i] - mean) / width;
                for (i, fraction) in fractions.iter_mut().enumerate() {
                    let lower = if i == 0 { f64::NEG_INFINITY } else { pull(i - 1) };
                    let upper = if i == inner.len() { f64::INFINITY } else { pull(i) };
                    *fraction = between(lower, upper);
                }
            }
            Bins::Grid(bins) => {
                let [first, second] = mean.map(|mean| Grid::gaussian(mean, sigma));
                let cells = first.iter().flat_map(|a| second.iter().map(move |b| a * b));
                for (cell, &bin) in cells.zip(bins) {
                    fractions[bin as usize] += cell;
                }
            }
            Bins::One(bin) => fractions[*bin] = 1.0,
        }
        fractions
    }
}

/// The midpoints of square cells around the origin.
pub(super) struct Grid;

impl Grid {
    const N: usize = 700;
    const HALF_WIDTH: f64 = 4.9;
    const STEP: f64 = 2.0 * Self::HALF_WIDTH / Self::N as f64;
    /// The area of a cell.
    pub(super) const AREA: f64 = Self::STEP * Self::STEP;

    fn axis() -> impl Iterator<Item = f64> {
        (0..Self::N).map(|i| (i as f64 + 0.5) * Self::STEP - Self::HALF_WIDTH)
    }

    /// All points; the second coordinate runs first.
    pub(super) fn points() -> impl Iterator<Item = [f64; 2]> {
        Self::axis().flat_map(|x1| Self::axis().map(move |x2| [x1, x2]))
    }

    /// A normal density along one axis, normalised on the grid.
    fn gaussian(mean: f64, sigma: f64) -> Vec<f64> {
        let density: Vec<f64> = Self::axis().map(|x| (-0.5 * ((x - mean) / sigma).powi(2)).exp()).collect();
        let total: f64 = density.iter().sum();
        density.into_iter().map(|d| d / total).collect()
    }
}

fn check_value(z: f64) -> Result<(), SimError> {
    check("the nuisance parameter of a score", "finite", z, z.is_finite())
}

fn bin(inner: &[f64], logit: f64) -> usize {
    inner.partition_point(|&edge| edge <= logit)
}

/// The probability of a standard normal number between two; in a tail, without the cancellation of two numbers near one.
fn between(lower: f64, upper: f64) -> f64 {
    let above = |x: f64| 0.5 * erfc(x / SQRT_2);
    if lower > 0.0 { above(lower) - above(upper) } else { above(-upper) - above(-lower) }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

    use hepsys_core::Seed;

    use super::*;

    fn logit_edges() -> Vec<f64> {
        (0..=40).map(|i| 0.5 * f64::from(i) - 10.0).collect()
    }

    /// Ten bins of the score between zero and one.
    fn uniform_edges() -> Vec<f64> {
        (0..=10).map(|i| 0.1 * f64::from(i)).map(|s: f64| (s / (1.0 - s).max(0.0)).ln()).collect()
    }

    fn mixture() -> ExactScore {
        ExactScore::Mixture { z: (0..=20).map(|i| 0.1 * f64::from(i) * FRAC_PI_4).collect() }
    }

    /// The uncertainty of the signal strength at known z, for 500 events of signal and 50 000 of background.
    fn width(score: ExactScore, edges: &[f64], z: f64) -> f64 {
        let exact = ExactTemplates::new(&GaussianPair::rotation(), score, edges).unwrap();
        let fractions = |class| exact.fractions(class, z).into_iter();
        let bins = fractions(Class::Signal).zip(fractions(Class::Background));
        let bins = bins.filter(|(s, b)| s + b > 0.0);
        bins.map(|(s, b)| (500.0 * s).powi(2) / (500.0 * s + 5e4 * b)).sum::<f64>().powf(-0.5)
    }

    /// π/4, 3π/8 and π/2.
    const ANGLES: [f64; 3] = [FRAC_PI_4, 1.5 * FRAC_PI_4, FRAC_PI_2];

    #[test]
    fn widths_at_known_angle_are_those_of_the_reference() {
        // Computed independently with scipy: normal CDFs, and a mixture on a grid; given to four digits.
        let baseline = || ExactScore::Frozen { z: FRAC_PI_4 };
        for (edges, score, expected) in [
            (logit_edges(), baseline(), [0.0677, 0.0745, 0.1093]),
            (logit_edges(), mixture(), [0.0677, 0.0746, 0.1094]),
            (uniform_edges(), baseline(), [0.0867, 0.0989, 0.1507]),
        ] {
            for (z, expected) in ANGLES.into_iter().zip(expected) {
                let found = width(score.clone(), &edges, z);
                assert!((found / expected - 1.0).abs() < 0.002, "{score:?} at {z}: {found}, not {expected}");
            }
        }
    }

    #[test]
    fn the_best_classifier_is_as_good_at_every_angle() {
        for (edges, expected) in [(logit_edges(), 0.0677), (uniform_edges(), 0.0867)] {
            for z in [0.1, FRAC_PI_4, 1.0, FRAC_PI_2] {
                let found = width(ExactScore::Frozen { z }, &edges, z);
                assert!((found / expected - 1.0).abs() < 0.002, "{found}, not {expected}");
            }
        }
    }

    #[test]
    fn a_constant_score_counts_events() {
        // sqrt(S + B) / S
        let found = width(ExactScore::Constant, &logit_edges(), 0.3);
        assert!((found - 50_500_f64.sqrt() / 500.0).abs() < 1e-12);
    }

    #[test]
    fn a_mixture_of_one_value_is_the_frozen_classifier() {
        let (toy, edges) = (GaussianPair::stretch(), logit_edges());
        let frozen = ExactTemplates::new(&toy, ExactScore::Frozen { z: 0.05 }, &edges).unwrap();
        let mixed = ExactTemplates::new(&toy, ExactScore::Mixture { z: vec![0.05] }, &edges).unwrap();
        for class in [Class::Signal, Class::Background] {
            for z in [-0.35, 0.1] {
                for (a, b) in frozen.fractions(class, z).iter().zip(mixed.fractions(class, z)) {
                    // Along the diagonal, cells are points: each bin edge may be off by one row of them, 0.014/√2 wide,
                    // in a density of 0.57 at most.
                    assert!((a - b).abs() < 0.006, "{a} {b}");
                }
            }
        }
    }

    #[test]
    fn fractions_of_events_are_the_exact_ones() {
        let n_events = 20_000;
        let mut stream = Seed::new(8).named("fractions").stream();
        let (z, edges) = (0.15, logit_edges());
        for toy in [GaussianPair::rotation(), GaussianPair::stretch()] {
            for score in [ExactScore::Frozen { z: toy.nominal() }, mixture(), ExactScore::Constant] {
                let exact = ExactTemplates::new(&toy, score.clone(), &edges).unwrap();
                for class in [Class::Signal, Class::Background] {
                    let sample = toy.sample(class, z, n_events, &mut stream).unwrap();
                    let mut counts = vec![0.0; exact.n_bins()];
                    for logit in score.logits(&toy, &sample).unwrap() {
                        counts[bin(&edges[1..40], logit)] += 1.0;
                    }
                    let fractions = exact.fractions(class, z);
                    assert!((fractions.iter().sum::<f64>() - 1.0).abs() < 1e-12);
                    for (count, fraction) in counts.into_iter().zip(fractions) {
                        let expected = n_events as f64 * fraction;
                        // Five standard deviations, and three events where hardly one is expected.
                        assert!(
                            f64::abs(count - expected) < 5.0 * expected.sqrt() + 3.0,
                            "{count} {expected}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn tails_keep_their_digits() {
        // 1 - Φ(10) = 7.6198530241605e-24
        assert!((between(10.0, f64::INFINITY) / 7.619_853_024_160_5e-24 - 1.0).abs() < 1e-10);
        assert!((between(f64::NEG_INFINITY, -10.0) / 7.619_853_024_160_5e-24 - 1.0).abs() < 1e-10);
    }

    #[test]
    fn what_makes_no_templates_is_refused() {
        let error = |toy: GaussianPair, score, edges: &[f64]| {
            ExactTemplates::new(&toy, score, edges).unwrap_err().to_string()
        };
        let toy = GaussianPair::rotation();
        assert_eq!(error(toy, ExactScore::Constant, &[1.0]), "the number of bins must be positive, got 0");
        assert_eq!(
            error(toy, ExactScore::Constant, &[0.0, 1.0, 1.0]),
            "an edge must be above the one before, got 1"
        );
        assert_eq!(
            error(toy, ExactScore::Mixture { z: Vec::new() }, &[0.0, 1.0]),
            "the number of values in a mixture must be positive, got 0"
        );
        assert_eq!(
            error(toy, ExactScore::Frozen { z: f64::NAN }, &[0.0, 1.0]),
            "the nuisance parameter of a score must be finite, got NaN"
        );
        assert_eq!(
            error(GaussianPair::stretch(), ExactScore::Frozen { z: -1.0 }, &[0.0, 1.0]),
            "the distance of a centre from the origin must be positive, got 0"
        );
    }
}
