use super::TemplateMorph;

/// A process of a [`MorphModel`](super::MorphModel): its template, fixed or morphing, and what it is multiplied with.
///
/// Its yield in bin $b$ is
/// $$ \prod_i f_i \Big( m_b(z) + \sum_j \big[ m^{(j)}_b(\zeta_j) - m^{(j)}_b(\zeta_j^0) \big] \Big) $$
/// with the parameters $f_i$ of [`times`](Self::times), the template $m$ of [`fixed`](Self::fixed) or
/// [`morphing`](Self::morphing), and the further nuisance parameters $\zeta_j$ of [`shifted`](Self::shifted).
#[derive(Debug, Clone, PartialEq)]
pub struct MorphProcess {
    pub(super) name: String,
    pub(super) base: Base,
    pub(super) shifts: Vec<Shift>,
    pub(super) factors: Vec<String>,
}

/// The template that a process begins with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Base {
    Fixed { yields: Vec<f64>, variances: Vec<f64> },
    Morphing { parameter: String, morph: TemplateMorph },
}

/// A nuisance parameter that adds to the template.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shift {
    pub(super) parameter: String,
    pub(super) morph: TemplateMorph,
    pub(super) reference: f64,
}

impl MorphProcess {
    /// A process whose yields depend on the parameter called `parameter`.
    #[must_use]
    pub fn morphing(name: impl Into<String>, parameter: impl Into<String>, morph: TemplateMorph) -> Self {
        Self::new(name.into(), Base::Morphing { parameter: parameter.into(), morph })
    }

    /// A process with these yields and variances, one a bin.
    #[must_use]
    pub fn fixed(name: impl Into<String>, yields: Vec<f64>, variances: Vec<f64>) -> Self {
        Self::new(name.into(), Base::Fixed { yields, variances })
    }

    fn new(name: String, base: Base) -> Self {
        Self { name, base, shifts: Vec::new(), factors: Vec::new() }
    }

    /// Multiplies it with the parameter called `parameter`: a strength, or a normalisation that is measured elsewhere.
    #[must_use]
    pub fn times(mut self, parameter: impl Into<String>) -> Self {
        self.factors.push(parameter.into());
        self
    }

    /// Adds what a further nuisance parameter changes, `morph` there minus `morph` at `reference`.
    ///
    /// The statistical errors stay those of the first template, which usually is made of the same events.
    #[must_use]
    pub fn shifted(mut self, parameter: impl Into<String>, morph: TemplateMorph, reference: f64) -> Self {
        self.shifts.push(Shift { parameter: parameter.into(), morph, reference });
        self
    }

    /// The process.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn n_bins(&self) -> usize {
        match &self.base {
            Base::Fixed { yields, .. } => yields.len(),
            Base::Morphing { morph, .. } => morph.n_bins(),
        }
    }

    pub(super) fn has_variance(&self, bin: usize) -> bool {
        match &self.base {
            Base::Fixed { variances, .. } => variances[bin] > 0.0,
            Base::Morphing { morph, .. } => morph.has_variance(bin),
        }
    }

    /// The morphs with the names of their parameters.
    pub(super) fn morphs(&self) -> impl Iterator<Item = (&str, &TemplateMorph)> {
        let base = match &self.base {
            Base::Fixed { .. } => None,
            Base::Morphing { parameter, morph } => Some((parameter.as_str(), morph)),
        };
        base.into_iter().chain(self.shifts.iter().map(|s| (s.parameter.as_str(), &s.morph)))
    }
}
