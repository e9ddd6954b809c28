use std::fmt;
use std::str::FromStr;

use hepsys_core::{CoreError, NuisanceParameter, Sample, Variation};
use serde::{Deserialize, Serialize};

use super::{FEATURES, MASS, Thresholds, add_invariant_mass, columns};
use crate::SimError;
use crate::numbers::check;

/// Where the barrel of the detector ends and the endcaps begin, in $|\eta|$.
pub const BARREL_END: f64 = 1.2;

/// How well the momenta of particles are known, like those of muons, electrons or taus in an experiment at the LHC.
///
/// | regime | barrel | endcap | masses above |
/// | --- | --- | --- | --- |
/// | `MuonLike` | 0.05 % | 0.15 % | 100 GeV |
/// | `ElectronLike` | 0.3 % | 0.9 % | 100 GeV |
/// | `TauLike` | 3 % | 3 % | 120 GeV |
///
/// # References
///
/// `dagnolo2021`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Regime {
    /// Hardly uncertain.
    MuonLike,
    /// Somewhat uncertain.
    ElectronLike,
    /// Very uncertain.
    TauLike,
}

impl Regime {
    /// The uncertainty of the number of events in every regime.
    pub const NORMALIZATION_UNCERTAINTY: f64 = 0.025;

    /// The relative uncertainty of momenta in the barrel, $\sigma^{(b)}$.
    #[must_use]
    pub fn barrel_uncertainty(self) -> f64 {
        match self {
            Self::MuonLike => 0.0005,
            Self::ElectronLike => 0.003,
            Self::TauLike => 0.03,
        }
    }

    /// The relative uncertainty of momenta in the endcaps, $\sigma^{(e)}$.
    #[must_use]
    pub fn endcap_uncertainty(self) -> f64 {
        match self {
            Self::MuonLike => 0.0015,
            Self::ElectronLike => 0.009,
            Self::TauLike => 0.03,
        }
    }

    /// The selection of the analysis.
    #[must_use]
    pub fn thresholds(self) -> Thresholds {
        match self {
            Self::MuonLike | Self::ElectronLike => Thresholds::ANALYSIS,
            Self::TauLike => Thresholds::HIGH_MASS,
        }
    }
}

impl fmt::Display for Regime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MuonLike => "muon-like",
            Self::ElectronLike => "electron-like",
            Self::TauLike => "tau-like",
        })
    }
}

impl FromStr for Regime {
    type Err = SimError;

    fn from_str(text: &str) -> Result<Self, SimError> {
        let regimes = [Self::MuonLike, Self::ElectronLike, Self::TauLike];
        let found = regimes.into_iter().find(|r| r.to_string() == text);
        found.ok_or_else(|| SimError::UnknownRegime(text.to_owned()))
    }
}

/// The scale of the momenta of a pair of particles as a nuisance parameter ν.
///
/// $$ p_T \to p_T \exp\!\left(\nu\,\frac{\sigma^{(b,e)}}{\sigma^{(b)}}\right) $$
///
/// with $\sigma^{(b)}$ for a particle in the barrel, $|\eta| < 1.2$, and $\sigma^{(e)}$ for one in an endcap.
/// So ν is the relative shift in the barrel, its uncertainty is $\sigma^{(b)}$, and both regions move together.
///
/// Angles stay as they are. If the second particle becomes the harder one, the two change places.
/// The column `m12` is computed anew if the sample has it; other columns that derive from the momenta are not.
/// The selection comes after the shift: [`Thresholds::region`].
///
/// ```
/// use hepsys_core::{Feature, Sample, Variation};
/// use hepsys_sim::dibody::{MomentumScale, Regime};
///
/// let pair = Sample::from_columns([
///     (Feature::new("pt1", "GeV"), vec![50.0]),
///     (Feature::new("pt2", "GeV"), vec![49.9]),
///     (Feature::new("eta1", "1"), vec![0.5]),
///     (Feature::new("eta2", "1"), vec![2.0]),
///     (Feature::new("dphi", "rad"), vec![3.0]),
/// ])?;
/// let scale = MomentumScale::new(Regime::ElectronLike)?;
/// assert_eq!(scale.nuisance().sigma(), Some(0.003));
///
/// // One standard deviation: 0.3 % in the barrel and 0.9 % in the endcap, which becomes the harder one.
/// let shifted = scale.vary(&pair, 0.003)?;
/// assert_eq!(format!("{:.2}", shifted.column("pt1")?[0]), "50.35");
/// assert_eq!(shifted.column("eta1")?, [2.0]);
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
///
/// # References
///
/// `dagnolo2021`
#[derive(Debug, Clone, PartialEq)]
pub struct MomentumScale {
    nuisance: NuisanceParameter,
    endcap_ratio: f64,
}

