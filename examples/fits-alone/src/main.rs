//! A limit on a signal from a workspace, with `hepsys-stats` alone: `cargo run --release -- FILE.json`.

use hepsys_stats::fit::Fitter;
use hepsys_stats::histfactory::BinnedLikelihood;
use hepsys_stats::hypothesis::Asymptotic;
use hepsys_stats::workspace::{Channel, Interpolation, Modifier, Sample, Workspace};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let workspace = match std::env::args().nth(1) {
        Some(path) => Workspace::parse(&std::fs::read_to_string(path)?)?,
        None => search(),
    };
    let (model, data) = workspace.model(None, Interpolation::default())?;
    let likelihood = BinnedLikelihood::new(&model, data);
    let poi = model.poi().ok_or("the measurement has no parameter of interest")?;
    let fitter = Fitter::default();

    let calculator = Asymptotic::new(&likelihood, fitter.clone(), poi)?;
    let fit = calculator.observed().best();
    let minos = fitter.minos(&likelihood, fit, poi)?;
    let side = |error: Option<f64>| error.map_or_else(|| "a bound".to_owned(), |e| format!("{e:+.3}"));
    let name = &model.parameters()[poi].name;
    println!("{name} = {:.3}, errors {} and {}", fit.parameters[poi], side(minos.up), side(minos.down));
    println!("Z = {:.2}", calculator.q0()?.sqrt());

    let limit = calculator.limit(0.95, model.parameters()[poi].bounds.1);
    println!("{name} < {:.3} at 95 %, {:.3} expected", limit.observed?, limit.expected[2].clone()?);
    Ok(())
}

/// A signal over a background that a control region and the shape of its uncertainty constrain.
fn search() -> Workspace {
    let background = |yields: [f64; 3], up: [f64; 3], down: [f64; 3]| {
        Sample::new("background", yields)
            .modifier(Modifier::normfactor("background"))
            .modifier(Modifier::histosys("energy scale", down, up))
    };
    let signal = Sample::new("signal", [2.0, 8.0, 3.0]).modifier(Modifier::normfactor("mu"));
    let region = Channel::new("signal region")
        .sample(signal)
        .sample(background([60.0, 40.0, 20.0], [57.0, 41.0, 22.0], [63.0, 39.0, 18.0]));
    let control =
        Channel::new("control region").sample(background([300.0, 200.0, 100.0], [285.0, 205.0, 110.0], [315.0, 195.0, 90.0]));
    Workspace::new("search", "mu")
        .channel(region, [63.0, 52.0, 21.0])
        .channel(control, [310.0, 204.0, 99.0])
}
