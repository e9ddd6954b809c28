//! Writes whole inputs of each parser into `corpus/`, where the fuzz targets look for their first inputs.

use std::error::Error;
use std::fs;
use std::path::Path;

use hepsys_adversarial::{EfficiencyMap, MapAxis};
use hepsys_advocate::WeightMap;
use hepsys_core::{Binning, Feature, Sample, Weights};
use hepsys_io::{Format, write_sample_as};
use hepsys_stats::workspace::{Hs3, Interpolation, ShapeSysValues, Workspace};
use hepsys_stats::{Fingerprint, PseudoExperiments, Shard, StatsError};
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let plain = Sample::from_columns([
        (Feature::new("pt", "GeV"), vec![45.5, 27.0, 31.25]),
        (Feature::new("eta", "1"), vec![0.3, -2.1, 1.4]),
    ])?;
    let weighted = plain.clone().with_weights(Weights::new(vec![1.0, -0.5, 0.25])?)?;
    let empty = plain.take(&[])?;
    for format in Format::ALL {
        let target = match format {
            Format::Parquet => "parquet",
            Format::Arrow => "arrow",
            Format::Csv => "csv",
            Format::Npy => "npy",
            Format::Npz => "npz",
            Format::Hdf5 => "hdf5",
            _ => continue,
        };
        let folder = corpus.join(target);
        fs::create_dir_all(&folder)?;
        for (name, sample) in [("plain", &plain), ("weighted", &weighted), ("empty", &empty)] {
            write_sample_as(folder.join(name), sample, format)?;
        }
    }
    let folder = corpus.join("higgsml");
    fs::create_dir_all(&folder)?;
    for (name, text) in [
        ("training", "EventId,DER_mass_vis,PRI_tau_phi,Weight,Label\n1,97.8,0.4,0.5,s\n2,-999.0,-2.4,2.5,b\n"),
        ("open", "EventId,PRI_met,Weight,Label,KaggleSet,KaggleWeight\n7,16.8,0.5,s,t,1\n8,22.3,1.5,b,u,2\n"),
        ("processes", "EventId,PRI_met,Weight,Label,Process\n7,16.8,0.5,s,ggH\n8,22.3,1.5,b,ttbar\n"),
    ] {
        fs::write(folder.join(name), text)?;
    }
    let folder = corpus.join("toy_file");
    fs::create_dir_all(&folder)?;
    for shard in [Shard::ALL, "2/3".parse()?] {
        let path = folder.join(format!("shard-{}", shard.to_string().replace('/', "-of-")));
        // A file of an earlier call would be taken up, and need not be of this version.
        let _ = fs::remove_file(&path);
        PseudoExperiments::new("seed")
            .toys(4)
            .shard(shard)
            .resume_from(path, &Fingerprint::of("seed")?)
            .run(|toy| Ok::<_, StatsError>(0.5 * toy.index() as f64))?;
    }
    workspaces(&corpus)?;
    weight_maps(&corpus)?;
    decays(&corpus)?;
    efficiency_maps(&corpus)?;
    let folder = corpus.join("cut");
    fs::create_dir_all(&folder)?;
    for (name, text) in [("plain", "pt1 > 20"), ("absolute", "abs(eta1) <= 2.4")] {
        fs::write(folder.join(name), text)?;
    }
    Ok(())
}

/// The workspaces of `datasets/stats` as they are and as HS3, and a patchset over the first.
fn workspaces(corpus: &Path) -> Result<(), Box<dyn Error>> {
    let folders = ["workspace", "hs3", "patchset"].map(|target| corpus.join(target));
    for folder in &folders {
        fs::create_dir_all(folder)?;
    }
    let [plain, hs3, patched] = folders;
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/stats"))? {
        let path = file?.path();
        let name = path.file_stem().unwrap_or_default();
        let text = fs::read_to_string(&path)?;
        let Ok(workspace) = Workspace::parse(&text) else { continue };
        let json: serde_json::Value = serde_json::from_str(&text)?;
        fs::write(plain.join(name), json.to_string())?;
        let written = Hs3::from_workspace(&workspace, Interpolation::default(), ShapeSysValues::default())?.to_json()?;
        fs::write(hs3.join(name), serde_json::from_str::<serde_json::Value>(&written)?.to_string())?;
        let patches = json!({
            "metadata": {"references": {}, "digests": {}, "labels": ["m"], "description": "a seed"},
            "patches": [{
                "metadata": {"name": "more", "values": [1]},
                "patch": [{"op": "replace", "path": "/channels/0/samples/0/data/0", "value": 7}],
            }],
            "version": "1.0.0",
        });
        fs::write(patched.join(name), format!("{patches}\n{json}"))?;
    }
    Ok(())
}

/// Maps of both heads: a classifier of three channels with a contamination, and the direct form.
fn weight_maps(corpus: &Path) -> Result<(), Box<dyn Error>> {
    let folder = corpus.join("weight_map");
    fs::create_dir_all(&folder)?;
    let classifier = json!({
        "features": [{"name": "log_pt_mu", "unit": "1"}, {"name": "pt", "unit": "GeV"}],
        "standardizer": {"features": [
            {"name": "log_pt_mu", "shift": 1.0, "scale": 0.7}, {"name": "pt", "shift": 5.0, "scale": 2.0},
        ]},
        "shape": {"n_inputs": 2, "hidden": [2], "n_outputs": 3, "activation": "tanh"},
        "parameters": [0.5, -0.5, 1.0, 0.2, 0.0, 0.1, 0.3, -0.3, 0.8, 0.1, -1.0, 0.4, 0.0, 0.1, -0.1],
        "head": "softmax",
        "alpha": [1.2, 0.8, 0.9],
        "beta": [0.0, 0.02, 0.0],
    });
    let direct = json!({
        "features": [{"name": "x", "unit": "1"}],
        "standardizer": null,
        "shape": {"n_inputs": 1, "hidden": [2, 1], "n_outputs": 1, "activation": "relu"},
        "parameters": [1.0, -1.0, 0.0, 0.5, 0.7, -0.7, 0.1, 2.0, -0.5],
        "head": "sigmoid",
        "alpha": [0.8, 1.2],
    });
    for (name, map) in [("classifier", classifier), ("direct", direct)] {
        let map: WeightMap = serde_json::from_value(map)?;
        fs::write(folder.join(name), serde_json::to_string(&map)?)?;
    }
    Ok(())
}