impl MomentumScale {
    /// The scale with the uncertainties of a regime.
    ///
    /// # Errors
    ///
    /// None for the regimes there are; those of [`with_uncertainties`](Self::with_uncertainties).
    pub fn new(regime: Regime) -> Result<Self, SimError> {
        Self::with_uncertainties(regime.barrel_uncertainty(), regime.endcap_uncertainty())
    }

    /// The scale with these relative uncertainties.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] unless both are positive and finite.
    pub fn with_uncertainties(barrel: f64, endcap: f64) -> Result<Self, SimError> {
        check(
            "the uncertainty in the endcaps",
            "positive and finite",
            endcap,
            0.0 < endcap && endcap.is_finite(),
        )?;
        let nuisance = NuisanceParameter::gaussian("momentum scale", barrel)?;
        Ok(Self { nuisance, endcap_ratio: endcap / barrel })
    }

    /// The largest ν for which no event that fails `stored` could pass `analysis`, whatever its angles.
    ///
    /// A file holds only what passed a loose selection. Shifted up too far, events that it lacks would pass the cuts:
    /// a shift by a factor $f$ in both particles needs $f \le \min(p_T / p_T^{\mathrm{stored}},\ M / M^{\mathrm{stored}})$.
    /// Shifts down only lose events.
    ///
    /// ```
    /// use hepsys_sim::dibody::{MomentumScale, Regime, Thresholds};
    /// let scale = MomentumScale::new(Regime::TauLike)?;
    /// let largest = scale.largest_shift(Thresholds::STORED, Thresholds::ANALYSIS);
    /// assert_eq!(format!("{largest:.4}"), "0.0513");
    /// let largest = scale.largest_shift(Thresholds::STORED, Thresholds::HIGH_MASS);
    /// assert_eq!(format!("{largest:.4}"), "0.1054");
    /// # Ok::<(), hepsys_sim::SimError>(())
    /// ```
    #[must_use]
    pub fn largest_shift(&self, stored: Thresholds, analysis: Thresholds) -> f64 {
        let factor = (analysis.pt / stored.pt).min(analysis.mass / stored.mass);
        factor.ln() / self.endcap_ratio.max(1.0)
    }

    /// Checks that a file with the selection `stored` holds every event that passes `analysis` at ν = `value`.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] if ν is larger than [`largest_shift`](Self::largest_shift), or no number.
    pub fn check_shift(&self, value: f64, stored: Thresholds, analysis: Thresholds) -> Result<(), SimError> {
        let largest = self.largest_shift(stored, analysis);
        let expected = format!(
            "at most {largest:.4}, beyond which events below the stored {} GeV and {} GeV would pass {} GeV and {} GeV",
            stored.pt, stored.mass, analysis.pt, analysis.mass
        );
        check("a shift of the momentum scale", &expected, value, value <= largest)
    }

    fn factor(&self, value: f64, eta: f64) -> f64 {
        if eta.abs() < BARREL_END { value.exp() } else { (value * self.endcap_ratio).exp() }
    }
}

