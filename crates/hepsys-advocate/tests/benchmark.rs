//! The binned bound on the channels of a branching-ratio measurement, against the same programs solved by scipy on the same
//! channels of another simulation.

use hepsys_advocate::{
    BinnedBound, BinnedBoundParams, Direction, Directions, Feature, Limit, Question, Sample, Seed, Simulation,
};
use hepsys_sim::{BranchingRatioChannel, mass};

const N_EVENTS: usize = 200_000;
const FEATURES: [&str; 2] = ["log_max_pt_mu", "log_pt_k"];

/// $m_V$, with the events of its channel and those of both controls, standardised as the controls are together.
struct Benchmark {
    controls: [Sample; 2],
    means: [f64; 2],
    deviations: [f64; 2],
}

impl Benchmark {
    fn new() -> Self {
        let controls = [mass::J_PSI, mass::PSI_2S].map(|mass| events(mass, "control"));
        let pooled = controls[0].concat(&controls[1]).unwrap();
        let moments = FEATURES.map(|feature| {
            let x = pooled.column(feature).unwrap();
            let mean = x.iter().sum::<f64>() / x.len() as f64;
            (mean, (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64).sqrt())
        });
        Self { controls, means: moments.map(|(mean, _)| mean), deviations: moments.map(|(_, sd)| sd) }
    }

    fn standardised(&self, sample: &Sample) -> Sample {
        Sample::from_columns(FEATURES.iter().enumerate().map(|(i, feature)| {
            let x = sample.column(feature).unwrap().iter();
            let x: Vec<f64> = x.map(|x| (x - self.means[i]) / self.deviations[i]).collect();
            (Feature::new(*feature, "1"), x)
        }))
        .unwrap()
    }

    fn simulation(&self, signal_mass: f64) -> Simulation {
        let [x, y] = &self.controls;
        let signal = events(signal_mass, "signal");
        Simulation::new(
            [("V", &signal), ("J/psi", x), ("psi(2S)", y)].map(|(n, s)| (n, self.standardised(s))),
        )
        .unwrap()
    }
}

fn events(mass: f64, name: &str) -> Sample {
    let seed = Seed::new(11).named(name).index((1e4 * mass) as usize);
    BranchingRatioChannel::new(mass).unwrap().sample(N_EVENTS, seed).unwrap()
}

fn question() -> Question {
    Question::new().target("V", 1.0).control("J/psi", Limit::within(0.03)).control_ratio(
        "psi(2S)",
        "J/psi",
        Limit::within(0.01),
    )
}

fn up(params: BinnedBoundParams, simulation: &Simulation) -> f64 {
    100.0 * params.check().unwrap().of(&question(), simulation, Direction::Up).unwrap().bias
}

/// Tolerances are three times the scatter of samples of this size.
#[test]
fn the_bound_in_sixteen_directions_is_that_of_scipy() {
    let benchmark = Benchmark::new();
    for (signal_mass, expected, tolerance) in [(4.5, 11.7, 0.3), (4.0, 6.05, 0.2), (0.5, 5.4, 0.2)] {
        let found =
            up(BinnedBound::params().range(-3.2, 3.2).lipschitz(0.1), &benchmark.simulation(signal_mass));
        println!("m_V = {signal_mass}: {found:.3} %");
        assert!((found - expected).abs() < tolerance, "m_V = {signal_mass}: {found} % and not {expected} %");
    }
}

#[test]
fn the_bound_along_the_axes_is_least_where_the_signal_looks_like_a_control() {
    let benchmark = Benchmark::new();
    for (signal_mass, expected, tolerance) in [
        (0.5, 5.85, 0.2),
        (1.0, 5.79, 0.2),
        (2.0, 5.40, 0.2),
        (2.5, 4.59, 0.2),
        (3.0, 3.32, 0.1),
        (mass::J_PSI, 3.11, 0.1),
        (3.3, 3.57, 0.1),
        (mass::PSI_2S, 4.13, 0.1),
        (4.0, 6.40, 0.2),
        (4.5, 13.22, 0.3),
    ] {
        let params = BinnedBound::params().range(-3.2, 3.2).lipschitz(0.1).directions(Directions::Axes);
        let found = up(params, &benchmark.simulation(signal_mass));
        println!("m_V = {signal_mass}: {found:.3} %");
        assert!((found - expected).abs() < tolerance, "m_V = {signal_mass}: {found} % and not {expected} %");
    }
}
