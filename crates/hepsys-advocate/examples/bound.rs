//! How far could a smooth hidden efficiency bias a branching ratio, and which control measurement would help most?
//!
//! ```sh
//! cargo run --release -p hepsys-advocate --example bound
//! ```

use hepsys_advocate::{
    BinnedBound, DEFAULT_TIGHTENING, Direction, Feature, Limit, Question, Sample, Seed, Simulation,
    shadow_prices,
};
use hepsys_sim::{BranchingRatioChannel, mass};

/// Transverse momenta of the harder muon and of the kaon, in units of their spread, about 0.7 in the logarithm.
fn events(resonance_mass: f64) -> Result<Sample, Box<dyn std::error::Error>> {
    let events = BranchingRatioChannel::new(resonance_mass)?.sample(100_000, Seed::new(1).named("events"))?;
    let columns = ["log_max_pt_mu", "log_pt_k"].map(|name| Ok((name, events.column(name)?)));
    let columns: Vec<_> = columns.into_iter().collect::<Result<_, hepsys_advocate::AdvocateError>>()?;
    let scaled = |x: &[f64]| x.iter().map(|x| (x - 1.0) / 0.7).collect::<Vec<f64>>();
    Ok(Sample::from_columns(columns.into_iter().map(|(name, x)| (Feature::new(name, "1"), scaled(x))))?)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let simulation = Simulation::new([
        ("V", events(4.5)?),
        ("J/psi", events(mass::J_PSI)?),
        ("psi(2S)", events(mass::PSI_2S)?),
    ])?;
    let question = Question::new().target("V", 1.0).control("J/psi", Limit::within(0.03)).control_ratio(
        "psi(2S)",
        "J/psi",
        Limit::within(0.01),
    );
    let bound = BinnedBound::params().weight_range(0.8..=1.2).lipschitz(0.1).check()?;
    for direction in Direction::BOTH {
        let found = bound.of(&question, &simulation, direction)?;
        println!("{direction}: {:+.2} %", 100.0 * found.bias);
        let again = |question: &Question| Ok(bound.of(question, &simulation, direction)?.bias);
        for price in
            shadow_prices(&question, (found.bias, direction), &found.prices, DEFAULT_TIGHTENING, again)?
        {
            println!("    {price}");
        }
    }
    Ok(())
}
