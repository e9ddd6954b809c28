//! Where simulated events come from.

use hepsys_core::Seed;
use hepsys_sim::{AngularDensity, KstarMuMu};

use super::sample::AngularSample;
use super::terms::{Efficiency, of_angles, of_particles};

/// Decays of known coefficients, and what is seen of them.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// The angles of all of them.
    Angles(AngularDensity),
    /// Those that a detector accepts.
    Laboratory(AngularDensity, KstarMuMu),
}

impl Source {
    /// So many events that are seen.
    pub(super) fn sample(&self, n_events: usize, seed: Seed) -> AngularSample {
        let mut stream = seed.stream();
        match self {
            Self::Angles(density) => {
                let events = (0..n_events).map(|_| {
                    let angles = density.sample_one(&mut stream);
                    (of_angles(&angles), angles.functions())
                });
                AngularSample::new(Efficiency::Angles.n_coefficients(), events)
            }
            Self::Laboratory(density, decays) => {
                let events = std::iter::repeat_with(|| {
                    let angles = density.sample_one(&mut stream);
                    let momenta = decays.decay(&angles, &mut stream);
                    decays.accepts(&momenta).then(|| (of_particles(&momenta), angles.functions()))
                });
                let seen = events.flatten().take(n_events);
                AngularSample::new(Efficiency::Particles.n_coefficients(), seen)
            }
        }
    }
}
