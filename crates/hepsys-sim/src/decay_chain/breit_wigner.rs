//! Masses of resonances.

use super::Particle;

/// How many widths a mass may be away from the peak.
pub(super) const REACH: f64 = 8.0;

/// The spectrum of a resonance up to a number that does not matter: $1 / ((m - M)^2 + \Gamma^2/4)$.
#[derive(Debug, Clone, Copy)]
pub(super) struct BreitWigner {
    peak: f64,
    half_width: f64,
    /// The angle of the lightest mass, and that of the heaviest.
    low: f64,
    high: f64,
}

impl BreitWigner {
    /// The spectrum of a particle between these masses.
    pub(super) fn new(particle: &Particle, [low, high]: [f64; 2]) -> Self {
        let (peak, half_width) = (particle.mass, 0.5 * particle.width);
        let angle = |mass: f64| ((mass - peak) / half_width).atan();
        Self { peak, half_width, low: angle(low), high: angle(high) }
    }

    /// The mass below `room` at this fraction of the spectrum there, and how much of the spectrum that is.
    pub(super) fn below(&self, room: f64, fraction: f64) -> (f64, f64) {
        let high = ((room - self.peak) / self.half_width).atan().min(self.high);
        if high <= self.low {
            return (self.peak + self.half_width * self.low.tan(), 0.0);
        }
        let angle = self.low + (high - self.low) * fraction;
        (self.peak + self.half_width * angle.tan(), (high - self.low) / (self.high - self.low))
    }
}

impl Particle {
    /// Whether its mass differs from event to event where it is a daughter.
    pub(super) fn is_resonance(&self) -> bool {
        self.width > 0.0 && self.decay.is_some()
    }

    /// The lightest and the heaviest mass that it can have as a daughter, in GeV.
    pub(super) fn masses(&self) -> [f64; 2] {
        if !self.is_resonance() {
            return [self.mass; 2];
        }
        let threshold: f64 = self.daughters().iter().map(|daughter| daughter.masses()[0]).sum();
        let reach = REACH * self.width;
        [threshold.max(self.mass - reach), self.mass + reach]
    }
}
