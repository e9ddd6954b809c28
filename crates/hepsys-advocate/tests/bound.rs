//! The binned bound against closed forms.

use hepsys_advocate::{
    AdvocateError, BinnedBound, BinnedBoundParams, BinnedChannels, Bound, DEFAULT_TIGHTENING, Direction,
    Directions, Grid, Limit, Question, Solver, shadow_prices,
};
use statrs::distribution::{ContinuousCDF, Normal};

/// Closed forms hold to what bins of a hundredth of a standard deviation leave.
const TOLERANCE: f64 = 2e-4;

fn within() -> Question {
    Question::new().target("s", 1.0).control("X", Limit::within(0.03))
}

fn measurement() -> Question {
    within().control_ratio("Y", "X", Limit::within(0.01))
}

/// What every solver of the build finds, to the digits that are certified.
fn up_and_down(params: &BinnedBoundParams, question: &Question, channels: &BinnedChannels) -> [f64; 2] {
    let by = |solver| {
        let bound = params.clone().solver(solver).check().unwrap();
        Direction::BOTH.map(|direction| bound.of_channels(question, channels, direction).unwrap().bias)
    };
    let biases = by(Solver::Microlp);
    for solver in Solver::available() {
        for (other, bias) in by(solver).iter().zip(&biases) {
            assert!((other - bias).abs() < 3e-7, "{solver}: {other} and not {bias}");
        }
    }
    biases
}

/// Four bins, none of which two of X, Y and Z share.
fn apart(signal: [f64; 4]) -> BinnedChannels {
    let grid = Grid::uniform(["x"], 4, 0.0, 4.0).unwrap();
    let alone = |bin| (0..4).map(|i| f64::from(u8::from(i == bin))).collect::<Vec<f64>>();
    let channels = [("s", signal.to_vec()), ("X", alone(0)), ("Y", alone(1)), ("Z", alone(2))];
    BinnedChannels::new(grid, channels).unwrap()
}

/// X is N(0, 1) and s N(mean, 1), in 1400 bins or fewer.
fn gaussians(mean: f64, n_bins: usize) -> BinnedChannels {
    let grid = Grid::uniform(["x"], n_bins, -6.0, 8.0).unwrap();
    let probabilities = |mean: f64| -> Vec<f64> {
        let normal = Normal::new(mean, 1.0).unwrap();
        let edges = grid.axes()[0].1.edges();
        let mut p: Vec<f64> = edges.windows(2).map(|w| normal.cdf(w[1]) - normal.cdf(w[0])).collect();
        p[0] += normal.cdf(edges[0]);
        p[n_bins - 1] += 1.0 - normal.cdf(edges[n_bins]);
        p
    };
    let channels = [("X", probabilities(0.0)), ("s", probabilities(mean))];
    BinnedChannels::new(grid.clone(), channels).unwrap()
}

#[test]
fn a_signal_that_controls_cover_is_known_as_well_as_they_are() {
    for (signal, up, down) in [
        ([1.0, 0.0, 0.0, 0.0], 0.03, -0.03),
        ([0.0, 1.0, 0.0, 0.0], 0.0403, -0.0397),
        ([0.5, 0.5, 0.0, 0.0], 0.03515, -0.03485),
        ([0.0, 0.0, 0.0, 1.0], 0.2, -0.2),
        ([0.9, 0.0, 0.0, 0.1], 0.047, -0.047),
    ] {
        let found = up_and_down(&BinnedBound::params(), &measurement(), &apart(signal));
        assert!(
            (found[0] - up).abs() < TOLERANCE && (found[1] - down).abs() < TOLERANCE,
            "{signal:?}: {found:?}"
        );
    }
}

#[test]
fn two_flat_channels_differ_where_they_do_not_overlap() {
    let grid = Grid::uniform(["x"], 5, 0.0, 1.25).unwrap();
    let channels = [("s", vec![0.0, 0.25, 0.25, 0.25, 0.25]), ("X", vec![0.25, 0.25, 0.25, 0.25, 0.0])];
    let channels = BinnedChannels::new(grid, channels).unwrap();
    let found = up_and_down(&BinnedBound::params(), &within(), &channels);
    assert!((found[0] - 0.13).abs() < TOLERANCE && (found[1] + 0.13).abs() < TOLERANCE, "{found:?}");
}

