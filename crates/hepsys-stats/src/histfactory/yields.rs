use super::Model;
use super::channel::Channel;
use super::derivatives::Scratch;

impl Model {
    /// What each sample of the channel called `name` expects in each of its bins, in the order of the model; `None` without
    /// such a channel.
    #[must_use]
    pub fn sample_yields(&self, name: &str, parameters: &[f64]) -> Option<Vec<(&str, Vec<f64>)>> {
        let channel = self.channel(name)?;
        let mut scratch = Scratch::default();
        channel.expect(parameters, &mut scratch);
        Some(channel.samples(&mut scratch))
    }

    /// The standard deviation of the expected yield of each bin of the channel called `name`, from a covariance of all
    /// parameters, row by row: $\sigma_b^2 = \sum_{pq} \partial_p \nu_b\\, V_{pq}\\, \partial_q \nu_b$.
    ///
    /// `None` without such a channel.
    ///
    /// # Panics
    ///
    /// Unless the covariance has a row and a column for each parameter.
    #[must_use]
    pub fn yield_uncertainties(
        &self,
        name: &str,
        parameters: &[f64],
        covariance: &[f64],
    ) -> Option<Vec<f64>> {
        let n = self.parameters.len();
        assert_eq!(covariance.len(), n * n, "one row and one column for each parameter");
        let channel = self.channel(name)?;
        let mut scratch = Scratch::default();
        channel.expect(parameters, &mut scratch);
        let rows = channel.slopes(&mut scratch).chunks_exact(channel.n_columns().max(1));
        let variance = |(bin, row): (usize, &[f64])| -> f64 {
            let terms = row.iter().enumerate().flat_map(|(i, first)| {
                let p = channel.parameter(i, bin);
                let others = row.iter().enumerate();
                others.map(move |(k, second)| first * covariance[p * n + channel.parameter(k, bin)] * second)
            });
            terms.sum()
        };
        // Rounding can carry a variance of zero below it.
        let deviations: Vec<f64> = rows.enumerate().map(|row| variance(row).max(0.0).sqrt()).collect();
        // Without parameters there are no rows, and nothing is uncertain.
        Some(if deviations.is_empty() { vec![0.0; channel.bins.len()] } else { deviations })
    }

    /// The covariance that the auxiliary measurements alone give, row by row; zero for parameters without one, or fixed.
    #[must_use]
    pub fn prefit_covariance(&self) -> Vec<f64> {
        let n = self.parameters.len();
        let mut covariance = vec![0.0; n * n];
        for (p, parameter) in self.parameters.iter().enumerate().filter(|(_, p)| !p.is_fixed) {
            covariance[p * (n + 1)] = parameter.width.map_or(0.0, |width| width * width);
        }
        covariance
    }

    fn channel(&self, name: &str) -> Option<&Channel> {
        self.channels.iter().find(|c| c.name == name)
    }
}
