//! What holds of bounds whatever the channels are.

mod common;

use common::{normal, question, simulation};
use hepsys_advocate::{
    BinnedBound, BinnedBoundParams, BinnedChannels, Device, Direction, Grid, Limit, Method, Question, Run,
    Sample, Simulation, Steps,
};
use hepsys_core::Weights;
use proptest::prelude::*;

const N_BINS: usize = 8;

/// Optima are certified to 1e-7 of one plus themselves, on both sides of a comparison.
const TOLERANCE: f64 = 1e-6;

/// A signal and two controls in bins of width one.
fn channels() -> impl Strategy<Value = BinnedChannels> {
    // Some bins are empty.
    let yields = prop::collection::vec(prop_oneof![Just(0.0), 0.01_f64..1.0], N_BINS);
    let probabilities = yields.prop_filter_map("a channel needs events", |yields| {
        let total: f64 = yields.iter().sum();
        (total > 0.0).then(|| yields.iter().map(|y| y / total).collect::<Vec<f64>>())
    });
    [probabilities.clone(), probabilities.clone(), probabilities].prop_map(|[s, x, y]| {
        let grid = Grid::uniform(["x"], N_BINS, 0.0, N_BINS as f64).unwrap();
        BinnedChannels::new(grid, [("s", s), ("X", x), ("Y", y)]).unwrap()
    })
}

fn ask(x: Limit, ratio: Limit) -> Question {
    Question::new().target("s", 1.0).control("X", x).control_ratio("Y", "X", ratio)
}

fn biases(params: BinnedBoundParams, question: &Question, channels: &BinnedChannels) -> [f64; 2] {
    let params = params.check().unwrap();
    Direction::BOTH.map(|direction| params.of_channels(question, channels, direction).unwrap().bias)
}

/// That neither direction's bound is larger in the first than in the second.
fn check_not_larger(small: [f64; 2], large: [f64; 2]) -> Result<(), TestCaseError> {
    prop_assert!(small[0] <= large[0] + TOLERANCE && small[1] >= large[1] - TOLERANCE, "{small:?} {large:?}");
    Ok(())
}

