use hepsys_core::summary::{Axis, Figure, Layer, Role, Summary, Table};
use hepsys_core::{Binning, Region, Sample, Template, Variation};
use nalgebra::{DMatrix, DVector};

use crate::{NplmError, TaylorExpansion};

/// The highest order that is studied.
const MAX_ORDER: usize = 3;

/// How many bins are drawn.
const DRAWN_BINS: usize = 3;

/// Which order of the Taylor expansion is enough? Seen in bins of one variable, before any network is trained.
///
/// In each bin $\log n(\nu)/n(0)$ is fitted by polynomials in ν of first, second and third order.
/// What an order misses is counted as data would see it: $\sum_\text{bins} n(0)\\, [\log r_\text{fit} - \log r]^2$ is about the χ²
/// by which data of that ν contradict the expansion, and the $t$ that they gain from it.
#[derive(Debug, Clone, PartialEq)]
pub struct TaylorStudy {
    variable: String,
    binning: Binning,
    /// In units of σ.
    values: Vec<f64>,
    /// Yields as expected in the data.
    nominal: Template,
    /// `[values][bins]`; `None` where nothing is expected.
    log_ratios: Vec<Vec<Option<f64>>>,
    /// `[orders][bins][order]`, in units of σ power by power.
    coefficients: Vec<Vec<Vec<f64>>>,
}

impl TaylorStudy {
    /// Bins `variable` of the sample and of its variations, after the selection; the yields are scaled so that
    /// `expected_events` pass it nominally.
    ///
    /// `values` are those of ν, in units of its σ: four or more, on both sides of zero.
    ///
    /// # Errors
    ///
    /// If there are fewer than four different values, none on one side of zero, one of them zero or not finite, the sample lacks a feature, or nothing passes.
    pub fn new(
        sample: &Sample,
        variation: &dyn Variation,
        selection: &Region,
        (variable, binning): (&str, &Binning),
        values: &[f64],
        expected_events: f64,
    ) -> Result<Self, NplmError> {
        let mut different = values.to_vec();
        different.sort_by(f64::total_cmp);
        different.dedup();
        let has_sign = |sign: f64| values.iter().any(|v| v * sign > 0.0);
        let is_usable = values.iter().all(|v| *v != 0.0 && v.is_finite()) && has_sign(1.0) && has_sign(-1.0);
        if different.len() <= MAX_ORDER || !is_usable {
            return Err(NplmError::BadParameter {
                name: "the values of ν to study".into(),
                expected: format!("{} or more different ones on both sides of zero, finite", MAX_ORDER + 1),
                value: format!("{values:?}"),
            });
        }
        let passing = sample.select(selection)?;
        let total = passing.weights().total();
        if passing.n_events() == 0 || total <= 0.0 {
            return Err(NplmError::Empty("selected sample".into()));
        }
        let fill = |sample: &Sample| binning.fill(variable, sample.column(variable)?, sample.weights());
        let scale = expected_events / total;
        let nominal = fill(&passing.scaled_to(expected_events)?)?;
        let sigma = variation.nuisance().sigma().unwrap_or(1.0);
        let mut log_ratios = Vec::with_capacity(values.len());
        for value in values {
            let varied = fill(&variation.vary(sample, value * sigma)?.select(selection)?)?;
            let pairs = varied.yields().iter().zip(nominal.yields());
            let log_ratio = |(v, n): (&f64, &f64)| (*v > 0.0 && *n > 0.0).then(|| (v * scale / n).ln());
            log_ratios.push(pairs.map(log_ratio).collect::<Vec<_>>());
        }
        let coefficients = (1..=MAX_ORDER)
            .map(|order| {
                (0..nominal.yields().len()).map(|bin| fit(order, bin, values, &log_ratios)).collect()
            })
            .collect();
        Ok(Self {
            variable: variable.to_owned(),
            binning: binning.clone(),
            values: values.to_vec(),
            nominal,
            log_ratios,
            coefficients,
        })
    }

