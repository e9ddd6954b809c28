//! Which weight clip? The scan for a 1-4-1 network in one dimension, 2000 events expected from e^{-x}.
//!
//! `cargo run --release -p hepsys-nplm --example model_selection -- TOYS REFERENCE_EVENTS FOLDER`
//!
//! Toys are kept in the folder: interrupted, the scan goes on where it ended.

use std::error::Error;
use std::path::PathBuf;

use hepsys_nplm::{
    Clipped, Device, Experiment, Fingerprint, LearnedTest, ModelSelection, Nplm, NplmError, NplmValidParams,
    PseudoExperiments, Run, Scaling, Seed, Truth,
};
use hepsys_sim::Exponential;

fn test(clip: f64) -> Result<NplmValidParams, NplmError> {
    Nplm::params().weight_clip(clip).clipped(Clipped::Kernels).scaling(Scaling::Unscaled).check()
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |default: &str| arguments.next().unwrap_or_else(|| default.to_owned());
    let (n_toys, n_reference): (usize, usize) = (next("100").parse()?, next("20000").parse()?);
    let folder = PathBuf::from(next("clip-scan"));
    std::fs::create_dir_all(&folder)?;
    let nominal = Exponential::new(2000.0)?;
    let asks = Fingerprint::of(&(n_toys, n_reference, env!("CARGO_PKG_VERSION")))?;
    let experiments = |clip: f64| {
        // One name for all clips: they see the same toys.
        PseudoExperiments::new("null")
            .toys(n_toys)
            .seed(Seed::new(1))
            .resume_from(folder.join(format!("clip-{clip:.6}.jsonl")), &asks)
    };
    let dof = test(1.0)?.shape(1)?.n_parameters();
    let scan = ModelSelection::new(dof, 7.0).run(experiments, |clip, toy| {
        let test = test(clip)?;
        let experiment = Experiment {
            reference: nominal.reference(n_reference, &mut toy.stream("reference"))?,
            data: nominal.data(&mut toy.stream("data"))?,
            auxiliary: Truth::nominal().measure(test.nuisances(), &mut toy.stream("auxiliary"))?,
        };
        let run = Run::on(Device::default()).seeded(toy.seed());
        let outcome = test.evaluate(&experiment, &run)?;
        println!("clip {clip:.3}, toy {}: t = {:.2}", toy.index(), outcome.t);
        Ok::<_, Box<dyn Error + Send + Sync>>(outcome.t)
    })?;
    println!("clip   mean t          median t        KS p    fitted degrees of freedom");
    for clip in scan.clips() {
        println!(
            "{:.3}  {:.2} ± {:.2}  {:.2} ± {:.2}  {:.3}  {:.1}",
            clip.weight_clip,
            clip.mean.value,
            clip.mean.uncertainty(),
            clip.median.value,
            clip.median.uncertainty(),
            clip.p_value,
            clip.fitted_degrees_of_freedom,
        );
    }
    println!("chosen: {:.3}", scan.weight_clip());
    Ok(())
}