/// 0.8 + 0.4 Φ(μ − c) − 1 with 0.8 + 0.4 Φ(−c) = 1.03; of a mis-identified background the same, the signal being the control.
#[test]
fn without_smoothness_the_bound_is_that_of_neyman_and_pearson() {
    for (mean, expected) in [(0.5, 0.1019), (1.0, 0.1531)] {
        let channels = gaussians(mean, 1400);
        let bound = BinnedBound::params().check().unwrap();
        let found = bound.of_channels(&within(), &channels, Direction::Up).unwrap();
        assert!((found.bias - expected).abs() < TOLERANCE, "{} and not {expected}", found.bias);
        assert!((found.efficiency_of("X").unwrap() - 1.03).abs() < 1e-6);
        // One step from the lowest to the highest weight.
        let weights: Vec<f64> = (-30..=30).map(|x| found.weight_at(&[f64::from(x) / 10.0])).collect();
        assert!(weights.is_sorted() && weights[0] == 0.8 && weights[60] == 1.2, "{weights:?}");
    }
}

/// Kantorovich and Rubinstein: the largest difference of the means of functions with slope 1 is the Wasserstein distance.
#[test]
fn smoothness_alone_leaves_the_limit_and_the_wasserstein_distance() {
    for (lipschitz, expected) in [(0.01, 0.04), (0.05, 0.08), (0.1, 0.13)] {
        for solver in Solver::available() {
            let params = BinnedBound::params().weight_range(0.0..=f64::INFINITY).lipschitz(lipschitz);
            let params = params.solver(solver).check().unwrap();
            let found = params.of_channels(&within(), &gaussians(1.0, 350), Direction::Up).unwrap();
            assert!((found.bias - expected).abs() < TOLERANCE, "{solver}: {} and not {expected}", found.bias);
            assert!((found.lipschitz_price.unwrap() - 1.0).abs() < 1e-4, "{:?}", found.lipschitz_price);
            assert!((found.prices[0].price - 1.0).abs() < 1e-6 && found.prices[1].price.abs() < 1e-6);
        }
    }
}

#[test]
fn without_weights_and_smoothness_nothing_limits_the_bias() {
    for solver in Solver::available() {
        let params = BinnedBound::params().weight_range(0.0..=f64::INFINITY).solver(solver).check().unwrap();
        let error = params.of_channels(&within(), &apart([0.0, 0.0, 0.0, 1.0]), Direction::Up).unwrap_err();
        assert!(matches!(error, AdvocateError::Unbounded), "{solver}: {error}");
    }
}

#[test]
fn contamination_hides_what_a_control_would_show() {
    let covered = apart([1.0, 0.0, 0.0, 0.0]);
    for (question, up, down) in [
        // Up to 1 % of the control is something else: the true efficiency may be that much lower.
        (within().contamination("X", 0.01), 0.03, -0.04),
        (within().contamination("s", 0.01), 0.04, -0.03),
        // The same function in both, and here the same events: nothing changes.
        (within().contamination("s", 0.01).contamination("X", 0.01), 0.03, -0.03),
    ] {
        let found = up_and_down(&BinnedBound::params(), &question, &covered);
        assert!((found[0] - up).abs() < 1e-9 && (found[1] - down).abs() < 1e-9, "{question:?}: {found:?}");
    }
    // Where the channels differ, b goes to the signal's own bin.
    let half = apart([0.5, 0.0, 0.0, 0.5]);
    let question = within().contamination("s", 0.01).contamination("X", 0.01);
    let bound = BinnedBound::params().check().unwrap().of_channels(&question, &half, Direction::Up).unwrap();
    assert!((bound.bias - (0.5 * 0.03 + 0.5 * 0.2 + 0.01)).abs() < 1e-9);
    assert!((bound.contamination.as_ref().unwrap()[3] - 0.02).abs() < 1e-9);
    let price = bound.prices.iter().find(|price| price.name == "b(s) ≤ 0.01").unwrap();
    assert!((price.price - 1.0).abs() < 1e-9, "{bound:?}");
    // Smoothness holds for b as well.
    let smooth = BinnedBound::params().lipschitz(0.004).check().unwrap();
    let smooth = smooth.of_channels(&question, &half, Direction::Up).unwrap();
    let b = smooth.contamination.unwrap();
    assert!(b.windows(2).all(|w| (w[0] - w[1]).abs() < 0.004 + 1e-9) && smooth.bias < bound.bias);
}

