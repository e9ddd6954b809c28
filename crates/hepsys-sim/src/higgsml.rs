//! Events in the layout of the HiggsML challenge: what a shift of their momenta does to the columns that derive from them.

use hepsys_core::{CoreError, Sample};

/// What stands in a column where the quantity is not defined.
pub(crate) const UNDEFINED: f64 = -999.0;

/// The one column that cannot be computed from the others.
const MASS_MMC: &str = "DER_mass_MMC";

/// A direction and a transverse momentum.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Momentum {
    pub(crate) pt: f64,
    eta: f64,
    phi: f64,
}

impl Momentum {
    /// The transverse components.
    pub(crate) fn transverse(self) -> [f64; 2] {
        [self.pt * self.phi.cos(), self.pt * self.phi.sin()]
    }

    /// Half the squared mass of two massless particles.
    fn half_mass2(self, other: Self) -> f64 {
        self.pt * other.pt * ((self.eta - other.eta).cosh() - (self.phi - other.phi).cos())
    }
}

/// The momenta of an event in GeV.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event {
    pub(crate) tau: Momentum,
    pub(crate) tau_mass: f64,
    lepton: Momentum,
    /// The transverse components of the missing momentum.
    pub(crate) missing: [f64; 2],
    /// The leading and the subleading jet, as far as there are any.
    pub(crate) jets: [Option<Momentum>; 2],
    /// The sum of the transverse momenta of all jets.
    pub(crate) jet_all_pt: f64,
}

impl Event {
    /// Adds `factor` times a momentum to the missing one.
    pub(crate) fn add_missing(&mut self, factor: f64, momentum: Momentum) {
        for (missing, component) in self.missing.iter_mut().zip(momentum.transverse()) {
            *missing += factor * component;
        }
    }

    fn met(&self) -> f64 {
        self.missing[0].hypot(self.missing[1])
    }

    fn met_phi(&self) -> f64 {
        self.missing[1].atan2(self.missing[0])
    }

    fn jet_pt(&self, which: usize) -> f64 {
        self.jets[which].map_or(UNDEFINED, |jet| jet.pt)
    }

    /// $\sqrt{(L + M)^2 - |\vec L + \vec M|^2} = \sqrt{2 L M (1 - \cos\Delta\phi)}$, without its cancellation.
    fn transverse_mass(&self) -> f64 {
        let half_angle = 0.5 * (self.lepton.phi - self.met_phi());
        2.0 * (self.lepton.pt * self.met()).sqrt() * half_angle.sin().abs()
    }

    /// The mass of the tau and a massless lepton: with $E = |p| + \delta$ for the tau,
    /// $m_\tau^2 + 2 L\\,(\delta \cosh\eta_L + T (\cosh\Delta\eta - \cos\Delta\phi))$.
    fn visible_mass(&self) -> f64 {
        let mass2 = self.tau_mass * self.tau_mass;
        let momentum = self.tau.pt * self.tau.eta.cosh();
        let delta = mass2 / (momentum.hypot(self.tau_mass) + momentum);
        let heavy = self.lepton.pt * self.lepton.eta.cosh() * delta;
        (mass2 + 2.0 * (heavy + self.tau.half_mass2(self.lepton))).sqrt()
    }

    /// The transverse momentum of tau, lepton and missing momentum, and of the jets if they are told.
    fn transverse_sum(&self, jets: &[Option<Momentum>]) -> f64 {
        let [mut x, mut y] = self.missing;
        for momentum in [self.tau, self.lepton].into_iter().chain(jets.iter().copied().flatten()) {
            let [px, py] = momentum.transverse();
            (x, y) = (x + px, y + py);
        }
        x.hypot(y)
    }

    /// Where the missing momentum points between lepton and tau: √2 in the middle, 1 at either.
    fn centrality(&self) -> f64 {
        let met_phi = self.met_phi();
        let sign = (self.tau.phi - self.lepton.phi).sin().signum();
        let a = sign * (met_phi - self.lepton.phi).sin();
        let b = sign * (self.tau.phi - met_phi).sin();
        let norm = a.hypot(b);
        if norm == 0.0 { UNDEFINED } else { (a + b) / norm }
    }

    fn jet_mass(&self) -> f64 {
        match self.jets {
            [Some(first), Some(second)] => (2.0 * first.half_mass2(second)).sqrt(),
            _ => UNDEFINED,
        }
    }

