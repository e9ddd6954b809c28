//! Simulation shifted and smeared until it looks like data, block by block.

mod blocks;

pub use blocks::{BlockOf, Blocks};

use hepsys_core::{Feature, Sample, Seed};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::{AdversarialError, ControlRegion};

/// The middle and the width of a feature in simulation and in data, of one block.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BlockShift {
    /// The medians in simulation and in data.
    pub medians: [f64; 2],
    /// Half the distances between the 16 % and the 84 % quantiles, in simulation and in data.
    pub widths: [f64; 2],
}

impl BlockShift {
    /// What a simulated value is moved by, on average.
    #[must_use]
    pub fn shift(&self) -> f64 {
        self.medians[1] - self.medians[0]
    }

    /// The width of the Gaussian that a simulated value is smeared with; zero where data are the narrower ones.
    #[must_use]
    pub fn smearing(&self) -> f64 {
        (self.widths[1] * self.widths[1] - self.widths[0] * self.widths[0]).max(0.0).sqrt()
    }
}

/// A correction of simulation that was measured in a control region: the alternative to an adversary that every analysis tries
/// first.
///
/// It is as good as its blocks: what differs within one stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BlockCorrection {
    blocks: Blocks,
    /// By layer, then by momentum; none where there were too few objects.
    shifts: Vec<Option<BlockShift>>,
}

impl BlockCorrection {
    /// Measures the shift and the smearing of each block.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::Core`] with the column that a sample lacks, [`AdversarialError::BadParameter`] if no block has enough
    /// objects.
    pub fn measure(blocks: &Blocks, region: &ControlRegion) -> Result<Self, AdversarialError> {
        blocks.check()?;
        let [simulation, data] = [region.simulation(), region.data()].map(|sample| blocks.values(sample));
        let shifts: Vec<Option<BlockShift>> = simulation?
            .into_iter()
            .zip(data?)
            .map(|(mut simulation, mut data)| {
                if simulation.len().min(data.len()) < blocks.least_objects {
                    return None;
                }
                let [of_simulation, of_data] =
                    [&mut simulation, &mut data].map(|values| middle_and_width(values));
                Some(BlockShift {
                    medians: [of_simulation.0, of_data.0],
                    widths: [of_simulation.1, of_data.1],
                })
            })
            .collect();
        if shifts.iter().all(Option::is_none) {
            let expected =
                format!("in one block {} or more, in simulation and in data", blocks.least_objects);
            return Err(AdversarialError::bad("the number of objects", expected, "fewer in every one"));
        }
        Ok(Self { blocks: blocks.clone(), shifts })
    }

    /// The shift of each block, by layer and then by momentum.
    #[must_use]
    pub fn shifts(&self) -> &[Option<BlockShift>] {
        &self.shifts
    }

    /// A simulated sample, corrected; the seed decides the smearing.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::Core`] with the column that the sample lacks.
    pub fn apply(&self, simulation: &Sample, seed: Seed) -> Result<Sample, AdversarialError> {
        let mut columns: Vec<(Feature, Vec<f64>)> = simulation
            .schema()
            .features()
            .iter()
            .cloned()
            .zip(simulation.columns().map(<[f64]>::to_vec))
            .collect();
        for (index, object) in self.blocks.objects.iter().enumerate() {
            let mut random = seed.named("smearing").index(index).stream();
            let column = simulation.schema().index_of(&object.corrected)?;
            let blocks = self.blocks.blocks_of(object, simulation)?;
            for (value, block) in columns[column].1.iter_mut().zip(blocks) {
                // One number for each event, so that a block without shift changes no other.
                let normal: f64 = StandardNormal.sample(&mut random);
                if let Some(shift) = block.and_then(|block| self.shifts[block]) {
                    *value += shift.shift() + shift.smearing() * normal;
                }
            }
        }
        Ok(Sample::from_columns(columns)?.with_weights(simulation.weights().clone())?)
    }
}