#[test]
fn limits_that_contradict_each_other_are_named_and_no_others() {
    let question = Question::new()
        .target("s", 1.0)
        .control("X", Limit::between(0.1, 0.15))
        .control("s", Limit::within(0.5))
        .control_ratio("Y", "X", Limit::between(0.05, 0.06))
        .control_ratio("Z", "Y", Limit::between(0.04, 0.05));
    let channels = apart([0.0, 0.0, 0.0, 1.0]);
    let conflict = |params: BinnedBoundParams, question: &Question| {
        let by = |solver| {
            let bound = params.clone().solver(solver).check().unwrap();
            match bound.of_channels(question, &channels, Direction::Down) {
                Err(AdvocateError::Infeasible { conflicting }) => conflicting,
                other => panic!("{solver}: {other:?}"),
            }
        };
        let conflicting = by(Solver::Microlp);
        Solver::available().into_iter().for_each(|solver| assert_eq!(by(solver), conflicting, "{solver}"));
        conflicting
    };
    // 1.1 × 1.05 × 1.04 = 1.201.
    let limits =
        ["e(X) +10 % to +15 %", "e(Y) / e(X) +5 % to +6 %", "e(Z) / e(Y) +4 % to +5 %"].map(str::to_owned);
    let expected = [vec!["weights between 0.8 and 1.2".to_owned()], limits.to_vec()].concat();
    assert_eq!(conflict(BinnedBound::params(), &question), expected);
    // Three limits in a circle, whatever the weights are.
    let circle = question.clone().control_ratio("Z", "X", Limit::within(0.01));
    let expected = ["e(Y) / e(X) +5 % to +6 %", "e(Z) / e(Y) +4 % to +5 %", "e(Z) / e(X) ± 1 %"];
    assert_eq!(conflict(BinnedBound::params(), &circle), expected);
    // A step that smooth weights cannot make.
    let step = Question::new()
        .target("s", 1.0)
        .control("X", Limit::between(0.1, 0.12))
        .control("Y", Limit::between(-0.12, -0.1))
        .control("Z", Limit::within(0.1));
    let expected =
        ["weights that change by at most 0.1 per unit", "e(X) +10 % to +12 %", "e(Y) -12 % to -10 %"];
    assert_eq!(conflict(BinnedBound::params().lipschitz(0.1), &step), expected);
}

/// A plane in which all of it counts: two features, three channels, smoothness.
fn plane(n_bins: usize) -> BinnedChannels {
    let grid = Grid::uniform(["x", "y"], n_bins, -3.2, 3.2).unwrap();
    let gaussian = |x: f64, y: f64| {
        let density = |bin| {
            let at = grid.center(bin);
            (-0.5 * ((at[0] - x).powi(2) + (at[1] - y).powi(2))).exp()
        };
        let p: Vec<f64> = (0..grid.n_bins()).map(density).collect();
        let total: f64 = p.iter().sum();
        p.into_iter().map(|p| p / total).collect::<Vec<f64>>()
    };
    let channels = [("X", gaussian(0.0, 0.0)), ("Y", gaussian(0.3, -0.1)), ("s", gaussian(1.1, -0.8))];
    BinnedChannels::new(grid.clone(), channels).unwrap()
}

#[test]
fn solvers_agree_on_the_bound_and_its_prices() {
    let channels = plane(12);
    let bound = |solver| -> Vec<Bound> {
        let params = BinnedBound::params().lipschitz(0.1).solver(solver).check().unwrap();
        Direction::BOTH
            .map(|direction| params.of_channels(&measurement(), &channels, direction).unwrap())
            .to_vec()
    };
    let reference = bound(Solver::Microlp);
    for solver in Solver::available() {
        let mut largest: f64 = 0.0;
        for (found, reference) in bound(solver).iter().zip(&reference) {
            let difference = (found.bias - reference.bias).abs();
            assert!(difference < 1e-7, "{solver}: {} {}", found.bias, reference.bias);
            largest = largest.max(difference);
            for (found, reference) in found.prices.iter().zip(&reference.prices) {
                assert!((found.price - reference.price).abs() < 1e-4, "{solver}: {found:?} {reference:?}");
            }
        }
        println!("{solver}: largest difference of a bound: {largest:.1e}");
    }
}

