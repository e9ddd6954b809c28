use serde::{Deserialize, Serialize};

use super::checks::Checks;
use crate::SimError;

/// The speed of light in mm/ns.
pub const SPEED_OF_LIGHT: f64 = 299.792458;

/// Layers of the calorimeter: four electromagnetic ones, then four hadronic ones.
pub const LAYERS: usize = 8;

/// Which way a muon of the beam's halo flies where it crosses the calorimeter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flight {
    /// Away from the middle of the detector: nearly as late as a particle of the collision.
    Outgoing,
    /// Towards it: before the bunches meet.
    Incoming,
}

/// The time in ns of a cluster at the radius `r` and the place `z` along the beam, both in mm, that a muon of the beam's
/// halo makes.
///
/// $$ t = -\frac{\sqrt{r^2 + z^2} \mp |z|}{c} $$
///
/// with the minus for outgoing muons, which pass z = 0 when the bunches meet; the calorimeter counts from the arrival of
/// light from the collision.
///
/// ```
/// use hepsys_sim::calorimeter_jets::{Flight, beam_induced_time};
/// assert_eq!(format!("{:.3}", beam_induced_time(3000.0, 3000.0, Flight::Outgoing)), "-4.145");
/// ```
#[must_use]
pub fn beam_induced_time(r: f64, z: f64, flight: Flight) -> f64 {
    let along = match flight {
        Flight::Outgoing => z.abs(),
        Flight::Incoming => -z.abs(),
    };
    -(r.hypot(z) - along) / SPEED_OF_LIGHT
}

/// How much later than light a particle with the velocity `beta` c comes after a `length` in mm, in ns.
///
/// $$ \Delta t = \frac{L}{c} \left(\frac{1}{\beta} - 1\right) $$
///
/// ```
/// use hepsys_sim::calorimeter_jets::delay_of_slow_particle;
/// assert_eq!(format!("{:.3}", delay_of_slow_particle(3000.0, 0.9)), "1.112");
/// ```
#[must_use]
pub fn delay_of_slow_particle(length: f64, beta: f64) -> f64 {
    length / SPEED_OF_LIGHT * (1.0 / beta - 1.0)
}

/// Where a direction crosses a layer of the calorimeter, in mm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerPosition {
    /// The distance to the beam line.
    pub r: f64,
    /// The place along the beam.
    pub z: f64,
}

impl LayerPosition {
    /// The distance to the collision in mm.
    #[must_use]
    pub fn distance(&self) -> f64 {
        self.r.hypot(self.z)
    }
}

/// Where the layers of the calorimeter are: cylinders around the beam, and discs at both ends.
///
/// ```
/// use hepsys_sim::calorimeter_jets::Calorimeter;
/// let calorimeter = Calorimeter::default();
/// assert_eq!(calorimeter.position(5, 0.0).r, 3000.0);
/// assert_eq!(calorimeter.position(0, -2.0).z, -3650.0);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Calorimeter {
    /// The radii of the cylinders in mm. Default to 1450, 1560, 1720, 1930; 2400, 3000, 3700, 3850.
    pub barrel_radii: [f64; LAYERS],
    /// The places |z| of the discs in mm. Default to 3650, 3750, 3950, 4200; 4450, 5000, 5600, 5950.
    pub endcap_places: [f64; LAYERS],
    /// Where the cylinders end and the discs begin, in |η|. Defaults to 1.4.
    pub barrel_end: f64,
}

impl Default for Calorimeter {
    fn default() -> Self {
        Self {
            barrel_radii: [1450.0, 1560.0, 1720.0, 1930.0, 2400.0, 3000.0, 3700.0, 3850.0],
            endcap_places: [3650.0, 3750.0, 3950.0, 4200.0, 4450.0, 5000.0, 5600.0, 5950.0],
            barrel_end: 1.4,
        }
    }
}

impl Calorimeter {
    /// Where the direction with the pseudorapidity `eta` crosses the layer, counted from zero.
    ///
    /// # Panics
    ///
    /// If there is no such layer.
    #[must_use]
    pub fn position(&self, layer: usize, eta: f64) -> LayerPosition {
        let sinh = eta.sinh();
        if !self.is_endcap(eta) {
            let r = self.barrel_radii[layer];
            LayerPosition { r, z: r * sinh }
        } else {
            let z = self.endcap_places[layer];
            LayerPosition { r: z / sinh.abs(), z: z.copysign(eta) }
        }
    }

    /// Whether the direction with the pseudorapidity `eta` crosses discs rather than cylinders.
    #[must_use]
    pub fn is_endcap(&self, eta: f64) -> bool {
        eta.abs() >= self.barrel_end
    }

    /// Where that direction crosses each layer.
    #[must_use]
    pub fn positions(&self, eta: f64) -> [LayerPosition; LAYERS] {
        std::array::from_fn(|layer| self.position(layer, eta))
    }

    pub(super) fn check(&self) -> Result<(), SimError> {
        let of = Checks::of("the calorimeter");
        for (what, places) in
            [("the first radius", &self.barrel_radii), ("the first disc's |z|", &self.endcap_places)]
        {
            of.positive(what, places[0])?;
            for pair in places.windows(2) {
                let expected = format!("beyond the layer before, at {}, and at most 1e6", pair[0]);
                of.check("the place of a layer", &expected, pair[1], pair[0] < pair[1] && pair[1] <= 1e6)?;
            }
        }
        let end = self.barrel_end;
        of.check("the end of the barrel in |eta|", "between 0.1 and 10", end, (0.1..=10.0).contains(&end))
    }
}
