use crate::RlError;

/// Generalised advantages of one episode, $\hat A_t = \sum_l (\gamma\lambda)^l \delta_{t+l}$ with
/// $\delta_t = r_t + \gamma V(s_{t+1}) - V(s_t)$.
///
/// `values` are those of the observations before each step; `last` is that of the observation after the last step: zero where the
/// episode is over, the value network's where it was cut off.
///
/// ```
/// use hepsys_rl::generalized_advantages;
/// // λ = 1: what was gained beyond the value, discounted.
/// let advantages = generalized_advantages(&[1.0, 2.0], &[0.5, 0.25], 4.0, 0.5, 1.0)?;
/// assert_eq!(advantages, [1.0 + 0.5 * 2.0 + 0.25 * 4.0 - 0.5, 2.0 + 0.5 * 4.0 - 0.25]);
/// # Ok::<(), hepsys_rl::RlError>(())
/// ```
///
/// # Errors
///
/// [`RlError::LengthMismatch`] unless there are as many values as rewards.
///
/// # References
///
/// Eq. 16 of `schulman2016`.
pub fn generalized_advantages(
    rewards: &[f64],
    values: &[f64],
    last: f64,
    discount: f64,
    trace: f64,
) -> Result<Vec<f64>, RlError> {
    RlError::check_length("values of an episode", rewards.len(), values.len())?;
    let mut advantages = vec![0.0; rewards.len()];
    let (mut next, mut advantage) = (last, 0.0);
    for ((to, reward), value) in advantages.iter_mut().zip(rewards).zip(values).rev() {
        advantage = reward + discount * next - value + discount * trace * advantage;
        *to = advantage;
        next = *value;
    }
    Ok(advantages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_recursion_is_the_sum(rewards in prop::collection::vec(-2.0..2.0_f64, 1..12), trace in 0.0..1.0_f64) {
            let n = rewards.len();
            let values: Vec<f64> = (0..=n).map(|i| (i as f64).sin()).collect();
            let found = generalized_advantages(&rewards, &values[..n], values[n], 0.9, trace).unwrap();
            for (t, found) in found.iter().enumerate() {
                let delta = |i: usize| rewards[i] + 0.9 * values[i + 1] - values[i];
                let sum: f64 = (t..n).map(|i| (0.9 * trace).powi((i - t) as i32) * delta(i)).sum();
                prop_assert!((found - sum).abs() < 1e-12);
            }
        }
    }
}