    /// What the expansion of this order misses at each value of ν, $\sum n\\,[\log r_\text{fit} - \log r]^2$; a bin that the
    /// variation empties counts with $2 n\\, r_\text{fit}$.
    ///
    /// # Panics
    ///
    /// Unless the order is 1, 2 or 3.
    #[must_use]
    pub fn missed(&self, order: usize) -> Vec<f64> {
        let bins = &self.coefficients[order - 1];
        let at = |(value, ratios): (&f64, &Vec<Option<f64>>)| {
            let terms = bins.iter().zip(ratios).zip(self.nominal.yields());
            let missed = |((c, ratio), n): ((&Vec<f64>, &Option<f64>), &f64)| {
                let fitted = polynomial(c, *value);
                match ratio {
                    Some(ratio) => n * (fitted - ratio).powi(2),
                    // The variation empties the bin, where the expansion expects events: -2 ln of their absence.
                    None => 2.0 * n * fitted.exp(),
                }
            };
            terms.map(missed).sum()
        };
        self.values.iter().zip(&self.log_ratios).map(at).collect()
    }

    /// The lowest order that misses no more than `limit` at any value within `sigmas` of zero; `None` if the third misses more.
    #[must_use]
    pub fn sufficient_order(&self, limit: f64, sigmas: f64) -> Option<usize> {
        let is_inside = |value: &f64| value.abs() <= sigmas * (1.0 + 1e-12);
        (1..=MAX_ORDER).find(|&order| {
            let missed = self.missed(order);
            self.values.iter().zip(missed).filter(|(value, _)| is_inside(value)).all(|(_, m)| m <= limit)
        })
    }

    /// The ratio against ν in the bins that change most, with the fits.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let n_bins = self.nominal.yields().len();
        let mut bins: Vec<usize> =
            (0..n_bins).filter(|&bin| self.log_ratios.iter().all(|r| r[bin].is_some())).collect();
        let size = |bin: usize| {
            let n = self.nominal.yields()[bin];
            self.log_ratios.iter().filter_map(|r| r[bin]).map(|r| n * r * r).sum::<f64>()
        };
        bins.sort_by(|&a, &b| size(b).total_cmp(&size(a)));
        bins.truncate(DRAWN_BINS);
        let mut figure = Figure::new(
            "taylor-orders",
            "log n(ν)/n(0) in the bins that show the nuisance parameter best (points), with polynomials of first order (dashed) \
             and of second order (lines).",
            Axis::new("ν", "σ"),
            Axis::new("log n(ν)/n(0)", ""),
        );
        let (low, high) = self.values.iter().fold((0.0, 0.0), |(l, h), v| (f64::min(l, *v), f64::max(h, *v)));
        let grid: Vec<f64> = (0..=60).map(|i| low + (high - low) * f64::from(i) / 60.0).collect();
        for (bin, role) in bins.into_iter().zip([Role::Fit, Role::Signal, Role::Reference]) {
            let edges = &self.binning.edges()[bin..bin + 2];
            let label = format!("{} in {}–{}", self.variable, short(edges[0]), short(edges[1]));
            for (order, is_dashed) in [(1, true), (2, false)] {
                let c = &self.coefficients[order - 1][bin];
                figure = figure.layer(Layer::Curve {
                    label: String::new(),
                    role,
                    x: grid.clone(),
                    y: grid.iter().map(|&v| polynomial(c, v)).collect(),
                    is_dashed,
                });
            }
            figure = figure.layer(Layer::Points {
                label,
                role,
                x: self.values.clone(),
                y: self.log_ratios.iter().filter_map(|r| r[bin]).collect(),
                y_errors: Vec::new(),
                x_errors: Vec::new(),
            });
        }
        figure
    }

    /// What each order misses, and the figure.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut table = Table::new(
            format!(
                "What the expansion of log n(ν)/n(0) misses in {} bins of {}: about the t that data of this ν gain from it.",
                self.nominal.yields().len(),
                self.variable
            ),
            ["ν/σ", "first order", "second order", "third order"],
        );
        let missed: Vec<Vec<f64>> = (1..=MAX_ORDER).map(|order| self.missed(order)).collect();
        for (index, value) in self.values.iter().enumerate() {
            let cells = missed.iter().map(|m| format!("{:.3}", m[index]));
            table = table.row([format!("{value:+}")].into_iter().chain(cells).collect::<Vec<_>>());
        }
        Summary::new("Which order of the Taylor expansion is enough").table(table).figure(self.figure())
    }
}

