use hepsys_sim::FourMomentum;

/// Decays of a candidate as an analysis would take them, before any detector: for a simulation of one's own.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TrackEvents {
    pub(super) n_tracks: usize,
    pub(super) momenta: Vec<FourMomentum>,
    pub(super) weights: Vec<f64>,
}

impl TrackEvents {
    /// The true momenta of the tracks of each event, in the order of the hypotheses and with their masses.
    pub fn events(&self) -> impl ExactSizeIterator<Item = &[FourMomentum]> {
        self.momenta.chunks_exact(self.n_tracks)
    }

    /// The weight of each event; none is zero.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }
}
