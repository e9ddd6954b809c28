//! Fractions that follow a simple law are predicted, and what is suggested obeys the laws of nature.

use hepsys_decays::{
    DecayTable, DecaysError, Folds, FractionModel, FractionModelValidParams, ParticleId, ParticleTable, Seed,
};
use proptest::prelude::*;

const PARTICLES: &str = "name,antiparticle,pdg_id,mass,width,charge
D+,D-,411,1.86966,6.4e-13,1
D-,D+,-411,1.86966,6.4e-13,-1
D0,anti-D0,421,1.86484,1.6e-12,0
anti-D0,D0,-421,1.86484,1.6e-12,0
D_s+,D_s-,431,1.96835,1.3e-12,1
D_s-,D_s+,-431,1.96835,1.3e-12,-1
K+,K-,321,0.49368,5.3e-17,1
K-,K+,-321,0.49368,5.3e-17,-1
K0,anti-K0,311,0.49761,0,0
anti-K0,K0,-311,0.49761,0,0
K*0,anti-K*0,313,0.89555,0.0473,0
anti-K*0,K*0,-313,0.89555,0.0473,0
K*+,K*-,323,0.89167,0.0514,1
K*-,K*+,-323,0.89167,0.0514,-1
pi+,pi-,211,0.13957,2.5e-17,1
pi-,pi+,-211,0.13957,2.5e-17,-1
pi0,pi0,111,0.13498,7.8e-9,0
eta,eta,221,0.54786,1.3e-6,0
gamma,gamma,22,0,0,0
rho+,rho-,213,0.77526,0.1491,1
rho-,rho+,-213,0.77526,0.1491,-1
e+,e-,-11,0.00051,0,1
e-,e+,11,0.00051,0,-1
mu+,mu-,-13,0.10566,3e-19,1
mu-,mu+,13,0.10566,3e-19,-1
nu_e,anti-nu_e,12,0,0,0
anti-nu_e,nu_e,-12,0,0,0
nu_mu,anti-nu_mu,14,0,0,0
anti-nu_mu,nu_mu,-14,0,0,0
";

/// What a daughter takes off the logarithm of the fraction.
const DAUGHTERS: [(&str, f64); 7] =
    [("K-", 0.1), ("K+", 0.8), ("pi+", 0.3), ("pi-", 0.4), ("pi0", 0.2), ("eta", 0.9), ("anti-K0", 0.2)];

fn particles() -> ParticleTable {
    ParticleTable::from_csv("particles.csv", PARTICLES).unwrap()
}

fn parse(text: &str) -> DecayTable {
    DecayTable::parse("test.dec", text, &particles()).unwrap()
}

/// All modes with two to four of the daughters that conserve charge and have phase space; their logarithms are sums over the daughters.
fn additive() -> DecayTable {
    let (particles, mut text) = (particles(), String::new());
    for (mother, antimother, charge, offset) in
        [("D+", "D-", 1, 0.0), ("D0", "anti-D0", 0, 0.3), ("D_s+", "D_s-", 1, 0.1)]
    {
        text.push_str(&format!("Decay {mother}\n"));
        for code in 0..8_usize.pow(4) {
            let chosen: Vec<usize> = (0..4).map(|place| code / 8_usize.pow(place) % 8).collect();
            if chosen.windows(2).any(|pair| pair[0] < pair[1]) {
                continue;
            }
            let chosen: Vec<_> = chosen.into_iter().filter(|&k| 0 < k).map(|k| DAUGHTERS[k - 1]).collect();
            let properties: Vec<_> = chosen.iter().map(|(name, _)| particles.get(name).unwrap()).collect();
            let mass: f64 = properties.iter().map(|particle| particle.mass).sum();
            let total: i32 = properties.iter().map(|particle| particle.charge).sum();
            if 2 <= chosen.len() && mass < particles.get(mother).unwrap().mass && total == charge {
                let log: f64 = -1.0 - offset - chosen.iter().map(|(_, weight)| 2.0 * weight).sum::<f64>();
                let names: Vec<&str> = chosen.iter().map(|(name, _)| *name).collect();
                text.push_str(&format!("{:e} {} PHSP;\n", 10_f64.powf(log), names.join(" ")));
            }
        }
        text.push_str(&format!("Enddecay\nCDecay {antimother}\n"));
    }
    text.push_str("Decay K*0\n0.67 K+ pi- VSS;\n0.33 K0 pi0 VSS;\nEnddecay\nCDecay anti-K*0\n");
    text.push_str("Decay K*+\n0.67 K0 pi+ VSS;\n0.33 K+ pi0 VSS;\nEnddecay\nCDecay K*-\n");
    parse(&text)
}