impl Variation for MomentumScale {
    fn nuisance(&self) -> &NuisanceParameter {
        &self.nuisance
    }

    fn vary(&self, sample: &Sample, value: f64) -> Result<Sample, CoreError> {
        let [pt1, pt2, eta1, eta2, _] = columns(sample)?;
        if value == 0.0 {
            return Ok(sample.clone());
        }
        let mut shifted: [Vec<f64>; 4] = std::array::from_fn(|_| Vec::with_capacity(sample.n_events()));
        for i in 0..sample.n_events() {
            let first = (pt1[i] * self.factor(value, eta1[i]), eta1[i]);
            let second = (pt2[i] * self.factor(value, eta2[i]), eta2[i]);
            let (harder, softer) = if first.0 < second.0 { (second, first) } else { (first, second) };
            for (column, number) in shifted.iter_mut().zip([harder.0, softer.0, harder.1, softer.1]) {
                column.push(number);
            }
        }
        let mut varied = sample.clone();
        for (name, column) in FEATURES.into_iter().zip(shifted) {
            let feature = sample.schema().features()[sample.schema().index_of(name)?].clone();
            varied = varied.with_column(feature, column)?;
        }
        match sample.column(MASS) {
            Ok(_) => add_invariant_mass(&varied),
            Err(_) => Ok(varied),
        }
    }
}

#[cfg(test)]
mod tests {
    use hepsys_core::{Feature, Weights};
    use proptest::prelude::*;

    use super::*;
    use crate::dibody::with_invariant_mass;

    const REGIMES: [Regime; 3] = [Regime::MuonLike, Regime::ElectronLike, Regime::TauLike];

    fn pairs(events: &[[f64; 5]]) -> Sample {
        let column = |i: usize| events.iter().map(|e| e[i]).collect::<Vec<_>>();
        let features = FEATURES.map(|f| Feature::new(f, if f.starts_with("pt") { "GeV" } else { "1" }));
        let weights = Weights::new((0..events.len()).map(|i| i as f64).collect::<Vec<_>>()).unwrap();
        let sample =
            Sample::from_columns(features.into_iter().enumerate().map(|(i, f)| (f, column(i)))).unwrap();
        sample.with_weights(weights).unwrap()
    }

    fn event() -> impl Strategy<Value = [f64; 5]> {
        (18.0..300.0_f64, 0.2..1.0_f64, -2.5..2.5_f64, -2.5..2.5_f64, 0.0..std::f64::consts::PI)
            .prop_map(|(pt1, ratio, eta1, eta2, dphi)| [pt1, pt1 * ratio, eta1, eta2, dphi])
    }

