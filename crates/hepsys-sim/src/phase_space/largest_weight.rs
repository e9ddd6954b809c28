//! The largest product of two-body momenta.
//!
//! The logarithm of the momentum $q(P; m, c)$ is half the sum of the logarithms of $P - m - c$, $P + m + c$, $P - m + c$ and
//! $P + m - c$, less $\ln 2P$, and concave in $(P, m)$.
//! For along $(dP, dm)$ its second derivative is at most
//! $-a^2 - b^2 + (dP/P)^2$ with $a = (dP - dm)/(P - m)$ and $b = (dP + dm)/(P + m)$, since $1/x^2$ is convex,
//! and $dP/P$ is a weighted mean of a and b.
//! So the logarithm of $\prod q$ is concave in all masses of intermediate systems at once:
//! there is one maximum, and a tangent at any place is a bound everywhere.

use super::momentum;

/// Sweeps over the masses at most; the tangent makes up for what they leave.
const SWEEPS: usize = 100;

/// Halvings of an interval, down to rounding.
const HALVINGS: usize = 50;

/// A number that $\prod q$ never exceeds, and attains up to the rounding of the search.
pub(crate) fn largest_weight(mass: f64, daughters: &[f64]) -> f64 {
    let n = daughters.len();
    let room = mass - daughters.iter().sum::<f64>();
    // Masses of the systems of the first 1, 2, ..., n daughters, to begin with at equal steps.
    let mut system: Vec<f64> = Vec::with_capacity(n);
    let mut sum = 0.0;
    for (i, daughter) in daughters.iter().enumerate() {
        sum += daughter;
        system.push(sum + room * i as f64 / (n - 1) as f64);
    }
    system[n - 1] = mass;
    for _ in 0..SWEEPS {
        let mut largest_step: f64 = 0.0;
        for i in 1..n - 1 {
            let before = system[i];
            let (mut low, mut high) = (system[i - 1] + daughters[i], system[i + 1] - daughters[i + 1]);
            for _ in 0..HALVINGS {
                system[i] = 0.5 * (low + high);
                if slope(&system, daughters, i) > 0.0 { low = system[i] } else { high = system[i] }
            }
            largest_step = largest_step.max((system[i] - before).abs());
        }
        if largest_step <= 1e-12 * room {
            break;
        }
    }
    let product: f64 = (1..n).map(|i| momentum(system[i], system[i - 1], daughters[i])).product();
    let tangent: f64 = (1..n - 1).map(|i| slope(&system, daughters, i).abs() * room).sum();
    product * tangent.exp()
}

/// The derivative of $\ln \prod q$ with respect to the mass of the system of the first i + 1 daughters.
fn slope(system: &[f64], daughters: &[f64], i: usize) -> f64 {
    let m = system[i];
    let as_parent = {
        let (a, c) = (system[i - 1], daughters[i]);
        0.5 * (1.0 / (m - a - c) + 1.0 / (m + a + c) + 1.0 / (m - a + c) + 1.0 / (m + a - c)) - 1.0 / m
    };
    let as_daughter = {
        let (p, c) = (system[i + 1], daughters[i + 1]);
        0.5 * (-1.0 / (p - m - c) + 1.0 / (p + m + c) - 1.0 / (p - m + c) + 1.0 / (p + m - c))
    };
    as_parent + as_daughter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_massless_particles_have_the_closed_form() {
        // (m/2) (M² − m²)/(2M) is largest at m = M/√3.
        let expected = 4.0 / (6.0 * 3.0_f64.sqrt());
        let found = largest_weight(2.0, &[0.0; 3]);
        assert!((found / expected - 1.0).abs() < 1e-9, "{found}, expected {expected}");
    }

    #[test]
    fn two_particles_have_their_momentum() {
        assert_eq!(largest_weight(4.0, &[0.0, 2.0]), 1.5);
    }

    #[test]
    fn a_maximum_of_many_masses_is_one_in_each() {
        let daughters = [0.14, 0.49, 0.14, 0.94, 0.1];
        let largest = largest_weight(5.0, &daughters);
        let sums = [0.14, 0.63, 0.77, 1.71, 1.81];
        let mut best: f64 = 0.0;
        let steps = 30;
        for i in 0..=steps {
            for j in i..=steps {
                for k in j..=steps {
                    let at =
                        |n: usize, step: i32| sums[n] + (5.0 - 1.81) * f64::from(step) / f64::from(steps);
                    let system = [0.14, at(1, i), at(2, j), at(3, k), 5.0];
                    let product: f64 =
                        (1..5).map(|n| momentum(system[n], system[n - 1], daughters[n])).product();
                    best = best.max(product);
                }
            }
        }
        // The grid comes within its step squared of the maximum.
        assert!(best <= largest && 0.99 * largest < best, "{best} of {largest}");
    }
}
