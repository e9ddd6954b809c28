//! One generator of many decay modes' kinematics: a [flow](hepsys_nn::flow) that knows the mode.
//!
//! A background of a search is a shape in a few features, such as mass and momentum, and every mode that can fake the
//! signal has one.
//! To simulate each in full is what a search cannot afford.
//! [`GeneratorParams`] learns the shapes of all modes from a fast simulation at once, as one density $p(x \mid \text{mode})$;
//! [`TransportParams`] moves it to the detailed simulation with a few hundred events a mode;
//! [`GeneratorValidation`] tells how far what it draws is from what was simulated.
//!
//! ```
//! use hepsys_core::{Feature, Sample, Seed};
//! use hepsys_decays::generator::{KinematicsGenerator, ModeSample};
//! use hepsys_nn::{Device, Run, Schedule, Stopping, Training};
//! use rand::RngExt;
//!
//! // Two modes whose mass lies around 1.9 and 2.1 GeV, and falls with the momentum.
//! let mut stream = Seed::new(1).stream();
//! let mut simulate = |name: &str, mass: f64| -> Result<ModeSample, Box<dyn std::error::Error>> {
//!     let p: Vec<f64> = (0..400).map(|_| 5.0 + 10.0 * stream.random::<f64>()).collect();
//!     let m: Vec<f64> = p.iter().map(|p| mass - 0.01 * p + 0.05 * stream.random::<f64>()).collect();
//!     let sample = Sample::from_columns([(Feature::new("m", "GeV"), m), (Feature::new("p", "GeV"), p)])?;
//!     Ok(ModeSample::new(name, sample)?)
//! };
//! let modes = [simulate("low", 1.9)?, simulate("high", 2.1)?];
//!
//! let run = Run::on(Device::flex()).seed(42);
//! let generator = KinematicsGenerator::params()
//!     .couplings(4)
//!     .hidden_layers([16])
//!     .training(
//!         Training::params()
//!             .batch_size(200)
//!             .learning_rate(Schedule::cosine(0.02, 0.001, 30))
//!             .stopping(Stopping::after(30)),
//!     )
//!     .check()?
//!     .fit(&modes, &run)?;
//! assert_eq!(generator.modes(), ["low", "high"]);
//! let drawn = generator.sample("high", 1000, Seed::new(7))?;
//! let mean = drawn.column("m")?.iter().sum::<f64>() / 1000.0;
//! assert!((mean - 2.025).abs() < 0.03);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod fit;
mod mode_sample;
mod model;
mod params;
mod summary;
mod training;
mod transport;
mod validation;

pub use mode_sample::ModeSample;
pub use model::KinematicsGenerator;
pub use params::{
    DEFAULT_BATCH_SIZE, DEFAULT_COUPLINGS, DEFAULT_EPOCHS, DEFAULT_HIDDEN_LAYERS, DEFAULT_LEARNING_RATE,
    GeneratorParams, GeneratorValidParams,
};
pub use summary::compare;
pub use transport::{
    DEFAULT_TRANSPORT_BATCH_SIZE, DEFAULT_TRANSPORT_EPOCHS, DEFAULT_TRANSPORT_RATE, TransportParams,
    TransportValidParams,
};
pub use validation::GeneratorValidation;