    proptest! {
        #[test]
        fn the_order_of_momenta_is_kept_and_angles_do_not_change(
            events in prop::collection::vec(event(), 1..20), pull in -3.0..3.0_f64,
        ) {
            let sample = pairs(&events);
            for regime in REGIMES {
                let scale = MomentumScale::new(regime).unwrap();
                let varied = scale.vary(&sample, pull * regime.barrel_uncertainty()).unwrap();
                let [pt1, pt2, eta1, eta2, dphi] = columns(&varied).unwrap();
                prop_assert_eq!(dphi, sample.column("dphi").unwrap());
                prop_assert_eq!(varied.weights(), sample.weights());
                for (i, event) in events.iter().enumerate() {
                    prop_assert!(pt2[i] <= pt1[i]);
                    let etas = [eta1[i], eta2[i]];
                    prop_assert!(etas == [event[2], event[3]] || etas == [event[3], event[2]]);
                    // The momentum of each particle moved by the factor of its own region.
                    let (a, b) = if etas == [event[2], event[3]] { (0, 1) } else { (1, 0) };
                    for (found, j) in [(pt1[i], a), (pt2[i], b)] {
                        let sigma = if event[2 + j].abs() < 1.2 { regime.barrel_uncertainty() } else { regime.endcap_uncertainty() };
                        prop_assert!((found / event[j] - (pull * sigma).exp()).abs() < 1e-13);
                    }
                }
            }
        }

        #[test]
        fn opposite_shifts_undo_each_other(events in prop::collection::vec(event(), 1..20), value in -0.1..0.1_f64) {
            let sample = with_invariant_mass(&pairs(&events)).unwrap();
            let scale = MomentumScale::new(Regime::ElectronLike).unwrap();
            let back = scale.vary(&scale.vary(&sample, value).unwrap(), -value).unwrap();
            for (a, b) in back.columns().flatten().zip(sample.columns().flatten()) {
                prop_assert!((a - b).abs() < 1e-12 * b.abs().max(1.0));
            }
        }

        #[test]
        fn no_event_that_the_file_lacks_would_pass(event in event(), pull in -1.0..1.0_f64) {
            let scale = MomentumScale::new(Regime::ElectronLike).unwrap();
            let (stored, analysis) = (Thresholds::STORED, Thresholds::ANALYSIS);
            let value = pull * scale.largest_shift(stored, analysis);
            let sample = with_invariant_mass(&pairs(&[event])).unwrap();
            let varied = scale.vary(&sample, value).unwrap();
            let n_passing = varied.select(&analysis.region("analysis").unwrap()).unwrap().n_events();
            let n_stored = sample.select(&stored.region("stored").unwrap()).unwrap().n_events();
            prop_assert!(n_passing <= n_stored);
        }
    }

    #[test]
    fn zero_changes_nothing_and_masses_follow_the_momenta() {
        let sample =
            with_invariant_mass(&pairs(&[[60.0, 50.0, 0.3, -0.4, 3.0], [70.0, 40.0, 2.0, 0.1, 2.5]]))
                .unwrap();
        let scale = MomentumScale::new(Regime::TauLike).unwrap();
        assert_eq!(scale.vary(&sample, 0.0).unwrap(), sample);
        // One factor for both regions: masses scale with it.
        let varied = scale.vary(&sample, 0.02).unwrap();
        for (shifted, mass) in varied.column(MASS).unwrap().iter().zip(sample.column(MASS).unwrap()) {
            assert!((shifted / mass - 0.02_f64.exp()).abs() < 1e-14);
        }
        let without = sample.select_features(&FEATURES).unwrap();
        assert_eq!(scale.vary(&without, 0.02).unwrap().n_features(), 5);
    }

    #[test]
    fn the_barrel_ends_where_the_endcap_begins() {
        let scale = MomentumScale::new(Regime::MuonLike).unwrap();
        assert_eq!(scale.factor(0.001, -1.199), 0.001_f64.exp());
        assert_eq!(scale.factor(0.001, -1.2), (0.001 * (0.0015_f64 / 0.0005)).exp());
    }

    #[test]
    fn a_shift_beyond_the_file_is_refused() {
        let scale = MomentumScale::new(Regime::TauLike).unwrap();
        let check = |value, analysis| scale.check_shift(value, Thresholds::STORED, analysis);
        assert!(check(0.05, Thresholds::ANALYSIS).is_ok());
        assert!(check(-0.5, Thresholds::ANALYSIS).is_ok());
        assert!(check(0.09, Thresholds::HIGH_MASS).is_ok());
        assert!(check(f64::NAN, Thresholds::ANALYSIS).is_err());
        let error = check(0.06, Thresholds::ANALYSIS).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a shift of the momentum scale must be at most 0.0513, beyond which events below the stored 18 GeV and 95 GeV \
             would pass 20 GeV and 100 GeV, got 0.06"
        );
    }

    #[test]
    fn regimes_survive_their_text() {
        for regime in REGIMES {
            assert_eq!(regime.to_string().parse::<Regime>().unwrap(), regime);
        }
        let error = "jet-like".parse::<Regime>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "no regime \"jet-like\"; there are muon-like, electron-like and tau-like"
        );
    }
}
