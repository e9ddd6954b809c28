use hepsys_nn::MlpShape;
use hepsys_nn::dense::{Columns, Dense, EventLoss, LANES, LossSums, Real};
use hepsys_stats::minimize::Objective;

use crate::NplmError;

/// The squared loss of all values of ν as a function of the networks' parameters.
pub(crate) struct TaylorObjective {
    networks: Dense<f64>,
    inputs: Columns<f64>,
    loss: TaylorLoss,
}

/// The events of $R_0$, followed by those of $R_\nu$ for each value of ν.
pub(crate) struct TaylorEvents {
    /// The networks' inputs, column by column.
    pub(crate) inputs: Vec<Vec<f64>>,
    /// The weight under $R_0$; zero for varied events.
    pub(crate) nominal_weights: Vec<f64>,
    /// The weight under $R_\nu$; zero for nominal events.
    pub(crate) varied_weights: Vec<f64>,
    /// The ν of each varied event; zero for nominal ones.
    pub(crate) nu: Vec<f64>,
    pub(crate) n_nominal: usize,
    /// All values of ν, at each of which every nominal event counts.
    pub(crate) values: Vec<f64>,
}

impl TaylorObjective {
    /// One network of this shape for each power of ν.
    pub(crate) fn new(shape: &MlpShape, order: usize, events: &TaylorEvents) -> Result<Self, NplmError> {
        Ok(Self {
            networks: Dense::together(vec![shape.clone(); order])?,
            inputs: Columns::new(events.inputs.iter().map(Vec::as_slice))?,
            loss: TaylorLoss {
                terms: Columns::new([events.nominal_weights.as_slice(), &events.varied_weights, &events.nu])?,
                n_nominal: events.n_nominal,
                values: events.values.clone(),
            },
        })
    }
}

impl Objective for TaylorObjective {
    fn n_parameters(&self) -> usize {
        self.networks.n_parameters()
    }

    fn evaluate(&self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        // Lengths were fixed when the columns were made.
        self.networks.loss_and_gradient(parameters, &self.inputs, &self.loss, gradient).unwrap_or(f64::NAN)
    }
}

/// $\sum_{\nu_i} [\sum_{S_0(\nu_i)} w\\, c^2 + \sum_{S_1} w\\, (1-c)^2]$ with $c = 1/(1 + \hat r)$.
struct TaylorLoss {
    /// The weight under R₀, the weight under R_ν, and ν.
    terms: Columns<f64>,
    n_nominal: usize,
    values: Vec<f64>,
}

impl TaylorLoss {
    /// Adds `weight · g(c)` at one value of ν, with $c = 1/(1+r)$ and g = c² (`is_varied`) or (1−c)².
    #[inline(always)]
    fn add(
        outputs: &[[f64; LANES]],
        nu: &[f64; LANES],
        weight: &[f64; LANES],
        is_varied: bool,
        derivatives: &mut [[f64; LANES]],
        loss: &mut [f64; LANES],
    ) {
        let mut log_r = [0.0; LANES];
        for f in outputs.iter().rev() {
            for l in 0..LANES {
                log_r[l] = (log_r[l] + f[l]) * nu[l];
            }
        }
        let mut slope = [0.0; LANES];
        for l in 0..LANES {
            // c = sigmoid(-log r), and dc/d log r = -c (1 - c).
            let c = (-log_r[l]).sigmoid();
            let miss = if is_varied { c } else { c - 1.0 };
            loss[l] = (weight[l] * miss).fma(miss, loss[l]);
            slope[l] = -(weight[l] * (miss + miss)) * (c * (1.0 - c));
        }
        let mut power = *nu;
        for d in derivatives.iter_mut() {
            for l in 0..LANES {
                d[l] = slope[l].fma(power[l], d[l]);
                power[l] *= nu[l];
            }
        }
    }
}

impl EventLoss<f64> for TaylorLoss {
    #[inline(always)]
    fn block(
        &self,
        block: usize,
        outputs: &[[f64; LANES]],
        derivatives: &mut [[f64; LANES]],
        sums: &mut LossSums<'_, f64>,
    ) {
        let terms = self.terms.block(block);
        let mut loss = [0.0; LANES];
        derivatives.fill([0.0; LANES]);
        // A block on the border has both kinds; the weights of the other kind are zero.
        if block * LANES < self.n_nominal {
            for &value in &self.values {
                Self::add(outputs, &[value; LANES], &terms[0], false, derivatives, &mut loss);
            }
        }
        if (block + 1) * LANES > self.n_nominal {
            Self::add(outputs, &terms[2], &terms[1], true, derivatives, &mut loss);
        }
        sums.add_loss(&loss);
    }
}