/// A map of one dimension and one of six.
fn efficiency_maps(corpus: &Path) -> Result<(), Box<dyn Error>> {
    let folder = corpus.join("efficiency_map");
    fs::create_dir_all(&folder)?;
    let axis = |name: &str, edges: [f64; 3]| MapAxis::bins(name, "GeV", Binning::new(edges)?);
    let mut plain = EfficiencyMap::new([axis("pt", [0.0, 50.0, 100.0])?])?;
    let events = Sample::from_columns([(Feature::new("pt", "GeV"), vec![10.0, 20.0, 70.0])])?;
    plain.fill(&events.with_weights(Weights::new(vec![1.0, 0.3, 2.0])?)?, &[true, false, false])?;
    let mode = MapAxis::categories("decay_mode", ["bb", "cc", "tautau"])?;
    let mut six = EfficiencyMap::of_two([axis("pt", [0.0, 50.0, 100.0])?, axis("length", [1450.0, 2e3, 4e3])?, mode])?;
    let names: Vec<String> = six.axes().iter().map(|axis| axis.name().to_owned()).collect();
    let column = |name: &String| match name.as_str() {
        name if name.ends_with("length") => vec![1500.0, 3000.0],
        name if name.ends_with("mode") => vec![0.0, 2.0],
        _ => vec![30.0, 80.0],
    };
    let events = Sample::from_columns(names.iter().map(|name| (Feature::new(name.clone(), "1"), column(name))))?;
    six.fill(&events, &[true, false])?;
    for (name, map) in [("plain", plain), ("six", six)] {
        fs::write(folder.join(name), map.to_csv())?;
    }
    Ok(())
}

/// Lists of particles, decay files with every statement that matters, and analyses.
fn decays(corpus: &Path) -> Result<(), Box<dyn Error>> {
    let folders = ["particle_table", "decay_table", "analysis_file"].map(|target| corpus.join(target));
    for folder in &folders {
        fs::create_dir_all(folder)?;
    }
    let [particles, decays, analyses] = folders;
    fs::write(particles.join("csv"), hepsys_fuzz::PARTICLES)?;
    let pdl = "* name number mass width\nadd p Particle D*+ 413 2.01 8.3e-5 0 3 2 0 84\nadd p Particle D*- -413 2.01 8.3e-5 0 -3 2 0 0\n\
               add p Particle u 2 0.33 0 0 2 1 0 2\nset p maxdm D*+ 0.1\nend\n";
    fs::write(particles.join("pdl"), pdl)?;
    let plain = "# A table.\nDecay B0\n0.4 K*0 gamma PHSP; # value 0.4 +- 0.1\n0.1 u anti-d PYTHIA 48;\nEnddecay\nCDecay anti-B0\n\
                 Decay K*0\n1 K+ pi- VSS;\nEnddecay\nCDecay anti-K*0\nEnd\n";
    let aliases = "Define x 0.5\nyesPhotos\nAlias MyK K*0\nAlias MyantiK anti-K*0\nChargeConj MyK MyantiK\nModelAlias SL HQET2 1.2 0.9;\n\
                   Particle MyK 0.9 0.05\nDecay B0\n0.2 MyK mu+ nu_mu PHOTOS SL;\n0.1 MyK\n gamma HELAMP 1.0 0.0,\n 1.0 0.0;\nEnddecay\n\
                   CDecay anti-B0\nDecay MyK\n1 K+ pi- VSS;\nEnddecay\nCDecay MyantiK\nCopyDecay K*0 MyK\n";
    fs::write(decays.join("plain"), plain)?;
    fs::write(decays.join("aliases"), aliases)?;
    let file = "[pid]\nK = { K = 0.9, mu = 0.01 }\nmu = { mu = 0.97 }\n[production]\n\"B+\" = 1.0\n[spectrum]\np0 = { beauty = 7.0 }\n";
    let analysis = "[[analysis]]\nname = \"B+ -> K+ mu mu\"\nhyps = [[\"K\", 1], [\"mu\", 1], [\"mu\", -1]]\nparents = \"beauty\"\n\
                    signal = { parent = \"B+\", branching_fraction = 4.5e-7, final = [\"K+\", \"mu+\", \"mu-\"] }\n\
                    cuts = [{ of = [1, 2], window = [2.9, 3.2], keep = false }]\n";
    let common = "[common]\nmin_width = 0.01\nextra_track_factor = 0.1\nmomentum_resolution = 0.01\nacceptance = { eta = [-1, inf], p_min = 0, pt_min = 0 }\n";
    let reach = "reach = [{ extra_tracks = 2, max_particles = 5, min_relevance = 0.1 }]\n";
    fs::write(analyses.join("plain"), format!("{file}{analysis}"))?;
    fs::write(analyses.join("whole"), format!("{file}{common}{analysis}{reach}"))?;
    fs::write(analyses.join("named"), format!("{file}{}", analysis.replace("\"beauty\"", "[\"B+\"]")))?;
    fs::copy(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/decays/analyses.toml"),
        analyses.join("three"),
    )?;
    Ok(())
}
