//! Events in the layout of the HiggsML challenge.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use hepsys_core::{Feature, Sample};
use proptest::prelude::*;

/// The columns of the momenta.
pub const PRI: [&str; 15] = [
    "PRI_tau_pt",
    "PRI_tau_eta",
    "PRI_tau_phi",
    "PRI_lep_pt",
    "PRI_lep_eta",
    "PRI_lep_phi",
    "PRI_met",
    "PRI_met_phi",
    "PRI_jet_leading_pt",
    "PRI_jet_leading_eta",
    "PRI_jet_leading_phi",
    "PRI_jet_subleading_pt",
    "PRI_jet_subleading_eta",
    "PRI_jet_subleading_phi",
    "PRI_jet_all_pt",
];

/// The columns that derive from them and change.
pub const DER: [&str; 5] = [
    "DER_mass_transverse_met_lep",
    "DER_mass_vis",
    "DER_sum_pt",
    "DER_pt_ratio_lep_tau",
    "DER_met_phi_centrality",
];

/// A sample with these momenta, and nothing yet in the derived columns.
pub fn sample(events: &[[f64; 15]]) -> Sample {
    let momenta = PRI.iter().enumerate().map(|(i, name)| {
        let values: Vec<f64> = events.iter().map(|event| event[i]).collect();
        (Feature::new(*name, "GeV"), values)
    });
    let derived = DER.iter().map(|name| (Feature::new(*name, "GeV"), vec![0.0; events.len()]));
    Sample::from_columns(momenta.chain(derived)).unwrap()
}

/// Events of `datasets/higgsml/higgsml.parquet`, to the last digit of the single precision that it has.
pub fn stored() -> Sample {
    let text = include_str!("../data/higgsml.csv");
    let mut lines = text.lines();
    let names = lines.next().unwrap().split(',');
    let rows: Vec<Vec<f64>> =
        lines.map(|l| l.split(',').map(|v| f64::from(v.parse::<f32>().unwrap())).collect()).collect();
    let columns = names.enumerate().map(|(i, name)| {
        let values: Vec<f64> = rows.iter().map(|row| row[i]).collect();
        (Feature::new(name, "GeV"), values)
    });
    Sample::from_columns(columns).unwrap()
}

/// The transverse momenta of tau, lepton and missing momentum, without and with the jets.
pub fn transverse_sums(sample: &Sample, event: usize) -> [f64; 2] {
    let value = |name: &str| sample.column(name).unwrap()[event];
    let [mut x, mut y] = [0.0, 0.0];
    let mut add = |pt: &str, phi: &str| {
        if value(pt) != -999.0 {
            x += value(pt) * value(phi).cos();
            y += value(pt) * value(phi).sin();
        }
        f64::hypot(x, y)
    };
    add("PRI_tau_pt", "PRI_tau_phi");
    add("PRI_lep_pt", "PRI_lep_phi");
    let without = add("PRI_met", "PRI_met_phi");
    add("PRI_jet_leading_pt", "PRI_jet_leading_phi");
    [without, add("PRI_jet_subleading_pt", "PRI_jet_subleading_phi")]
}

/// An event with up to two jets.
pub fn event() -> impl Strategy<Value = [f64; 15]> {
    let momentum =
        || (20.0..200.0_f64, -2.5..2.5_f64, -3.1..3.1_f64).prop_map(|(pt, eta, phi)| [pt, eta, phi]);
    (momentum(), momentum(), momentum(), momentum(), momentum(), 0..=2_usize).prop_map(
        |(tau, lepton, met, first, second, n_jets)| {
            let jet = |i, jet| if i < n_jets { jet } else { [-999.0; 3] };
            let all = [0.0, first[0], first[0] + second[0]][n_jets];
            let [[a, b, c], [d, e, f]] = [jet(0, first), jet(1, second)];
            [tau[0], tau[1], tau[2], lepton[0], lepton[1], lepton[2], met[0], met[2], a, b, c, d, e, f, all]
        },
    )
}
