//! The energy scale of the data is not that of the simulation. New physics, or a calibration that is off?
//!
//! `cargo run --release -p hepsys-nplm --example exponential`

use std::error::Error;

use hepsys_nplm::rand::RngExt;
use hepsys_nplm::{
    Auxiliary, CoreError, Device, Feature, Nplm, NplmError, NuisanceParameter, Nuisances, Region, Run,
    Sample, Seed, TaylorParams, Variation,
};

/// Energies that fall like e^{-x}.
fn energies(n_events: usize, name: &str) -> Result<Sample, CoreError> {
    let mut stream = Seed::new(7).named(name).stream();
    let x: Vec<f64> = (0..n_events).map(|_| -(1.0 - stream.random::<f64>()).ln()).collect();
    Sample::from_columns([(Feature::new("x", "GeV"), x)])
}

/// x → x e^ν
struct EnergyScale(NuisanceParameter);

impl Variation for EnergyScale {
    fn nuisance(&self) -> &NuisanceParameter {
        &self.0
    }

    fn vary(&self, sample: &Sample, nu: f64) -> Result<Sample, CoreError> {
        let x: Vec<f64> = sample.column("x")?.iter().map(|x| x * nu.exp()).collect();
        sample.clone().with_column(Feature::new("x", "GeV"), x)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let run = Run::on(Device::default()).seed(1);
    let scale = EnergyScale(NuisanceParameter::gaussian("energy scale", 0.1)?);
    let reference = energies(20_000, "reference")?.scaled_to(2000.0)?;
    // Data whose scale is off by one standard deviation.
    let data = scale.vary(&energies(2011, "data")?, 0.1)?;

    let everything = Region::new("everything", [""; 0])?;
    let learned = TaylorParams::new().order(2).hidden_layers([4]).max_evaluations(150).learn(
        &energies(50_000, "Taylor")?,
        &scale,
        &everything,
        &run,
    )?;
    let aware = Nuisances::none().shape(scale.0.clone(), learned);

    for (title, nuisances) in [("without nuisance parameter", Nuisances::none()), ("with it", aware)] {
        let test = Nplm::params().weight_clip(9.0).nuisances(nuisances).check()?;
        let fit: Result<_, NplmError> = test.fit(&reference, &data, &Auxiliary::nominal(), &run);
        let fit = fit?;
        println!(
            "{title}: t = {:.1} = {:.1} - {:.1}, expected {} ± {:.1}",
            fit.test_statistic(),
            fit.tau(),
            fit.delta(),
            fit.degrees_of_freedom(),
            (2.0 * fit.degrees_of_freedom() as f64).sqrt()
        );
        for (name, nu) in fit.nuisances_of_the_reference() {
            println!("  {name}: {nu:.3}");
        }
    }
    Ok(())
}
