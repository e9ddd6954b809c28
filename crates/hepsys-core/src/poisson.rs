use rand_distr::{Distribution, Poisson};

use crate::{CoreError, Stream};

/// A random number of events, Poisson-distributed around `mean`.
///
/// ```
/// use hepsys_core::{Seed, poisson};
/// let n_events = poisson(9.0, &mut Seed::new(1).named("count").stream())?;
/// assert!(n_events < 30);
/// # Ok::<(), hepsys_core::CoreError>(())
/// ```
///
/// # Errors
///
/// [`CoreError::BadParameter`] unless the mean is finite and not negative.
pub fn poisson(mean: f64, stream: &mut Stream) -> Result<usize, CoreError> {
    let bad = || CoreError::BadParameter {
        name: "the mean of a number of events".into(),
        expected: "finite and not negative".into(),
        value: mean,
    };
    if mean == 0.0 {
        return Ok(0);
    }
    if !mean.is_finite() {
        return Err(bad());
    }
    Ok(Poisson::new(mean).map_err(|_| bad())?.sample(stream) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    #[test]
    fn counts_have_the_variance_of_their_mean() {
        let mut stream = Seed::new(3).stream();
        let counts: Vec<f64> = (0..4000).map(|_| poisson(25.0, &mut stream).unwrap() as f64).collect();
        let mean = counts.iter().sum::<f64>() / 4000.0;
        let variance = counts.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / 3999.0;
        // Four standard deviations: 25/sqrt(4000) = 0.08 and 25 sqrt(2/4000) = 0.56.
        assert!((mean - 25.0).abs() < 0.32, "{mean}");
        assert!((variance - 25.0).abs() < 2.3, "{variance}");
        assert_eq!(poisson(0.0, &mut stream).unwrap(), 0);
        for mean in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(poisson(mean, &mut stream).is_err());
        }
    }
}
