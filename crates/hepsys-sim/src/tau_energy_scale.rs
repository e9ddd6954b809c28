use hepsys_core::{CoreError, NuisanceParameter, Sample, Variation};

use crate::SimError;
use crate::higgsml::{Column, vary};
use crate::numbers::check;

/// The mass of a visible tau in GeV, unless told otherwise.
pub const DEFAULT_TAU_MASS: f64 = 0.8;

/// The energy scale of hadronic taus in the layout of the HiggsML challenge, as a nuisance parameter ν = a − 1.
///
/// $$ T \to a\\,T, \qquad \vec M \to \vec M + (1 - a)\,\vec T, \qquad a = 1 + \nu $$
///
/// with the transverse momentum $\vec T$ of the tau before the shift and the missing transverse momentum $\vec M$.
/// With the lepton's $\vec L$, these columns are computed anew where the sample has them:
///
/// | column | is |
/// | --- | --- |
/// | `PRI_tau_pt`, `PRI_met`, `PRI_met_phi` | $T$, $\lvert\vec M\rvert$ and its angle |
/// | `DER_mass_transverse_met_lep` | $\sqrt{(L + M)^2 - \lvert\vec L + \vec M\rvert^2}$ |
/// | `DER_mass_vis` | the mass of tau and lepton |
/// | `DER_sum_pt` | $T + L$ and the jets' `PRI_jet_all_pt` |
/// | `DER_pt_ratio_lep_tau` | $L / T$ |
/// | `DER_met_phi_centrality` | $(A + B)/\sqrt{A^2 + B^2}$ with $A = s \sin(\phi_M - \phi_L)$, $B = s \sin(\phi_T - \phi_M)$ and the sign $s$ of $\sin(\phi_T - \phi_L)$ |
///
/// `DER_mass_MMC` cannot be computed from the other columns and is dropped.
/// `DER_pt_h` and `DER_pt_tot` do not change, since the missing momentum takes up what the tau gains;
/// neither do angles, jets and `PRI_met_sumet`.
///
/// The nominal sample goes through the same formulas: at ν = 0 its columns are those of the file to rounding.
/// A selection such as `PRI_tau_pt > 22` comes after the shift; see [`check_coverage`](Self::check_coverage).
///
/// ```
/// use hepsys_core::{Feature, Sample, Variation};
/// use hepsys_sim::TauEnergyScale;
///
/// let event = [
///     ("PRI_tau_pt", 32.638), ("PRI_tau_eta", 1.017), ("PRI_tau_phi", 0.381),
///     ("PRI_lep_pt", 51.626), ("PRI_lep_eta", 2.273), ("PRI_lep_phi", -2.414),
///     ("PRI_met", 16.824), ("PRI_met_phi", -0.277),
///     ("PRI_jet_leading_pt", 67.435), ("PRI_jet_leading_eta", 2.15), ("PRI_jet_leading_phi", 0.444),
///     ("PRI_jet_subleading_pt", 46.062), ("PRI_jet_subleading_eta", 1.24), ("PRI_jet_subleading_phi", -2.475),
///     ("PRI_jet_all_pt", 113.497), ("DER_mass_vis", 97.827),
/// ];
/// let sample = Sample::from_columns(event.map(|(name, value)| (Feature::new(name, "GeV"), vec![value])))?;
/// let varied = TauEnergyScale::new(0.05)?.vary(&sample, -0.2)?;
/// assert_eq!(format!("{:.3}", varied.column("PRI_tau_pt")?[0]), "26.110");
/// assert_eq!(format!("{:.3}", varied.column("PRI_met")?[0]), "22.348");
/// assert_eq!(format!("{:.3}", varied.column("DER_mass_vis")?[0]), "87.506");
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
///
/// # References
///
/// `ghosh2021`, `higgsml`
#[derive(Debug, Clone, PartialEq)]
pub struct TauEnergyScale {
    nuisance: NuisanceParameter,
    tau_mass: f64,
}

impl TauEnergyScale {
    const COLUMNS: [Column; 8] = [
        Column::TauPt,
        Column::Met,
        Column::MetPhi,
        Column::TransverseMass,
        Column::VisibleMass,
        Column::SumPt,
        Column::PtRatio,
        Column::Centrality,
    ];

    /// The relative uncertainty of the scale in `ghosh2021`.
    pub const UNCERTAINTY: f64 = 0.05;

    /// The scale, known with the relative uncertainty `sigma`.
    ///
    /// # Errors
    ///
    /// [`CoreError::BadParameter`] unless `sigma` is positive and finite.
    pub fn new(sigma: f64) -> Result<Self, SimError> {
        let nuisance = NuisanceParameter::gaussian("tau energy scale", sigma)?;
        Ok(Self { nuisance, tau_mass: DEFAULT_TAU_MASS })
    }

    /// The same scale for taus of this mass in GeV, which enters `DER_mass_vis`.
    ///
    /// Zero for files whose derived columns neglect masses.
    /// Defaults to [`DEFAULT_TAU_MASS`], that of the official recipe; must be finite and not negative.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] for another mass.
    pub fn with_tau_mass(self, gev: f64) -> Result<Self, SimError> {
        check("the mass of a tau", "finite and not negative", gev, 0.0 <= gev && gev.is_finite())?;
        Ok(Self { tau_mass: gev, ..self })
    }

    /// Checks that a file holds every event that passes a cut after a shift by the factor `a`.
    ///
    /// A file with taus above `stored_cut` only has all events above `analysis_cut` (both in GeV)
    /// as long as $a \le$ `analysis_cut / stored_cut`; a smaller factor only loses events.
    ///
    /// ```
    /// use hepsys_sim::TauEnergyScale;
    /// assert!(TauEnergyScale::check_coverage(1.14, 20.0, 22.8).is_ok());
    /// let error = TauEnergyScale::check_coverage(1.14, 20.0, 22.0).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the tau energy scale must be positive and at most 1.1000, \
    ///      beyond which taus below the stored 20 GeV would pass 22 GeV, got 1.14"
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] for a larger factor, one that is not positive, or cuts that are not.
    pub fn check_coverage(a: f64, stored_cut: f64, analysis_cut: f64) -> Result<(), SimError> {
        for (name, cut) in [("the stored cut", stored_cut), ("the cut of the analysis", analysis_cut)] {
            check(name, "positive and finite", cut, 0.0 < cut && cut.is_finite())?;
        }
        let largest = analysis_cut / stored_cut;
        let expected = format!(
            "positive and at most {largest:.4}, beyond which taus below the stored {stored_cut} GeV would pass \
             {analysis_cut} GeV"
        );
        // 22.8 / 20 may round to just below 1.14.
        check("the tau energy scale", &expected, a, 0.0 < a && a <= largest * (1.0 + 1e-12))
    }
}

impl Variation for TauEnergyScale {
    fn nuisance(&self) -> &NuisanceParameter {
        &self.nuisance
    }

    fn vary(&self, sample: &Sample, value: f64) -> Result<Sample, CoreError> {
        let factor = scale(&self.nuisance, value)?;
        vary(sample, self.tau_mass, &Self::COLUMNS, |event| {
            event.add_missing(1.0 - factor, event.tau);
            event.tau.pt *= factor;
        })
    }
}

/// The factor 1 + ν of an energy scale, if it is one.
pub(crate) fn scale(nuisance: &NuisanceParameter, value: f64) -> Result<f64, CoreError> {
    if -1.0 < value && value.is_finite() {
        return Ok(1.0 + value);
    }
    Err(CoreError::BadParameter {
        name: format!("a shift of the {}", nuisance.name()),
        expected: "finite and above -1".into(),
        value,
    })
}