/// The median, and half the distance between the 16 % and the 84 % quantiles.
fn middle_and_width(values: &mut [f64]) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let quantile = |q: f64| {
        let place = q * (values.len() - 1) as f64;
        let (below, part) = (place.floor() as usize, place.fract());
        let above = (below + 1).min(values.len() - 1);
        values[below] * (1.0 - part) + values[above] * part
    };
    (quantile(0.5), 0.5 * (quantile(0.84) - quantile(0.16)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(shift: f64, width: f64, n: usize) -> Sample {
        let mut random = Seed::new((10.0 * width) as u64).stream();
        let column = |f: &mut dyn FnMut(usize) -> f64| (0..n).map(f).collect::<Vec<f64>>();
        let momentum = column(&mut |i| if i % 5 == 4 { 0.0 } else { 2.0 + (i % 5) as f64 });
        let time = column(&mut |i| {
            let normal: f64 = StandardNormal.sample(&mut random);
            if i % 5 == 4 { 0.0 } else { (i % 2) as f64 * shift + width * normal }
        });
        let energy = |layer: usize| (0..n).map(|i| f64::from(u8::from(i % 2 == layer))).collect::<Vec<f64>>();
        let feature = |name: &str| Feature::new(name, "1");
        Sample::from_columns([
            (feature("pt"), momentum),
            (feature("time"), time),
            (feature("ecal"), energy(0)),
            (feature("hcal"), energy(1)),
        ])
        .unwrap()
    }

    fn blocks() -> Blocks {
        let object = BlockOf {
            corrected: "time".into(),
            momentum: "pt".into(),
            layers: vec!["ecal".into(), "hcal".into()],
        };
        Blocks { objects: vec![object], momentum_edges: vec![3.5], least_objects: 30 }
    }

    #[test]
    fn corrected_simulation_has_the_shift_and_width_of_data() {
        let region =
            ControlRegion::new("control", sample(0.0, 1.0, 20_000), sample(-2.0, 1.5, 20_000)).unwrap();
        let correction = BlockCorrection::measure(&blocks(), &region).unwrap();
        assert_eq!(correction.shifts().len(), 4);
        let corrected = correction.apply(region.simulation(), Seed::new(1)).unwrap();
        let again = ControlRegion::new("closure", corrected.clone(), region.data().clone()).unwrap();
        for shift in BlockCorrection::measure(&blocks(), &again).unwrap().shifts.iter().flatten() {
            // Four thousand objects a block: the median to 1.25 · 1.5/√4000 = 0.03, widths to 2 %, twice.
            let width = shift.widths[0] / shift.widths[1];
            assert!(shift.shift().abs() < 0.15 && (width - 1.0).abs() < 0.1, "{shift:?}");
        }
        // Objects that are not there stay so, and nothing else changes.
        let time = corrected.column("time").unwrap();
        assert!((0..20_000).filter(|i| i % 5 == 4).all(|i| time[i] == 0.0));
        assert_eq!(corrected.column("pt").unwrap(), region.simulation().column("pt").unwrap());
        assert_eq!(
            correction.apply(region.simulation(), Seed::new(1)).unwrap().column("time").unwrap(),
            time
        );
    }

    #[test]
    fn too_few_objects_and_missing_columns_are_told() {
        let region = ControlRegion::new("control", sample(0.0, 1.0, 20), sample(0.0, 1.0, 20)).unwrap();
        let error = BlockCorrection::measure(&blocks(), &region).unwrap_err().to_string();
        assert!(error.contains("30 or more"), "{error}");
        let region = ControlRegion::new("control", sample(0.0, 1.0, 200), sample(0.0, 1.0, 200)).unwrap();
        let correction = BlockCorrection::measure(&blocks(), &region).unwrap();
        let timeless = region.simulation().select_features(&["pt", "ecal", "hcal"]).unwrap();
        let error = correction.apply(&timeless, Seed::new(1)).unwrap_err();
        assert!(matches!(error, AdversarialError::Core(_)) && error.to_string().contains("time"), "{error}");
        let missing = region.simulation().select_features(&["pt"]).unwrap();
        let region = ControlRegion::new("control", missing, region.data().clone()).unwrap();
        assert!(BlockCorrection::measure(&blocks(), &region).unwrap_err().to_string().contains("time"));
    }
}
