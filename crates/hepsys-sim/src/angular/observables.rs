/// The eight coefficients of the angular distribution of $B^0 \to K^{*0}\mu\mu$ for massless muons.
///
/// ```
/// use hepsys_sim::AngularObservables;
///
/// let [expected, seen] = [AngularObservables::STANDARD_MODEL, AngularObservables::ANOMALY];
/// assert_eq!(format!("{:.3} {:.3}", expected.p5_prime(), seen.p5_prime()), "-0.760 -0.436");
/// assert_eq!(AngularObservables::NAMES[4], "A_FB");
/// assert_eq!(expected.to_array()[4], expected.a_fb);
/// // How far apart the two are, per coefficient.
/// let chi_squared = expected.chi_squared(&seen, &AngularObservables::UNCERTAINTIES);
/// assert_eq!(format!("{:.3}", chi_squared / 8.0), "4.851");
/// ```
///
/// # References
///
/// `lhcb2016` for the coefficients; the values of the benchmark are round numbers for $q^2$ in [4, 6] GeV² in the manner of
/// `lhcb2020`, and measurements of nobody.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct AngularObservables {
    /// $F_L$, the fraction of longitudinally polarised $K^{*0}$.
    pub f_l: f64,
    /// $S_3$.
    pub s3: f64,
    /// $S_4$.
    pub s4: f64,
    /// $S_5$.
    pub s5: f64,
    /// $A_{FB}$, the forward-backward asymmetry of the muons.
    pub a_fb: f64,
    /// $S_7$.
    pub s7: f64,
    /// $S_8$.
    pub s8: f64,
    /// $S_9$.
    pub s9: f64,
}

impl AngularObservables {
    /// The names, in the order of [`to_array`](Self::to_array).
    pub const NAMES: [&str; 8] = ["F_L", "S_3", "S_4", "S_5", "A_FB", "S_7", "S_8", "S_9"];

    /// The expectation of the benchmark.
    pub const STANDARD_MODEL: Self = Self::from_array([0.77, -0.01, -0.22, -0.32, 0.12, 0.0, 0.0, 0.0]);

    /// The anomalous data of the benchmark.
    pub const ANOMALY: Self = Self::from_array([0.70, 0.01, -0.22, -0.20, 0.02, 0.0, 0.0, 0.0]);

    /// The uncertainties of the anomalous data.
    pub const UNCERTAINTIES: Self = Self::from_array([0.028, 0.03, 0.04, 0.045, 0.02, 0.04, 0.04, 0.03]);

    /// The control channel $B^0 \to J/\psi\\,K^{*0}$ of the benchmark.
    pub const J_PSI_K_STAR: Self = Self::from_array([0.572, -0.013, -0.250, 0.0, 0.0, 0.0, -0.048, -0.084]);

    /// The coefficients from their values, in the order of [`NAMES`](Self::NAMES).
    #[must_use]
    pub const fn from_array([f_l, s3, s4, s5, a_fb, s7, s8, s9]: [f64; 8]) -> Self {
        Self { f_l, s3, s4, s5, a_fb, s7, s8, s9 }
    }

    /// Their values, in the order of [`NAMES`](Self::NAMES).
    #[must_use]
    pub const fn to_array(self) -> [f64; 8] {
        [self.f_l, self.s3, self.s4, self.s5, self.a_fb, self.s7, self.s8, self.s9]
    }

    /// $P_5' = S_5/\sqrt{F_L (1 - F_L)}$; NaN unless $F_L$ is between zero and one.
    #[must_use]
    pub fn p5_prime(&self) -> f64 {
        self.s5 / (self.f_l * (1.0 - self.f_l)).sqrt()
    }

    /// The sum of the squares of the differences to `measured`, each over its uncertainty; correlations count as zero.
    #[must_use]
    pub fn chi_squared(&self, measured: &Self, uncertainties: &Self) -> f64 {
        let [a, b, sigma] = [self.to_array(), measured.to_array(), uncertainties.to_array()];
        (0..8).map(|i| ((a[i] - b[i]) / sigma[i]).powi(2)).sum()
    }
}

impl From<[f64; 8]> for AngularObservables {
    fn from(values: [f64; 8]) -> Self {
        Self::from_array(values)
    }
}

impl From<AngularObservables> for [f64; 8] {
    fn from(observables: AngularObservables) -> Self {
        observables.to_array()
    }
}