fn params() -> FractionModelValidParams {
    FractionModel::params().search_modes(60).check().unwrap()
}

fn ids(table: &DecayTable, names: &str) -> Vec<ParticleId> {
    names.split(' ').map(|name| table.find(name).unwrap()).collect()
}

#[test]
fn sums_over_daughters_are_learnt() {
    let table = additive();
    let validation = params().cross_validate(&table, Folds::Random(5, Seed::new(3))).unwrap();
    let (scores, baseline) = (validation.scores(), validation.baseline());
    assert_eq!(scores.n_modes, baseline.n_modes);
    assert!(scores.rmse < 0.15 * baseline.rmse, "{scores:?}, {baseline:?}");
    assert!(0.98 < scores.rank_correlation, "{scores:?}");
    assert!(validation.bias().abs() < scores.rmse && 0.9 < validation.coverage(2.0));
    assert_eq!(validation.summary("Random parts").figures().count(), 1);
    // A parent that nothing was learnt of differs by its offset only.
    let validation = params().cross_validate(&table, Folds::Parents).unwrap();
    let (scores, baseline) = (validation.scores(), validation.baseline());
    assert!(scores.rmse < 0.6 * baseline.rmse, "{scores:?}, {baseline:?}");
    assert_eq!(validation.by_parent().len(), 3);
}

#[test]
fn what_is_left_out_does_not_depend_on_the_run() {
    let table = additive();
    let folds = Folds::Random(3, Seed::new(4));
    assert_eq!(
        params().cross_validate(&table, folds).unwrap(),
        params().cross_validate(&table, folds).unwrap()
    );
}

#[test]
fn further_modes_of_another_table_are_predicted() {
    let other = additive();
    let mut lines: Vec<String> = Vec::new();
    let mothers = ["D+", "D0"];
    for mother in mothers {
        lines.push(format!("Decay {mother}"));
        let id = other.find(mother).unwrap();
        for mode in other.modes(id).iter().step_by(2) {
            let names: Vec<&str> = mode.daughters.iter().map(|&daughter| other.name(daughter)).collect();
            lines.push(format!("{:e} {} PHSP;", mode.fraction.value, names.join(" ")));
        }
        lines.push("Enddecay".to_owned());
    }
    let table = parse(&lines.join("\n"));
    let params = FractionModel::params().parents(mothers).check().unwrap();
    let validation = params.validate(&table, &other).unwrap();
    assert!(validation.scores().rmse < 0.15, "{:?}", validation.scores());
    assert!(params.validate(&other, &table).is_err(), "the whole has nothing that its half has not");
}

