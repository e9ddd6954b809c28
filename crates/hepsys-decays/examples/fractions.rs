//! Branching fractions of modes that nobody measured, predicted from those of any decay table:
//! `cargo run --release -p hepsys-decays --example fractions -- particles.csv decays.dec [mother] [least fraction] [another decays.dec]`.

use std::error::Error;
use std::fs;
use std::time::Instant;

use hepsys_decays::{CrossValidation, DecayMode, DecayTable, Folds, FractionModel, ParticleTable, Seed};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [particles, decays, rest @ ..] = arguments.as_slice() else {
        return Err("usage: fractions PARTICLES DECAYS [MOTHER] [LEAST FRACTION] [OTHER DECAYS]".into());
    };
    let mother = rest.first().map_or("B+", String::as_str);
    let min_fraction: f64 = rest.get(1).map_or(Ok(1e-6), |least| least.parse())?;
    let other = rest.get(2);
    let particles = ParticleTable::from_csv(particles, &fs::read_to_string(particles)?)?;
    let table = DecayTable::parse(decays, &fs::read_to_string(decays)?, &particles)?;
    let mother = table.find(mother).ok_or("the table has no such mother")?;

    let params = FractionModel::params().check()?;
    let clock = Instant::now();
    let model = params.fit(&table)?;
    println!("fit in {:.1?}: {:?}", clock.elapsed(), model.kernel());

    for (title, folds) in [("5 random parts", Folds::Random(5, Seed::new(1))), ("parents", Folds::Parents)] {
        let clock = Instant::now();
        let validation = params.cross_validate(&table, folds)?;
        println!("\n{title}, in {:.1?}", clock.elapsed());
        print(&validation);
    }
    if let Some(other) = other {
        let other = DecayTable::parse(other, &fs::read_to_string(other)?, &particles)?;
        println!("\nmodes that only the other table has");
        print(&params.validate(&table, &other)?);
    }

    let clock = Instant::now();
    let modes = model.unmeasured_modes(&table, mother, min_fraction)?;
    println!("\n{} modes nobody measured above {min_fraction:e}, in {:.1?}", modes.len(), clock.elapsed());
    let sum = |modes: &[DecayMode]| modes.iter().map(|mode| mode.fraction.value).sum::<f64>();
    println!(
        "their fractions add up to {:.2}, those of the table to {:.2}",
        sum(&modes),
        sum(table.modes(mother))
    );
    for mode in modes.iter().take(20) {
        let factor = mode.fraction.relative_error.exp();
        println!("{:.2e} times or over {factor:.1}  {}", mode.fraction.value, table.describe(mother, mode));
    }
    let extended = model.extend(&table, &[mother], min_fraction)?;
    println!("{} modes with those that were added", extended.table.n_modes());
    Ok(())
}

fn print(validation: &CrossValidation) {
    println!("parent       modes   RMSE  of mean  mean |e|  rank corr.  < 1 σ  < 2 σ   bias");
    let mut all = vec![("all".to_owned(), validation.clone())];
    all.extend(validation.by_parent());
    for (parent, validation) in all {
        let scores = validation.scores();
        println!(
            "{parent:12} {:5}  {:5.3}    {:5.3}     {:5.3}       {:5.3}  {:5.3}  {:5.3}  {:5.2}",
            scores.n_modes,
            scores.rmse,
            validation.baseline().rmse,
            scores.mean_absolute_error,
            scores.rank_correlation,
            validation.coverage(1.0),
            validation.coverage(2.0),
            validation.bias()
        );
    }
}