/// With four digits, the places before the decimal point among them.
fn short(value: f64) -> String {
    let before = value.abs().log10().floor().max(0.0);
    format!("{value:.*}", (3.0 - before).max(0.0) as usize)
}

/// $c_1 \nu + c_2 \nu^2 + \dots$
fn polynomial(coefficients: &[f64], value: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| (sum + c) * value)
}

/// The least-squares polynomial through zero of one bin; zeros where nothing is expected.
fn fit(order: usize, bin: usize, values: &[f64], log_ratios: &[Vec<Option<f64>>]) -> Vec<f64> {
    let points: Vec<(f64, f64)> =
        values.iter().zip(log_ratios).filter_map(|(&value, ratios)| Some((value, ratios[bin]?))).collect();
    if points.is_empty() {
        return vec![0.0; order];
    }
    let matrix = DMatrix::from_fn(points.len(), order, |row, column| points[row].0.powi(column as i32 + 1));
    let ratios = DVector::from_iterator(points.len(), points.iter().map(|p| p.1));
    let solution = matrix.svd(true, true).solve(&ratios, 1e-12);
    solution.map_or_else(|_| vec![0.0; order], |s| s.iter().copied().collect())
}

impl TaylorExpansion {
    /// How well the expansion describes a variation at one value of ν, in bins of one variable: $n(\nu)/n(0)$ of the varied
    /// sample with its statistical error, and of the nominal one reweighted by $\hat r(x; \nu)$.
    ///
    /// `nu` is in units of the parameter itself, as in [`log_ratio`](Self::log_ratio): σ times what [`TaylorStudy`] takes.
    ///
    /// # Errors
    ///
    /// If the sample lacks a feature, or nothing passes the selection.
    pub fn quality(
        &self,
        sample: &Sample,
        variation: &dyn Variation,
        selection: &Region,
        (variable, binning): (&str, &Binning),
        nu: f64,
    ) -> Result<Figure, NplmError> {
        let fill = |sample: &Sample| binning.fill(variable, sample.column(variable)?, sample.weights());
        let passing = sample.select(selection)?;
        let nominal = fill(&passing)?;
        let varied = fill(&variation.vary(sample, nu)?.select(selection)?)?;
        let log_ratio = self.log_ratio(&passing, nu)?;
        let weights: Vec<f64> = passing.weights().iter().zip(&log_ratio).map(|(w, l)| w * l.exp()).collect();
        let learnt = fill(&passing.clone().with_weights(hepsys_core::Weights::new(weights)?)?)?;
        let filled: Vec<usize> = (0..nominal.yields().len()).filter(|&b| nominal.yields()[b] > 0.0).collect();
        let over = |template: &Template| -> Vec<f64> {
            filled.iter().map(|&b| template.yields()[b] / nominal.yields()[b]).collect()
        };
        let errors = filled.iter().map(|&b| {
            let error = varied.variances()[b].sqrt() / nominal.yields()[b];
            (error, error)
        });
        let centers = binning.centers();
        let x: Vec<f64> = filled.iter().map(|&b| centers[b]).collect();
        let sigma = variation.nuisance().sigma().unwrap_or(1.0);
        Ok(Figure::new(
            format!("taylor-quality-{}-{:.1}", if nu < 0.0 { "minus" } else { "plus" }, (nu / sigma).abs()),
            format!(
                "n(ν)/n(0) at ν = {:+.1}σ: the varied events, and the nominal ones reweighted as was learnt. The errors are those of \
                 independent samples; where both are made of the same events, most of the fluctuation cancels.",
                nu / sigma
            ),
            Axis::new(variable, ""),
            Axis::new("n(ν)/n(0)", ""),
        )
        .layer(Layer::Points {
            label: "varied".into(),
            role: Role::Data,
            x: x.clone(),
            y: over(&varied),
            y_errors: errors.collect(),
            x_errors: Vec::new(),
        })
        .layer(Layer::curve("learnt", Role::Fit, x.into_iter().zip(over(&learnt)))))
    }
}
