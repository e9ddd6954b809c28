use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use crate::Rotation;

/// Energy and momentum of a particle in GeV, with c = 1.
///
/// ```
/// use hepsys_sim::{FourMomentum, mass};
///
/// let muon = FourMomentum::from_pt_eta_phi_mass(20.0, 2.5, 0.3, mass::MUON);
/// let antimuon = FourMomentum::from_pt_eta_phi_mass(25.0, 2.0, -2.1, mass::MUON);
/// let pair = muon + antimuon;
/// assert_eq!(format!("{:.3}", pair.mass()), "43.186");
/// // Seen from the pair, the muons fly back to back.
/// let (a, b) = (muon.in_rest_frame_of(&pair), antimuon.in_rest_frame_of(&pair));
/// assert!((a + b).p() < 1e-9);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FourMomentum {
    /// The energy.
    pub e: f64,
    /// The momentum along x.
    pub px: f64,
    /// The momentum along y.
    pub py: f64,
    /// The momentum along z, the beam.
    pub pz: f64,
}

impl FourMomentum {
    /// A particle with this mass and these components of its momentum, on its mass shell.
    #[must_use]
    pub fn of_mass(mass: f64, px: f64, py: f64, pz: f64) -> Self {
        Self { e: (mass * mass + px * px + py * py + pz * pz).sqrt(), px, py, pz }
    }

    /// A particle with this mass, at rest.
    #[must_use]
    pub fn at_rest(mass: f64) -> Self {
        Self { e: mass, px: 0.0, py: 0.0, pz: 0.0 }
    }

    /// A particle with this transverse momentum, pseudorapidity, azimuth in radians and mass.
    #[must_use]
    pub fn from_pt_eta_phi_mass(pt: f64, eta: f64, phi: f64, mass: f64) -> Self {
        let (sin, cos) = phi.sin_cos();
        Self::of_mass(mass, pt * cos, pt * sin, pt * eta.sinh())
    }

    /// The mass squared, $E^2 - p^2$, in GeV².
    #[must_use]
    pub fn mass_squared(&self) -> f64 {
        let p = self.p();
        // Factored: the difference of two squares would lose the mass of a fast particle twice.
        (self.e - p) * (self.e + p)
    }

    /// The mass; zero where rounding, or a space-like momentum, makes its square negative.
    #[must_use]
    pub fn mass(&self) -> f64 {
        self.mass_squared().max(0.0).sqrt()
    }

    /// The momentum.
    #[must_use]
    pub fn p(&self) -> f64 {
        (self.px * self.px + self.py * self.py + self.pz * self.pz).sqrt()
    }

    /// The components of the momentum.
    #[must_use]
    pub fn momentum(&self) -> [f64; 3] {
        [self.px, self.py, self.pz]
    }

    /// The transverse momentum.
    #[must_use]
    pub fn pt(&self) -> f64 {
        (self.px * self.px + self.py * self.py).sqrt()
    }

    /// The pseudorapidity; infinite along the beam, and NaN at rest.
    #[must_use]
    pub fn eta(&self) -> f64 {
        (self.pz / self.pt()).asinh()
    }

    /// The azimuth in radians, in (−π, π].
    #[must_use]
    pub fn phi(&self) -> f64 {
        self.py.atan2(self.px)
    }

    /// The velocity $\vec p / E$; NaN for a momentum of no energy.
    #[must_use]
    pub fn velocity(&self) -> [f64; 3] {
        [self.px / self.e, self.py / self.e, self.pz / self.e]
    }

    /// The angle between two momenta in radians, in [0, π]; accurate for parallel momenta too, zero where one is at rest.
    ///
    /// ```
    /// use hepsys_sim::FourMomentum;
    /// let along = FourMomentum::of_mass(0.0, 1.0, 0.0, 0.0);
    /// let nearly = FourMomentum::of_mass(0.0, 1.0, 1e-9, 0.0);
    /// assert!((along.angle_to(&nearly) - 1e-9).abs() < 1e-20);
    /// ```
    #[must_use]
    pub fn angle_to(&self, other: &Self) -> f64 {
        let [x, y, z] = cross(self.momentum(), other.momentum());
        x.hypot(y).hypot(z).atan2(dot(self.momentum(), other.momentum()))
    }

    /// The momentum in a frame in which what was at rest moves with this velocity, whose square must be below one.
    ///
    /// NaN for a velocity of one or more.
    /// To and from the rest frame of a particle, [`from_rest_frame_of`](Self::from_rest_frame_of) and
    /// [`in_rest_frame_of`](Self::in_rest_frame_of) lose fewer digits.
    #[must_use]
    pub fn boosted(&self, velocity: [f64; 3]) -> Self {
        let gamma = 1.0 / (1.0 - dot(velocity, velocity)).sqrt();
        let along = dot(velocity, self.momentum());
        // (γ − 1)/β² = γ²/(γ + 1) needs no velocity to divide by.
        let factor = gamma * (gamma / (gamma + 1.0) * along + self.e);
        let [x, y, z] = velocity;
        Self {
            e: gamma * (self.e + along),
            px: self.px + factor * x,
            py: self.py + factor * y,
            pz: self.pz + factor * z,
        }
    }

