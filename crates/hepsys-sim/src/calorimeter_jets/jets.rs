use std::ops::Range;

use super::{Cluster, Decay, MuonSegment, Process, Track};

/// Jets with as many clusters, tracks and muon segments as each of them has.
///
/// In single precision, as files of analyses are: 430 to 680 bytes a jet, so that 250 000 take 170 MB at most.
/// [`to_sample`](Self::to_sample) makes columns of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Jets {
    pub(super) momenta: Vec<[f32; 3]>,
    pub(super) processes: Vec<Process>,
    pub(super) decays: Vec<Option<Decay>>,
    pub(super) clusters: Parts<Cluster>,
    pub(super) tracks: Parts<Track>,
    pub(super) segments: Parts<MuonSegment>,
}

/// One of [`Jets`], as a view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Jet<'a> {
    /// Transverse momentum in GeV.
    pub pt: f32,
    /// Pseudorapidity.
    pub eta: f32,
    /// Azimuth in radians, in [−π, π].
    pub phi: f32,
    /// What made it.
    pub process: Process,
    /// Its clusters, the hardest first.
    pub clusters: &'a [Cluster],
    /// Its tracks, the hardest first.
    pub tracks: &'a [Track],
    /// Its muon segments, in no order.
    pub segments: &'a [MuonSegment],
}

impl Jets {
    /// No jets yet, of which each will have so many clusters, tracks and segments at most.
    pub(super) fn new([clusters, tracks, segments]: [usize; 3]) -> Self {
        Self {
            momenta: Vec::new(),
            processes: Vec::new(),
            decays: Vec::new(),
            clusters: Parts::new(clusters),
            tracks: Parts::new(tracks),
            segments: Parts::new(segments),
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.momenta.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.momenta.is_empty()
    }

    /// One of them.
    ///
    /// # Panics
    ///
    /// If there is no such jet.
    #[must_use]
    pub fn get(&self, jet: usize) -> Jet<'_> {
        let [pt, eta, phi] = self.momenta[jet];
        Jet {
            pt,
            eta,
            phi,
            process: self.processes[jet],
            clusters: self.clusters.of(jet),
            tracks: self.tracks.of(jet),
            segments: self.segments.of(jet),
        }
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Jet<'_>> {
        (0..self.len()).map(|jet| self.get(jet))
    }

    /// What made each of them.
    #[must_use]
    pub fn processes(&self) -> &[Process] {
        &self.processes
    }

    /// How many clusters, tracks and muon segments a jet can have: as many have columns in a sample.
    #[must_use]
    pub fn most_objects(&self) -> [usize; 3] {
        [self.clusters.most, self.tracks.most, self.segments.most]
    }

    /// The jets at `indices`, in that order; a jet may be asked for more than once.
    ///
    /// # Panics
    ///
    /// If there is no such jet.
    #[must_use]
    pub fn take(&self, indices: &[usize]) -> Self {
        let mut jets = Self::new(self.most_objects());
        for &jet in indices {
            jets.push(self, jet);
        }
        jets
    }

    /// These jets, followed by those of `other`; the larger numbers of objects count.
    #[must_use]
    pub fn concat(mut self, other: &Self) -> Self {
        self.momenta.extend_from_slice(&other.momenta);
        self.processes.extend_from_slice(&other.processes);
        self.decays.extend_from_slice(&other.decays);
        self.clusters.append(&other.clusters);
        self.tracks.append(&other.tracks);
        self.segments.append(&other.segments);
        self
    }

    pub(super) fn truncate(&mut self, n_jets: usize) {
        self.momenta.truncate(n_jets);
        self.processes.truncate(n_jets);
        self.decays.truncate(n_jets);
        self.clusters.truncate(n_jets);
        self.tracks.truncate(n_jets);
        self.segments.truncate(n_jets);
    }

    /// One more jet, that of `other` at this place.
    pub(super) fn push(&mut self, other: &Self, jet: usize) {
        self.momenta.push(other.momenta[jet]);
        self.processes.push(other.processes[jet]);
        self.decays.push(other.decays[jet]);
        self.clusters.extend(other.clusters.of(jet).iter().copied());
        self.tracks.extend(other.tracks.of(jet).iter().copied());
        self.segments.extend(other.segments.of(jet).iter().copied());
    }
}

/// Objects of all jets in one piece, and where those of each jet end.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parts<T> {
    most: usize,
    objects: Vec<T>,
    ends: Vec<usize>,
}

impl<T: Copy> Parts<T> {
    fn new(most: usize) -> Self {
        Self { most, objects: Vec::new(), ends: Vec::new() }
    }

    pub(super) fn most(&self) -> usize {
        self.most
    }

    fn range(&self, jet: usize) -> Range<usize> {
        let first = if jet == 0 { 0 } else { self.ends[jet - 1] };
        first..self.ends[jet]
    }

    pub(super) fn of(&self, jet: usize) -> &[T] {
        &self.objects[self.range(jet)]
    }

    /// The objects of one more jet.
    pub(super) fn extend(&mut self, objects: impl IntoIterator<Item = T>) {
        self.objects.extend(objects);
        self.ends.push(self.objects.len());
    }

    fn append(&mut self, other: &Self) {
        let n_objects = self.objects.len();
        self.most = self.most.max(other.most);
        self.objects.extend_from_slice(&other.objects);
        self.ends.extend(other.ends.iter().map(|end| n_objects + end));
    }

    fn truncate(&mut self, n_jets: usize) {
        self.ends.truncate(n_jets);
        self.objects.truncate(self.ends.last().copied().unwrap_or(0));
    }
}