#[test]
fn smoother_weights_and_more_directions_leave_less_bias() {
    let channels = plane(12);
    let highest = |params: BinnedBoundParams| up_and_down(&params, &measurement(), &channels)[0];
    let rough = highest(BinnedBound::params());
    let axes = highest(BinnedBound::params().lipschitz(0.1).directions(Directions::Axes));
    let sixteen = highest(BinnedBound::params().lipschitz(0.1));
    let smooth = highest(BinnedBound::params().lipschitz(0.001));
    assert!(rough > axes && axes > sixteen && sixteen > smooth, "{rough} {axes} {sixteen} {smooth}");
    // Nearly constant weights are limited by the control; and then the ratio does not matter.
    assert!((smooth - 0.03).abs() < 3e-3, "{smooth}");
}

#[test]
fn weights_respect_their_range_and_the_lipschitz_constant_and_efficiencies_their_limits() {
    let channels = plane(12);
    let bound = BinnedBound::params().lipschitz(0.1).check().unwrap();
    for direction in Direction::BOTH {
        let found = bound.of_channels(&measurement(), &channels, direction).unwrap();
        assert!(found.weights.iter().all(|w| (0.8..=1.2).contains(w)));
        let width = 6.4 / 12.0;
        let steepest =
            found.weights.chunks(12).flat_map(|row| row.windows(2).map(|w| (w[0] - w[1]).abs() / width));
        assert!(steepest.fold(0.0, f64::max) < 0.1 + 1e-6);
        let [s, x, y] = ["s", "X", "Y"].map(|channel| found.efficiency_of(channel).unwrap());
        assert!((s - 1.0 - found.bias).abs() < 1e-12);
        assert!((x - 1.0).abs() < 0.03 + 1e-7 && (y / x - 1.0).abs() < 0.01 + 1e-7);
    }
}

/// The bias is concave in the bound of a control, so that its tangent never lies below.
#[test]
fn a_price_predicts_small_changes_and_never_cuts_too_much() {
    let channels = plane(12);
    let bound = BinnedBound::params().lipschitz(0.1).check().unwrap();
    for direction in Direction::BOTH {
        let solve = |question: &Question| bound.of_channels(question, &channels, direction);
        let found = solve(&measurement()).unwrap();
        let again = |question: &Question| Ok(solve(question)?.bias);
        let of = |tightening| {
            shadow_prices(&measurement(), (found.bias, direction), &found.prices, tightening, again).unwrap()
        };
        let (large, small) = (of(DEFAULT_TIGHTENING), of(0.99));
        assert_eq!(large.len(), 2);
        for price in &small {
            let after = price.bias_after.unwrap();
            assert!((after - price.predicted).abs() < 2e-5 && after.abs() < found.bias.abs(), "{price}");
        }
        for price in &large {
            let after = price.bias_after.unwrap();
            assert!(after.abs() <= price.predicted.abs() + 1e-6, "{price}");
            assert!(price.to_string().starts_with(&format!("improving {} from", price.what)));
        }
    }
}

#[test]
fn a_limit_that_may_not_be_narrower_says_so() {
    // X is 10 % up at most, Y 20 % up at least, and their ratio 10 % at most.
    let question = Question::new()
        .target("s", 1.0)
        .control("X", Limit::between(0.0, 0.1))
        .control("Y", Limit::between(0.2, 0.4))
        .control_ratio("Y", "X", Limit::between(0.0, 0.1));
    let channels = apart([0.0, 1.0, 0.0, 0.0]);
    let bound = BinnedBound::params().weight_range(0.5..=1.5).check().unwrap();
    let highest = |question: &Question| bound.of_channels(question, &channels, Direction::Up);
    let found = highest(&question).unwrap();
    let again = |question: &Question| Ok(highest(question)?.bias);
    let prices = shadow_prices(&question, (found.bias, Direction::Up), &found.prices, 0.5, again).unwrap();
    let words: Vec<String> = prices.iter().map(ToString::to_string).collect();
    let none = "no efficiency would respect all limits";
    assert_eq!(
        words,
        [
            format!("with e(X) +2.5 % to +7.5 % instead of +0 % to +10 %, {none}"),
            format!("with e(Y) / e(X) +2.5 % to +7.5 % instead of +0 % to +10 %, {none}"),
        ]
    );
}