/// The same events with their weights times a factor.
fn scaled(sample: &Sample, factor: f64) -> Sample {
    let weights: Vec<f64> = sample.weights().iter().map(|weight| factor * weight).collect();
    sample.clone().with_weights(Weights::new(weights).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// The flat weight w = 1 respects symmetric limits.
    #[test]
    fn the_bias_up_is_not_negative_and_the_bias_down_not_positive(
        channels in channels(), x in 0.0_f64..0.1, ratio in 0.0_f64..0.1, lipschitz in 0.001_f64..1.0,
    ) {
        let params = BinnedBound::params().lipschitz(lipschitz);
        let [up, down] = biases(params, &ask(Limit::within(x), Limit::within(ratio)), &channels);
        prop_assert!(up >= -TOLERANCE && down <= TOLERANCE && up <= 0.2 + TOLERANCE && down >= -0.2 - TOLERANCE);
    }

    /// w → 2 − w turns one into the other, where range and limits are symmetric about one; those of ratios are not.
    #[test]
    fn without_ratios_down_is_up_reversed(
        channels in channels(), x in 0.0_f64..0.1, y in 0.0_f64..0.1, half in 0.01_f64..1.0,
        lipschitz in prop::option::of(0.001_f64..1.0),
    ) {
        let question =
            Question::new().target("s", 1.0).control("X", Limit::within(x)).control("Y", Limit::within(y));
        let mut params = BinnedBound::params().weight_range(1.0 - half..=1.0 + half);
        if let Some(lipschitz) = lipschitz {
            params = params.lipschitz(lipschitz);
        }
        let [up, down] = biases(params, &question, &channels);
        prop_assert!((up + down).abs() < TOLERANCE, "{up} {down}");
    }

    #[test]
    fn larger_limits_never_shrink_the_bound(
        channels in channels(), x in 0.0_f64..0.1, ratio in 0.0_f64..0.1,
        more in prop::array::uniform4(0.0_f64..0.1), lipschitz in prop::option::of(0.001_f64..1.0),
    ) {
        let mut params = BinnedBound::params();
        if let Some(lipschitz) = lipschitz {
            params = params.lipschitz(lipschitz);
        }
        let small = ask(Limit::within(x), Limit::within(ratio));
        let large = ask(Limit::between(-x - more[0], x + more[1]), Limit::between(-ratio - more[2], ratio + more[3]));
        check_not_larger(biases(params.clone(), &small, &channels), biases(params, &large, &channels))?;
    }

    #[test]
    fn a_larger_lipschitz_constant_never_shrinks_the_bound(
        channels in channels(), x in 0.0_f64..0.1, lipschitz in 0.001_f64..0.5, more in 0.0_f64..0.5,
    ) {
        let question = ask(Limit::within(x), Limit::within(0.01));
        let of = |lipschitz| biases(BinnedBound::params().lipschitz(lipschitz), &question, &channels);
        let (smooth, steep) = (of(lipschitz), of(lipschitz + more));
        check_not_larger(smooth, steep)?;
        check_not_larger(steep, biases(BinnedBound::params(), &question, &channels))?;
    }

    #[test]
    fn a_wider_range_of_weights_never_shrinks_the_bound(
        channels in channels(), low in 0.1_f64..1.0, high in 1.001_f64..2.0, more in (0.0_f64..0.1, 0.0_f64..1.0),
        lipschitz in prop::option::of(0.01_f64..1.0),
    ) {
        let question = ask(Limit::within(0.03), Limit::within(0.01));
        let of = |low, high| {
            let params = BinnedBound::params().weight_range(low..=high);
            let params = lipschitz.map_or(params.clone(), |lipschitz| params.lipschitz(lipschitz));
            biases(params, &question, &channels)
        };
        check_not_larger(of(low, high), of(low - more.0, high + more.1))?;
    }

    /// A fraction of events is one, whatever the luminosity of each simulation is.
    #[test]
    fn scaling_the_weights_of_a_channel_changes_no_bound(
        factors in prop::array::uniform2(1e-3_f64..1e3), lipschitz in prop::option::of(0.01_f64..1.0),
    ) {
        let (signal, control) = (normal(300, &[0.7], 1), normal(300, &[0.0], 2));
        let of = |factors: [f64; 2]| {
            let simulation = [("signal", scaled(&signal, factors[0])), ("control", scaled(&control, factors[1]))];
            let question = Question::new().target("signal", 1.0).control("control", Limit::within(0.03));
            let params = BinnedBound::params().bins(12);
            let params = lipschitz.map_or(params.clone(), |lipschitz| params.lipschitz(lipschitz)).check().unwrap();
            let simulation = Simulation::new(simulation).unwrap();
            Direction::BOTH.map(|direction| params.of(&question, &simulation, direction).unwrap().bias)
        };
        let (plain, scaled) = (of([1.0; 2]), of(factors));
        prop_assert!((plain[0] - scaled[0]).abs() < TOLERANCE && (plain[1] - scaled[1]).abs() < TOLERANCE);
    }
}

/// Sixteen is a power of two: nothing is rounded, so that every step of a search is the same.
#[test]
fn scaling_all_weights_changes_no_bit_of_a_search() {
    let plain = simulation(400, 1.0);
    let names = ["signal", "control"];
    let larger = Simulation::new(names.map(|name| (name, scaled(plain.of(name).unwrap(), 16.0)))).unwrap();
    let steps = Steps { pretraining: 10, update: 10, direct: 10, ..Steps::default() };
    let params = question().methods(Method::ALL).steps(steps).seeds(1).check().unwrap();
    let search =
        |simulation: &Simulation| params.search(simulation, &Run::on(Device::flex()).seed(4)).unwrap();
    assert_eq!(search(&plain), search(&larger));
}