    /// The value of a column, from the momenta alone.
    fn value(&self, column: Column) -> f64 {
        match column {
            Column::TauPt => self.tau.pt,
            Column::Met => self.met(),
            Column::MetPhi => self.met_phi(),
            Column::LeadingPt => self.jet_pt(0),
            Column::SubleadingPt => self.jet_pt(1),
            Column::JetAllPt => self.jet_all_pt,
            Column::TransverseMass => self.transverse_mass(),
            Column::VisibleMass => self.visible_mass(),
            Column::HiggsPt => self.transverse_sum(&[]),
            Column::JetMass => self.jet_mass(),
            Column::TotalPt => self.transverse_sum(&self.jets),
            Column::SumPt => self.tau.pt + self.lepton.pt + self.jet_all_pt,
            Column::PtRatio => self.lepton.pt / self.tau.pt,
            Column::Centrality => self.centrality(),
        }
    }
}

/// A column that a shift of momenta changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    TauPt,
    Met,
    MetPhi,
    LeadingPt,
    SubleadingPt,
    JetAllPt,
    TransverseMass,
    VisibleMass,
    HiggsPt,
    JetMass,
    TotalPt,
    SumPt,
    PtRatio,
    Centrality,
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Self::TauPt => "PRI_tau_pt",
            Self::Met => "PRI_met",
            Self::MetPhi => "PRI_met_phi",
            Self::LeadingPt => "PRI_jet_leading_pt",
            Self::SubleadingPt => "PRI_jet_subleading_pt",
            Self::JetAllPt => "PRI_jet_all_pt",
            Self::TransverseMass => "DER_mass_transverse_met_lep",
            Self::VisibleMass => "DER_mass_vis",
            Self::HiggsPt => "DER_pt_h",
            Self::JetMass => "DER_mass_jet_jet",
            Self::TotalPt => "DER_pt_tot",
            Self::SumPt => "DER_sum_pt",
            Self::PtRatio => "DER_pt_ratio_lep_tau",
            Self::Centrality => "DER_met_phi_centrality",
        }
    }
}

/// The sample after `change` of every event, with these columns computed anew as far as the sample has them,
/// and without the mass that cannot be.
pub(crate) fn vary(
    sample: &Sample,
    tau_mass: f64,
    columns: &[Column],
    mut change: impl FnMut(&mut Event),
) -> Result<Sample, CoreError> {
    let momenta = ["tau", "lep", "jet_leading", "jet_subleading"].map(|name| three(sample, name));
    let [tau, lepton, leading, subleading] = momenta;
    let (tau, lepton, leading, subleading) = (tau?, lepton?, leading?, subleading?);
    let (met, met_phi) = (sample.column("PRI_met")?, sample.column("PRI_met_phi")?);
    let jet_all_pt = sample.column("PRI_jet_all_pt")?;
    let present: Vec<Column> =
        columns.iter().copied().filter(|c| sample.schema().index_of(c.name()).is_ok()).collect();
    let mut values = vec![Vec::with_capacity(sample.n_events()); present.len()];
    for i in 0..sample.n_events() {
        let momentum = |[pt, eta, phi]: [&[f64]; 3]| Momentum { pt: pt[i], eta: eta[i], phi: phi[i] };
        let jet = |columns| Some(momentum(columns)).filter(|jet| jet.pt != UNDEFINED);
        let mut event = Event {
            tau: momentum(tau),
            tau_mass,
            lepton: momentum(lepton),
            missing: [met[i] * met_phi[i].cos(), met[i] * met_phi[i].sin()],
            jets: [jet(leading), jet(subleading)],
            jet_all_pt: jet_all_pt[i],
        };
        change(&mut event);
        for (column, values) in present.iter().zip(&mut values) {
            values.push(event.value(*column));
        }
    }
    let kept: Vec<&str> = sample.schema().names().filter(|&name| name != MASS_MMC).collect();
    let mut varied = sample.select_features(&kept)?;
    for (column, values) in present.into_iter().zip(values) {
        let feature = sample.schema().features()[sample.schema().index_of(column.name())?].clone();
        varied = varied.with_column(feature, values)?;
    }
    Ok(varied)
}

/// The columns of a momentum.
fn three<'a>(sample: &'a Sample, name: &str) -> Result<[&'a [f64]; 3], CoreError> {
    let column = |part: &str| sample.column(&format!("PRI_{name}_{part}"));
    Ok([column("pt")?, column("eta")?, column("phi")?])
}
