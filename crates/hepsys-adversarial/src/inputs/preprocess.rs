use hepsys_core::Sample;
use hepsys_nn::sequence::Rows;

use super::{Inputs, ObjectSequence};
use crate::AdversarialError;

impl Inputs {
    /// What the network sees of each event of a sample: mirrored, as fractions, and scaled.
    ///
    /// `what` names the sample in errors.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::Core`] with the column that the sample lacks, [`AdversarialError::EmptySequence`] with the first event
    /// that has no object of a required sequence.
    pub fn read(&self, sample: &Sample, what: &str) -> Result<Rows<f32>, AdversarialError> {
        self.check()?;
        let n_events = sample.n_events();
        let n_columns =
            self.sequences.iter().map(|s| s.features.len() * s.length).sum::<usize>() + self.flat.len();
        let mut values = vec![0.0_f32; n_events * n_columns];
        let mut first = 0;
        for sequence in &self.sequences {
            let reader = Reader::new(sequence, sample, &self.hidden)?;
            let mut object = vec![0.0; reader.columns.len()];
            for event in 0..n_events {
                if !reader.read(event, &mut object) && sequence.is_required {
                    return Err(AdversarialError::EmptySequence {
                        sample: what.to_owned(),
                        sequence: sequence.name.clone(),
                        event,
                    });
                }
                let row = &mut values[event * n_columns + first..][..object.len()];
                row.iter_mut().zip(&object).for_each(|(to, &value)| *to = value as f32);
            }
            first += reader.columns.len();
        }
        for (index, flat) in self.flat.iter().enumerate() {
            if self.hidden.contains(&flat.name) {
                continue;
            }
            let column = sample.column(&flat.name)?;
            for (to, x) in values.iter_mut().skip(first + index).step_by(n_columns.max(1)).zip(column) {
                *to = ((x - flat.shift) / flat.scale) as f32;
            }
        }
        Ok(Rows::from_events(n_columns, values)?)
    }
}

/// Reads the objects of one sequence, event by event.
struct Reader<'a> {
    sequence: &'a ObjectSequence,
    /// A column for each feature and object, or none for a hidden feature.
    columns: Vec<Option<&'a [f64]>>,
    mirrored: Option<(usize, usize)>,
    fractions: Vec<usize>,
}

impl<'a> Reader<'a> {
    fn new(
        sequence: &'a ObjectSequence,
        sample: &'a Sample,
        hidden: &[String],
    ) -> Result<Self, AdversarialError> {
        let mut columns = Vec::with_capacity(sequence.features.len() * sequence.length);
        for feature in &sequence.features {
            let name = sequence.feature_name(feature);
            for object in 0..sequence.length {
                let is_hidden = hidden.contains(&name);
                let column = (!is_hidden).then(|| sample.column(&format!("{name}_{object}"))).transpose()?;
                columns.push(column);
            }
        }
        let place = |name: &String| sequence.place(name);
        let mirrored = sequence.mirrored.as_ref().and_then(|(pt, eta)| Some((place(pt)?, place(eta)?)));
        Ok(Self {
            sequence,
            columns,
            mirrored,
            fractions: sequence.fractions.iter().filter_map(place).collect(),
        })
    }

    /// Writes the objects of an event, feature by feature; whether there is one.
    fn read(&self, event: usize, to: &mut [f64]) -> bool {
        let length = self.sequence.length;
        for (to, column) in to.iter_mut().zip(&self.columns) {
            *to = column.map_or(0.0, |column| column[event]);
        }
        let is_there = to.iter().any(|value| *value != 0.0);
        if let Some((pt, eta)) = self.mirrored {
            let sum: f64 = (0..length).map(|i| to[pt * length + i] * to[eta * length + i]).sum();
            if sum < 0.0 {
                to[eta * length..(eta + 1) * length].iter_mut().for_each(|eta| *eta = -*eta);
            }
        }
        for object in 0..length {
            let total: f64 = self.fractions.iter().map(|f| to[f * length + object]).sum();
            if total > 0.0 {
                self.fractions.iter().for_each(|f| to[f * length + object] /= total);
            }
        }
        for (values, feature) in to.chunks_exact_mut(length).zip(&self.sequence.features) {
            values.iter_mut().for_each(|value| *value /= feature.scale);
        }
        is_there
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FlatFeature, ObjectFeature};
    use super::*;
    use hepsys_core::Feature;

    fn inputs() -> Inputs {
        let feature = |name: &str, scale| ObjectFeature { name: name.to_owned(), scale };
        Inputs {
            sequences: vec![ObjectSequence {
                name: "clusters".into(),
                prefix: "c".into(),
                length: 2,
                features: vec![
                    feature("pt", 10.0),
                    feature("eta", 1.0),
                    feature("e", 1.0),
                    feature("h", 1.0),
                ],
                mirrored: Some(("pt".into(), "eta".into())),
                fractions: vec!["e".into(), "h".into()],
                is_required: true,
                convolutions: vec![3],
                n_memory: 2,
            }],
            flat: vec![FlatFeature { name: "mass".into(), shift: 1.0, scale: 2.0 }],
            hidden: Vec::new(),
        }
    }

    fn sample(pt: f64) -> Sample {
        let columns = [
            ("c_pt_0", pt),
            ("c_pt_1", 0.0),
            ("c_eta_0", -2.0),
            ("c_eta_1", 0.0),
            ("c_e_0", 0.75 * pt),
            ("c_e_1", 0.0),
            ("c_h_0", 0.25 * pt),
            ("c_h_1", 0.0),
            ("mass", 5.0),
        ];
        let eta = |name: &str, value: f64| if pt == 0.0 && name != "mass" { 0.0 } else { value };
        Sample::from_columns(columns.map(|(n, v)| (Feature::new(n, "1"), vec![eta(n, v)]))).unwrap()
    }

    #[test]
    fn an_event_is_mirrored_made_fractions_and_scaled() {
        let rows = inputs().read(&sample(40.0), "jets").unwrap();
        assert_eq!(rows.values(), [4.0, 0.0, 2.0, 0.0, 0.75, 0.0, 0.25, 0.0, 2.0]);
    }

    #[test]
    fn a_hidden_feature_is_zero_and_its_column_need_not_be_there() {
        let without = inputs().without("c_eta").unwrap().without("mass").unwrap();
        let sample = sample(40.0);
        let fewer: Vec<String> =
            sample.schema().names().filter(|n| !n.contains("eta")).map(str::to_owned).collect();
        let rows = without.read(&sample.select_features(&fewer).unwrap(), "jets").unwrap();
        assert_eq!(rows.values(), [4.0, 0.0, 0.0, 0.0, 0.75, 0.0, 0.25, 0.0, 0.0]);
        assert!(inputs().without("time").unwrap_err().to_string().contains("c_pt"));
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = inputs().read(&sample(0.0), "multijet").unwrap_err().to_string();
        assert!(error.contains("event 0 of the sample \"multijet\" has no clusters"), "{error}");
        let error = inputs().read(&sample(1.0).select_features(&["mass"]).unwrap(), "jets").unwrap_err();
        assert!(error.to_string().contains("c_pt_0"), "{error}");
        let mut wrong = inputs();
        wrong.sequences[0].features[0].scale = 0.0;
        assert!(wrong.read(&sample(1.0), "jets").unwrap_err().to_string().contains("the scale of c_pt"));
    }
}
