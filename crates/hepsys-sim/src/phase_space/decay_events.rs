use crate::FourMomentum;

/// Decays: the momenta of the particles at the end, and a weight for each event.
#[derive(Debug, Clone, PartialEq)]
pub struct DecayEvents {
    pub(crate) n_daughters: usize,
    pub(crate) momenta: Vec<FourMomentum>,
    pub(crate) weights: Vec<f64>,
}

impl DecayEvents {
    /// How many events there are.
    #[must_use]
    pub fn n_events(&self) -> usize {
        self.weights.len()
    }

    /// The momenta of each event, in the order of the daughters, those of a daughter that decays in her place.
    pub fn momenta(&self) -> impl ExactSizeIterator<Item = &[FourMomentum]> {
        self.momenta.chunks_exact(self.n_daughters)
    }

    /// The weight of each event: $\prod q$ in GeV^(N−1), or one for events of [`PhaseSpace::unweighted`](crate::PhaseSpace::unweighted).
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }
}