#[test]
fn unmeasured_modes_obey_the_laws() {
    let table = parse(
        "Decay D+\n0.09 K- pi+ pi+ PHSP;\n0.06 K- pi+ pi+ pi0 PHSP;\n0.01 pi+ pi0 PHSP;\n0.002 pi+ pi+ pi- PHSP;\n0.0035 eta pi+ PHSP;
0.0057 K- pi+ pi+ pi+ pi- PHSP;\n0.03 anti-K0 pi+ PHSP;\n0.14 anti-K0 pi+ pi0 PHSP;\n0.06 anti-K0 pi+ pi+ pi- PHSP;
3.7e-4 mu+ nu_mu PHSP;
0.0877 anti-K0 e+ nu_e PHSP;\n0.054 anti-K*0 e+ nu_e PHSP;\n0.01 K+ K- pi+ PHSP;\n1e-5 rho+ gamma PHSP;\nEnddecay\nCDecay D-
Decay K*0\n0.67 K+ pi- VSS;\n0.33 K0 pi0 VSS;\nEnddecay\nCDecay anti-K*0
Decay K*+\n0.67 K0 pi+ VSS;\n0.33 K+ pi0 VSS;\nEnddecay\nCDecay K*-\n",
    );
    let model = params().fit(&table).unwrap();
    assert_eq!(model.parents(), ["D+"]);
    let mother = table.find("D+").unwrap();
    let least = 1e-9;
    let modes = model.unmeasured_modes(&table, mother, least).unwrap();
    let words: Vec<String> = modes.iter().map(|mode| table.describe(mother, mode)).collect();
    let has = |daughters: &str| words.contains(&format!("D+ -> {daughters}"));
    assert!(
        has("anti-K0 mu+ nu_mu") && has("anti-K*0 mu+ nu_mu") && has("anti-K*0 e+ nu_e pi0"),
        "{words:#?}"
    );
    // The whole of these ends is listed, with all resonances in it.
    assert!(!has("anti-K*0 pi+") && !has("anti-K*0 pi+ pi0"), "{words:#?}");
    // It is there; muons alone say nothing of electrons; a photon needs a spin; the charges are there, but not the strangeness.
    assert!(!has("K- pi+ pi+") && !has("e+ nu_e") && !has("pi+ gamma") && !has("K+ pi+ K+"));
    for (mode, words) in modes.iter().zip(&words) {
        assert!(mode.fraction.predicted && least <= mode.fraction.value, "{words}");
        // Distances of modes that are almost the same are known to the root of the rounding error only.
        let again = model.predict(&table, mother, &mode.daughters).unwrap();
        assert!((again.value / mode.fraction.value - 1.0).abs() < 1e-5, "{words}");
        assert!((again.relative_error / mode.fraction.relative_error - 1.0).abs() < 1e-5, "{words}");
    }
    assert!(modes.windows(2).all(|pair| pair[1].fraction.value <= pair[0].fraction.value));

    let antimother = table.antiparticle(mother);
    let extended = model.extend(&table, &[mother, antimother], least).unwrap();
    assert_eq!(extended.n_added, modes.len());
    assert_eq!(extended.table.n_modes(), table.n_modes() + 2 * modes.len());
    let last = |id| extended.table.modes(id).last().unwrap();
    assert_eq!(last(mother).fraction, last(antimother).fraction);
    let conjugates: Vec<_> = last(mother).daughters.iter().map(|&id| table.antiparticle(id)).collect();
    assert_eq!(last(antimother).daughters, conjugates);
}

#[test]
fn what_cannot_be_is_an_error() {
    let table = additive();
    let model = params().fit(&table).unwrap();
    let predict = |mother: &str, daughters: &str| {
        model.predict(&table, table.find(mother).unwrap(), &ids(&table, daughters)).unwrap_err().to_string()
    };
    assert_eq!(
        predict("D0", "K- pi-"),
        "the decay D0 -> K- pi- must be one that conserves charge, got a change by -2"
    );
    assert_eq!(
        predict("D0", "K- K- K+ K+"),
        "the decay D0 -> K- K- K+ K+ must be one with phase space, got 0.110 GeV too many"
    );
    assert_eq!(predict("D0", "pi0"), "the decay D0 -> pi0 must be to two particles or more, got 1");
    assert!(FractionModel::params().parents(Vec::<String>::new()).check().is_err());
    assert!(FractionModel::params().search_modes(2).check().is_err());
    let named = FractionModel::params().parents(["B+"]).check().unwrap();
    assert!(matches!(named.fit(&table), Err(DecaysError::UnknownParticle { .. })));
    assert!(params().cross_validate(&table, Folds::Random(1, Seed::new(1))).is_err());
    for least in [0.0, -1.0, 2.0, f64::NAN] {
        assert!(model.unmeasured_modes(&table, table.find("D0").unwrap(), least).is_err(), "{least}");
    }
    let few = parse("Decay D0\n0.1 K- pi+ PHSP;\nEnddecay\n");
    assert_eq!(
        params().fit(&few).unwrap_err().to_string(),
        "the number of modes to learn from must be 10 or more, got 1"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn order_and_conjugation_change_nothing(shuffled in Just(vec!["K-", "pi+", "pi+", "pi-", "eta"]).prop_shuffle()) {
        thread_local! {
            static MODEL: (DecayTable, FractionModel) = {
                let table = additive();
                let model = params().fit(&table).unwrap();
                (table, model)
            };
        }
        MODEL.with(|(table, model)| {
            let [mother, antimother] = ["D0", "anti-D0"].map(|name| table.find(name).unwrap());
            let sorted = model.predict(table, mother, &ids(table, "K- pi+ pi+ pi- eta")).unwrap();
            let daughters = ids(table, &shuffled.join(" "));
            let conjugates: Vec<_> = daughters.iter().map(|&id| table.antiparticle(id)).collect();
            assert_eq!(model.predict(table, mother, &daughters).unwrap(), sorted);
            assert_eq!(model.predict(table, antimother, &conjugates).unwrap(), sorted);
        });
    }
}