    /// A momentum given in the rest frame of `parent`, seen from where `parent` has its momentum.
    ///
    /// `parent` needs a mass.
    #[must_use]
    pub fn from_rest_frame_of(&self, parent: &Self) -> Self {
        self.boosted_by(parent.e, parent.momentum(), parent.mass())
    }

    /// The momentum as `parent` sees it.
    ///
    /// `parent` needs a mass.
    #[must_use]
    pub fn in_rest_frame_of(&self, parent: &Self) -> Self {
        self.boosted_by(parent.e, [-parent.px, -parent.py, -parent.pz], parent.mass())
    }

    /// The boost that gives a particle of this mass at rest this energy and momentum.
    #[inline]
    pub(crate) fn boosted_by(&self, energy: f64, [x, y, z]: [f64; 3], mass: f64) -> Self {
        let along = x * self.px + y * self.py + z * self.pz;
        let e = (energy * self.e + along) / mass;
        let factor = (self.e + e) / (energy + mass);
        Self { e, px: self.px + factor * x, py: self.py + factor * y, pz: self.pz + factor * z }
    }

    /// The momentum turned by a rotation.
    #[must_use]
    pub fn rotated(&self, rotation: &Rotation) -> Self {
        let [px, py, pz] = rotation.apply(self.momentum());
        Self { e: self.e, px, py, pz }
    }

    /// The particle of the same mass and direction with its momentum times `factor`.
    ///
    /// ```
    /// use hepsys_sim::{FourMomentum, mass};
    /// let muon = FourMomentum::of_mass(mass::MUON, 3.0, 0.0, 4.0).with_momentum_scaled(1.01);
    /// assert!((muon.p() - 5.05).abs() < 1e-12 && (muon.mass() - mass::MUON).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn with_momentum_scaled(&self, factor: f64) -> Self {
        Self::of_mass(self.mass(), factor * self.px, factor * self.py, factor * self.pz)
    }
}

impl Add for FourMomentum {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { e: self.e + other.e, px: self.px + other.px, py: self.py + other.py, pz: self.pz + other.pz }
    }
}

impl AddAssign for FourMomentum {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Neg for FourMomentum {
    type Output = Self;

    fn neg(self) -> Self {
        Self { e: -self.e, px: -self.px, py: -self.py, pz: -self.pz }
    }
}

impl Sub for FourMomentum {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Sum for FourMomentum {
    fn sum<I: Iterator<Item = Self>>(momenta: I) -> Self {
        momenta.fold(Self::default(), Add::add)
    }
}

pub(crate) fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(crate) fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn momentum() -> impl Strategy<Value = FourMomentum> {
        (0.1..10.0_f64, -20.0..20.0_f64, -20.0..20.0_f64, -20.0..20.0_f64)
            .prop_map(|(mass, px, py, pz)| FourMomentum::of_mass(mass, px, py, pz))
    }

    fn distance(a: FourMomentum, b: FourMomentum) -> f64 {
        let d = a - b;
        d.e.abs().max(d.p())
    }

    // Energies go up to 40 GeV, and γ to 400: rounding times γ² is 1e-10.
    const TOLERANCE: f64 = 1e-8;

    proptest! {
        #[test]
        fn a_boost_keeps_the_mass_and_its_inverse_undoes_it(k in momentum(), parent in momentum()) {
            let boosted = k.from_rest_frame_of(&parent);
            prop_assert!((boosted.mass_squared() - k.mass_squared()).abs() < 1e-6 * boosted.e);
            prop_assert!(distance(boosted.in_rest_frame_of(&parent), k) < TOLERANCE * boosted.e);
        }

        #[test]
        fn both_ways_to_boost_agree(k in momentum(), parent in momentum()) {
            let boosted = k.from_rest_frame_of(&parent);
            prop_assert!(distance(boosted, k.boosted(parent.velocity())) < TOLERANCE * boosted.e);
        }

        #[test]
        fn coordinates_come_back(pt in 0.1..50.0_f64, eta in -5.0..5.0_f64, phi in -3.1..3.1_f64, mass in 0.1..5.0_f64) {
            let k = FourMomentum::from_pt_eta_phi_mass(pt, eta, phi, mass);
            prop_assert!((k.pt() / pt - 1.0).abs() < 1e-12 && (k.eta() - eta).abs() < 1e-12);
            // The mass is what is left of energies up to 4000 GeV.
            prop_assert!((k.phi() - phi).abs() < 1e-12 && (k.mass_squared() - mass * mass).abs() < 1e-14 * k.e * k.e);
        }

        #[test]
        fn the_invariant_product_is_the_same_in_every_frame(a in momentum(), b in momentum(), parent in momentum()) {
            let (c, d) = (a.from_rest_frame_of(&parent), b.from_rest_frame_of(&parent));
            let difference = (c + d).mass_squared() - (a + b).mass_squared();
            prop_assert!(difference.abs() < 1e-13 * (c.e + d.e) * (c.e + d.e));
        }
    }

    #[test]
    fn a_particle_at_rest_takes_the_momentum_of_its_frame() {
        let parent = FourMomentum::of_mass(2.0, 3.0, -4.0, 12.0);
        assert!(distance(FourMomentum::at_rest(2.0).from_rest_frame_of(&parent), parent) < 1e-14);
        assert!(parent.in_rest_frame_of(&parent).p() < 1e-13);
    }
}
