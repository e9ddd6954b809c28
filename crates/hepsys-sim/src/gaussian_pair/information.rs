use super::templates::Grid;
use super::{Class, GaussianPair, dot};

impl GaussianPair {
    /// The Fisher information of all events about $(\mu, z)$, without the constraint of $z$.
    ///
    /// $$ I_{ij} = \int \frac{\partial_i \lambda\,\partial_j \lambda}{\lambda}\\,d^2x, \qquad
    ///    \lambda(x) = \mu\\,S\\,p_S(x|z) + B\\,p_B(x|z) $$
    ///
    /// No unbiased estimate of μ has a smaller variance than $(I^{-1})_{00}$ where $z$ is profiled,
    /// and $1/I_{00}$ where it is known.
    /// An auxiliary measurement of $z$ adds $1/\sigma_z^2$ to $I_{11}$.
    ///
    /// The integral is a sum over the grid of [`ExactTemplates`](super::ExactTemplates); its range applies.
    ///
    /// ```
    /// use hepsys_sim::GaussianPair;
    /// let toy = GaussianPair::rotation();
    /// let information = toy.fisher_information(1.0, toy.nominal(), 500.0, 50_000.0);
    /// assert_eq!(format!("{:.4}", 1.0 / information[0][0].sqrt()), "0.0676");
    /// ```
    #[must_use]
    pub fn fisher_information(&self, mu: f64, z: f64, n_signal: f64, n_background: f64) -> [[f64; 2]; 2] {
        let variance = self.sigma * self.sigma;
        let (centre, slope) = (self.centre(z), self.centre_slope(z));
        let derivative = |class: Class, x: [f64; 2], density: f64| {
            let from_centre = [0, 1].map(|i| class.sign() * x[i] - centre[i]);
            density * dot(from_centre, slope) / variance
        };
        let mut sums = [0.0; 3];
        for x in Grid::points() {
            let signal = self.density(Class::Signal, x, z);
            let background = self.density(Class::Background, x, z);
            let expected = mu * n_signal * signal + n_background * background;
            // Where nothing is expected, there is nothing to learn.
            if expected > 0.0 {
                let by_mu = n_signal * signal;
                let by_z = mu * n_signal * derivative(Class::Signal, x, signal)
                    + n_background * derivative(Class::Background, x, background);
                let terms = [by_mu * by_mu, by_mu * by_z, by_z * by_z];
                for (sum, term) in sums.iter_mut().zip(terms) {
                    *sum += term / expected * Grid::AREA;
                }
            }
        }
        [[sums[0], sums[1]], [sums[1], sums[2]]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_on_the_signal_strength_is_the_published_toy_s() {
        // Computed independently with another grid (900 points over ±4.8).
        for (mu, expected) in [(1.0, 0.0676), (2.0, 0.0877)] {
            let toy = GaussianPair::rotation();
            let information = toy.fisher_information(mu, toy.nominal(), 500.0, 50_000.0);
            let constrained = information[1][1] + toy.uncertainty().powi(-2);
            let determinant = information[0][0] * constrained - information[0][1] * information[1][0];
            let width = (constrained / determinant).sqrt();
            // The digits of the reference.
            assert!((width - expected).abs() < 1e-4, "{width}");
        }
    }

    #[test]
    fn information_about_the_background_alone_is_that_of_a_gaussian() {
        for toy in [GaussianPair::rotation(), GaussianPair::stretch()] {
            let information = toy.fisher_information(0.0, toy.nominal(), 500.0, 50_000.0);
            // Both centres move by one unit of length a unit of z: B/σ².
            // The tails beyond the grid, 4.9 - 1 = 5.6 standard deviations away, hold less than 1e-6.
            assert!((information[1][1] / (50_000.0 / 0.49) - 1.0).abs() < 1e-6);
        }
    }
}
