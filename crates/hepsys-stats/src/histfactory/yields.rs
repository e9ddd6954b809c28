use super::Model;
use super::model::Channel;

impl Model {
    /// What each sample of the channel called `name` expects in each of its bins, in the order of the model; `None` without
    /// such a channel.
    #[must_use]
    pub fn sample_yields(&self, name: &str, parameters: &[f64]) -> Option<Vec<(&str, Vec<f64>)>> {
        let channel = self.channel(name)?;
        let values: Vec<f64> = channel.active.iter().map(|&p| parameters[p]).collect();
        let samples = channel.samples.iter().map(|sample| {
            let mut yields = vec![0.0; channel.bins.len()];
            sample.add_to(&values, &mut yields);
            (sample.name.as_str(), yields)
        });
        Some(samples.collect())
    }

    /// The standard deviation of the expected yield of each bin of the channel called `name`, from a covariance of all
    /// parameters, row by row: $\sigma_b^2 = \sum_{pq} \partial_p \nu_b\, V_{pq}\, \partial_q \nu_b$.
    ///
    /// `None` without such a channel.
    /// The derivatives are central differences over a hundredth of the parameters' standard deviations.
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
        let moving: Vec<usize> =
            channel.active.iter().copied().filter(|p| covariance[p * (n + 1)] > 0.0).collect();
        let slopes: Vec<Vec<f64>> = moving
            .iter()
            .map(|&p| {
                let step = 0.01 * covariance[p * (n + 1)].sqrt();
                let at = |shift: f64| {
                    let mut moved = parameters.to_vec();
                    moved[p] += shift;
                    channel.yields(&moved)
                };
                at(step).iter().zip(at(-step)).map(|(up, down)| (up - down) / (2.0 * step)).collect()
            })
            .collect();
        let variance = |bin: usize| -> f64 {
            let terms = moving.iter().zip(&slopes).flat_map(|(p, first)| {
                let others = moving.iter().zip(&slopes);
                others.map(move |(q, second)| first[bin] * covariance[p * n + q] * second[bin])
            });
            terms.sum()
        };
        // Rounding can carry a variance of zero below it.
        Some((0..channel.bins.len()).map(|bin| variance(bin).max(0.0).sqrt()).collect())
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

impl Channel {
    fn yields(&self, parameters: &[f64]) -> Vec<f64> {
        let values: Vec<f64> = self.active.iter().map(|&p| parameters[p]).collect();
        let mut yields = vec![0.0; self.bins.len()];
        for sample in &self.samples {
            sample.add_to(&values, &mut yields);
        }
        yields
    }
}
