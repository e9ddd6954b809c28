use hepsys_core::Stream;
use rand_distr::{Distribution, StandardNormal};

use crate::SimError;
use crate::four_momentum::dot;
use crate::numbers::check;

/// A rotation of space.
///
/// ```
/// use hepsys_sim::Rotation;
/// let quarter = Rotation::about([0.0, 0.0, 2.0], std::f64::consts::FRAC_PI_2)?;
/// let [x, y, z] = quarter.apply([1.0, 0.0, 3.0]);
/// assert!(x.abs() < 1e-15 && (y - 1.0).abs() < 1e-15 && z == 3.0);
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rotation {
    rows: [[f64; 3]; 3],
}

impl Rotation {
    /// The rotation about an axis by an angle in radians, counter-clockwise for who looks against the axis.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] unless the axis has a positive finite length and the angle is finite.
    pub fn about(axis: [f64; 3], angle: f64) -> Result<Self, SimError> {
        let length = dot(axis, axis).sqrt();
        check("the length of an axis", "positive and finite", length, 0.0 < length && length.is_finite())?;
        check("the angle of a rotation", "finite", angle, angle.is_finite())?;
        let (sin, cos) = (0.5 * angle).sin_cos();
        Ok(Self::of_quaternion([cos, sin * axis[0] / length, sin * axis[1] / length, sin * axis[2] / length]))
    }

    /// A rotation drawn uniformly from all of them.
    #[must_use]
    pub fn random(stream: &mut Stream) -> Self {
        // Four normal numbers point anywhere on the sphere of quaternions with the same probability.
        loop {
            let q: [f64; 4] = std::array::from_fn(|_| StandardNormal.sample(stream));
            let norm = q.iter().map(|v| v * v).sum::<f64>().sqrt();
            if norm > 0.0 {
                return Self::of_quaternion(q.map(|v| v / norm));
            }
        }
    }

    fn of_quaternion([w, x, y, z]: [f64; 4]) -> Self {
        Self {
            rows: [
                [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)],
                [2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x)],
                [2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)],
            ],
        }
    }

    /// The vector, turned.
    #[must_use]
    pub fn apply(&self, vector: [f64; 3]) -> [f64; 3] {
        self.rows.map(|row| dot(row, vector))
    }
}

#[cfg(test)]
mod tests {
    use hepsys_core::Seed;

    use super::*;
    use crate::four_momentum::cross;

    #[test]
    fn a_rotation_keeps_lengths_angles_and_handedness() {
        let mut stream = Seed::new(1).named("rotations").stream();
        for _ in 0..100 {
            let rotation = Rotation::random(&mut stream);
            let [a, b] = [[1.0, 2.0, 3.0], [-0.5, 1.5, 0.2]];
            let [c, d] = [a, b].map(|v| rotation.apply(v));
            assert!((dot(a, b) - dot(c, d)).abs() < 1e-14 && (dot(a, a) - dot(c, c)).abs() < 1e-13);
            let [expected, found] = [rotation.apply(cross(a, b)), cross(c, d)];
            assert!((0..3).all(|i| (expected[i] - found[i]).abs() < 1e-13));
        }
    }

    #[test]
    fn random_rotations_send_an_axis_anywhere() {
        // Each component of a uniform direction has mean 0 and mean square 1/3, whose variance is 4/45.
        let mut stream = Seed::new(2).named("rotations").stream();
        let n = 20_000;
        for axis in [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]] {
            let (mut sum, mut squares) = ([0.0; 3], [0.0; 3]);
            for _ in 0..n {
                let v = Rotation::random(&mut stream).apply(axis);
                for i in 0..3 {
                    sum[i] += v[i];
                    squares[i] += v[i] * v[i];
                }
            }
            let n = f64::from(n);
            for i in 0..3 {
                assert!((sum[i] / n).abs() < 4.0 * (1.0 / 3.0 / n).sqrt());
                assert!((squares[i] / n - 1.0 / 3.0).abs() < 4.0 * (4.0 / 45.0 / n).sqrt());
            }
        }
    }

    #[test]
    fn an_axis_without_direction_is_refused() {
        let error = Rotation::about([0.0; 3], 1.0).unwrap_err();
        assert_eq!(error.to_string(), "the length of an axis must be positive and finite, got 0");
    }
}
