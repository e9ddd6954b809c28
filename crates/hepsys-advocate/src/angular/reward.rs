/// The χ²/N below which the anomaly counts as explained.
pub const EXPLAINED_BELOW: f64 = 0.1;

/// The reward of a χ²/N, $x$: $0.01 \times \\{-x$ above 3, $-x + 10\\,(3 - x)$ from 0.1 to 3, $10^3$ below 0.1$\\}$.
///
/// ```
/// use hepsys_advocate::angular::reward;
/// assert_eq!(reward(4.0), -0.04);
/// assert_eq!(reward(0.05), 10.0);
/// ```
///
/// # References
///
/// Golutvin et al., the reward of the reinforcement-learning approach shown with `golutvin2023`.
#[must_use]
pub fn reward(chi_squared_per_n: f64) -> f64 {
    let x = chi_squared_per_n;
    0.01 * if x > 3.0 {
        -x
    } else if x >= EXPLAINED_BELOW {
        -x + 10.0 * (3.0 - x)
    } else if x < EXPLAINED_BELOW {
        1e3
    } else {
        // Not a number: no efficiency.
        f64::NEG_INFINITY
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hepsys_sim::AngularObservables;

    #[test]
    fn the_reward_is_that_of_the_definition() {
        let next_up = f64::next_up;
        let cases = [
            (3.0, -0.03),
            (next_up(3.0), -0.03),
            (3.5, -0.035),
            (2.0, 0.08),
            (0.1, 0.289),
            (f64::next_down(0.1), 10.0),
            (0.0, 10.0),
        ];
        for (x, expected) in cases {
            assert!((reward(x) - expected).abs() < 1e-15, "{x}: {}", reward(x));
        }
        assert_eq!(reward(f64::NAN), f64::NEG_INFINITY);
    }

    #[test]
    fn less_chi_squared_is_never_worse() {
        let rewards: Vec<f64> = (0..600).rev().map(|i| reward(0.01 * f64::from(i))).collect();
        assert!(rewards.is_sorted());
    }

    #[test]
    fn the_start_is_that_of_the_benchmark() {
        let x = AngularObservables::STANDARD_MODEL
            .chi_squared(&AngularObservables::ANOMALY, &AngularObservables::UNCERTAINTIES)
            / 8.0;
        assert!((x - 4.851).abs() < 5e-4, "{x}");
        assert!((reward(x) + 0.04851).abs() < 5e-6);
    }
}
