use hepsys_core::Sample;
use serde::{Deserialize, Serialize};

use crate::AdversarialError;

/// An object whose feature is corrected: the columns that say so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockOf {
    /// The column that is corrected, such as `clus_time_0`.
    pub corrected: String,
    /// The column with its momentum, such as `clus_pt_0`; an object with none is not there.
    pub momentum: String,
    /// The columns with its energies in the layers of the detector: it belongs to the layer with the largest one.
    /// Without layers there is one block for each range of momenta.
    #[serde(default)]
    pub layers: Vec<String>,
}

/// The blocks of a correction: detector layers × ranges of momentum.
///
/// ```
/// use hepsys_adversarial::Blocks;
/// // Eight layers and four ranges of momentum for each of fifteen clusters.
/// assert_eq!(Blocks::cluster_time(15).n_blocks(), 32);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blocks {
    /// The objects; blocks are shared by all of them.
    pub objects: Vec<BlockOf>,
    /// Where one range of momenta ends and the next begins.
    pub momentum_edges: Vec<f64>,
    /// With fewer objects in simulation or in data, a block stays as it is.
    pub least_objects: usize,
}

impl Blocks {
    /// The times of so many clusters, in eight layers and with momenta below 5, 15 and 40 GeV and above.
    #[must_use]
    pub fn cluster_time(n_clusters: usize) -> Self {
        let layers = ["l1ecal", "l2ecal", "l3ecal", "l4ecal", "l1hcal", "l2hcal", "l3hcal", "l4hcal"];
        let object = |i| BlockOf {
            corrected: format!("clus_time_{i}"),
            momentum: format!("clus_pt_{i}"),
            layers: layers.map(|layer| format!("clus_{layer}_{i}")).to_vec(),
        };
        Self {
            objects: (0..n_clusters).map(object).collect(),
            momentum_edges: vec![5.0, 15.0, 40.0],
            least_objects: 30,
        }
    }

    /// How many blocks there are.
    #[must_use]
    pub fn n_blocks(&self) -> usize {
        let layers = self.objects.first().map_or(1, |object| object.layers.len().max(1));
        layers * (self.momentum_edges.len() + 1)
    }

    pub(crate) fn check(&self) -> Result<(), AdversarialError> {
        AdversarialError::check(!self.objects.is_empty(), "the objects to correct", "one or more", 0.0)?;
        AdversarialError::check(
            self.least_objects >= 3,
            "the least objects of a block",
            "three or more",
            self.least_objects as f64,
        )?;
        let is_rising = self.momentum_edges.windows(2).all(|pair| pair[0] < pair[1]);
        if !is_rising || self.momentum_edges.iter().any(|edge| !edge.is_finite()) {
            let found = format!("{:?}", self.momentum_edges);
            return Err(AdversarialError::bad("the edges of momentum", "finite and rising", found));
        }
        let n_layers = self.objects[0].layers.len();
        match self.objects.iter().find(|object| object.layers.len() != n_layers) {
            None => Ok(()),
            Some(odd) => Err(AdversarialError::bad(
                format!("the layers of {}", odd.corrected),
                format!("as many as the first object has, {n_layers}"),
                odd.layers.len(),
            )),
        }
    }

    /// The block of an object in each event, if it is there.
    pub(super) fn blocks_of(
        &self,
        object: &BlockOf,
        sample: &Sample,
    ) -> Result<Vec<Option<usize>>, AdversarialError> {
        let momentum = sample.column(&object.momentum)?;
        let layers: Vec<&[f64]> =
            object.layers.iter().map(|name| sample.column(name)).collect::<Result<_, _>>()?;
        let n_ranges = self.momentum_edges.len() + 1;
        let block = |event: usize| {
            let range = self.momentum_edges.iter().filter(|edge| momentum[event] >= **edge).count();
            let mut largest = 0;
            for (layer, energy) in layers.iter().enumerate() {
                if energy[event] > layers[largest][event] {
                    largest = layer;
                }
            }
            (momentum[event] > 0.0).then_some(largest * n_ranges + range)
        };
        Ok((0..sample.n_events()).map(block).collect())
    }

    /// The values of the corrected feature in each block.
    pub(super) fn values(&self, sample: &Sample) -> Result<Vec<Vec<f64>>, AdversarialError> {
        let mut values = vec![Vec::new(); self.n_blocks()];
        for object in &self.objects {
            let column = sample.column(&object.corrected)?;
            for (&value, block) in column.iter().zip(self.blocks_of(object, sample)?) {
                if let Some(block) = block {
                    values[block].push(value);
                }
            }
        }
        Ok(values)
    }
}
