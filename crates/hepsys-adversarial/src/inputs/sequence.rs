use hepsys_nn::sequence::Branch;
use serde::{Deserialize, Serialize};

use crate::AdversarialError;

/// A feature of every object of a sequence: $x / \text{scale}$ goes into the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectFeature {
    /// Its name, such as `time`.
    pub name: String,
    /// What it is divided by, in the unit of the column.
    pub scale: f64,
}

/// Objects of one kind in an event, such as the clusters of a jet, with the layers of a network that read them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectSequence {
    /// What they are called, such as `clusters`.
    pub name: String,
    /// What their columns begin with, such as `clus`.
    pub prefix: String,
    /// How many of them the network looks at; further ones of an event are not read.
    pub length: usize,
    /// Their features.
    pub features: Vec<ObjectFeature>,
    /// Two features, momentum and pseudorapidity: where $\sum p_T\eta$ is negative, every $\eta$ changes its sign, for the two
    /// ends of a detector are alike.
    #[serde(default)]
    pub mirrored: Option<(String, String)>,
    /// Features that become fractions of their sum, such as the energies in the layers of a calorimeter.
    #[serde(default)]
    pub fractions: Vec<String>,
    /// Whether every event must have one.
    #[serde(default)]
    pub is_required: bool,
    /// The widths of the convolutions with kernel 1.
    pub convolutions: Vec<usize>,
    /// How many numbers the memory keeps.
    pub n_memory: usize,
}

fn features(list: &[(&str, f64)]) -> Vec<ObjectFeature> {
    list.iter().map(|&(name, scale)| ObjectFeature { name: name.to_owned(), scale }).collect()
}

impl ObjectSequence {
    /// Clusters of calorimeter cells: momentum in units of 500 GeV, energies of layers as fractions, time in units of 5 ns.
    #[must_use]
    pub fn calorimeter_clusters(length: usize) -> Self {
        let layers = ["l1hcal", "l1ecal", "l2hcal", "l2ecal", "l3hcal", "l3ecal", "l4ecal", "l4hcal"];
        let mut list = vec![("pt", 500.0), ("eta", 1.0), ("phi", 1.0)];
        list.extend(layers.map(|layer| (layer, 1.0)));
        list.push(("time", 5.0));
        Self {
            name: "clusters".to_owned(),
            prefix: "clus".to_owned(),
            length,
            features: features(&list),
            mirrored: Some(("pt".to_owned(), "eta".to_owned())),
            fractions: layers.map(str::to_owned).to_vec(),
            is_required: true,
            convolutions: vec![64, 32, 32, 16],
            n_memory: 10,
        }
    }

    /// Tracks: momentum in units of 500 GeV, z0 in units of 250 mm, numbers of hits and of a vertex' tracks in units of what
    /// they usually are.
    #[must_use]
    pub fn tracks(length: usize) -> Self {
        let list = [
            ("pt", 500.0),
            ("eta", 1.0),
            ("phi", 1.0),
            ("vertex_nParticles", 40.0),
            ("d0", 1.0),
            ("z0", 250.0),
            ("chiSquared", 1.0),
            ("SCTShared", 1.0),
            ("SCTHoles", 1.0),
            ("SCTHits", 10.0),
        ];
        Self {
            name: "tracks".to_owned(),
            prefix: "track".to_owned(),
            length,
            features: features(&list),
            mirrored: Some(("pt".to_owned(), "eta".to_owned())),
            fractions: Vec::new(),
            is_required: false,
            convolutions: vec![64, 32, 32, 16],
            n_memory: 10,
        }
    }

    /// Segments in the muon spectrometer: the pseudorapidity of a direction in units of 3, the time in units of 10 ns.
    #[must_use]
    pub fn muon_segments(length: usize) -> Self {
        let list = [
            ("etaPos", 1.0),
            ("phiPos", 1.0),
            ("etaDir", 3.0),
            ("phiDir", 1.0),
            ("chiSquared", 1.0),
            ("t0", 10.0),
        ];
        Self {
            name: "segments".to_owned(),
            prefix: "MSeg".to_owned(),
            length,
            features: features(&list),
            mirrored: None,
            fractions: Vec::new(),
            is_required: false,
            convolutions: vec![32, 16, 8],
            n_memory: 5,
        }
    }

    /// `<prefix>_<feature>`.
    #[must_use]
    pub fn feature_name(&self, feature: &ObjectFeature) -> String {
        format!("{}_{}", self.prefix, feature.name)
    }

    /// The columns of a sample that it reads: a feature of all objects, then the next one.
    pub fn columns(&self) -> impl Iterator<Item = String> + '_ {
        self.features
            .iter()
            .flat_map(move |f| (0..self.length).map(move |i| format!("{}_{i}", self.feature_name(f))))
    }

    pub(super) fn branch(&self) -> Branch {
        Branch::new(self.name.clone(), self.features.len(), self.length, &self.convolutions, self.n_memory)
    }

    /// Where a feature stands among the features.
    pub(super) fn place(&self, feature: &str) -> Option<usize> {
        self.features.iter().position(|f| f.name == feature)
    }

    pub(super) fn check(&self) -> Result<(), AdversarialError> {
        for feature in &self.features {
            let is_right = feature.scale.is_finite() && feature.scale != 0.0;
            let name = format!("the scale of {}", self.feature_name(feature));
            AdversarialError::check(is_right, &name, "finite and not zero", feature.scale)?;
        }
        let named = self.fractions.iter().chain(self.mirrored.iter().flat_map(|(pt, eta)| [pt, eta]));
        for name in named {
            if self.place(name).is_none() {
                let known: Vec<&str> = self.features.iter().map(|f| f.name.as_str()).collect();
                return Err(AdversarialError::bad(
                    format!("a feature of {} to be mirrored or made a fraction", self.name),
                    format!("one of {}", known.join(", ")),
                    name,
                ));
            }
        }
        Ok(())
    }
}
