use hepsys_sim::{DecayAngles, FourMomentum};
use serde::{Deserialize, Serialize};

/// What the efficiency may depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Efficiency {
    /// The decay angles: $P_i(\cos\theta_K)\\, P_j(\cos\theta_\ell) \times \\{1, \cos\phi, \sin\phi, \cos 2\phi, \sin 2\phi\\}$ with
    /// Legendre polynomials of $i, j \le 2$, without the constant: 44 coefficients.
    ///
    /// No detector is known that could do this, so an anomaly is explained easily: the benchmark for agents.
    Angles,
    /// Each particle by itself: $x, x^2 - 1, y, y^2 - 1, xy$ of $x = (\ln p_T/\text{GeV} - 0.6)/0.7$ and $y = (\eta - 3.5)/0.75$ of
    /// $K^+$, $\pi^-$, $\mu^+$ and $\mu^-$ in the laboratory: 20 coefficients.
    Particles,
}

impl Efficiency {
    /// How many coefficients it has.
    #[must_use]
    pub fn n_coefficients(self) -> usize {
        match self {
            Self::Angles => 44,
            Self::Particles => 20,
        }
    }
}

/// The terms of [`Efficiency::Angles`].
pub(super) fn of_angles(angles: &DecayAngles) -> Vec<f64> {
    let legendre = |x: f64| [1.0, x, 0.5 * (3.0 * x * x - 1.0)];
    let (sin, cos) = angles.phi.sin_cos();
    let turns = [1.0, cos, sin, (cos - sin) * (cos + sin), 2.0 * sin * cos];
    let mut terms = Vec::with_capacity(45);
    for x in legendre(angles.cos_k) {
        for y in legendre(angles.cos_l) {
            terms.extend(turns.map(|z| x * y * z));
        }
    }
    // Without the constant.
    terms.remove(0);
    terms
}

/// The terms of [`Efficiency::Particles`].
pub(super) fn of_particles(particles: &[FourMomentum; 4]) -> Vec<f64> {
    let of_one = |particle: &FourMomentum| {
        let (x, y) = ((particle.pt().ln() - 0.6) / 0.7, (particle.eta() - 3.5) / 0.75);
        [x, x * x - 1.0, y, y * y - 1.0, x * y]
    };
    particles.iter().flat_map(of_one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_terms_as_coefficients() {
        let angles = DecayAngles { cos_k: 0.5, cos_l: -0.2, phi: 1.0 };
        let terms = of_angles(&angles);
        assert_eq!(terms.len(), Efficiency::Angles.n_coefficients());
        // cos φ comes first, then the fifth is P_1(cos θ_l).
        assert!((terms[0] - 1.0_f64.cos()).abs() < 1e-15 && (terms[4] + 0.2).abs() < 1e-15);
        let particle = FourMomentum::from_pt_eta_phi_mass(0.6_f64.exp(), 3.5, 0.0, 0.1);
        let terms = of_particles(&[particle; 4]);
        assert_eq!(terms.len(), Efficiency::Particles.n_coefficients());
        assert!(terms[0].abs() < 1e-12 && (terms[1] + 1.0).abs() < 1e-12);
    }
}
