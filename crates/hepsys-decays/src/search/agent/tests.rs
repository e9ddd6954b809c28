use super::Agent;
use super::tree::{Open, ROOT, Tree};
use crate::{
    AnalysisFile, DecayTable, DecaysError, Exhaustive, Finder, FinderParams, ParticleTable, Ranking,
    SearchParams, SearchRecord, Seed, Strategy,
};

const PARTICLES: &str = "name,antiparticle,pdg_id,mass,width,charge
B+,B-,521,5.2793,0,1\nB-,B+,-521,5.2793,0,-1\nanti-D*0,D*0,-423,2.00685,0,0\nD*0,anti-D*0,423,2.00685,0,0
anti-D0,D0,-421,1.86484,0,0\nD0,anti-D0,421,1.86484,0,0\nK+,K-,321,0.49368,0,1\nK-,K+,-321,0.49368,0,-1
pi+,pi-,211,0.13957,0,1\npi-,pi+,-211,0.13957,0,-1\npi0,pi0,111,0.13498,0,0\ngamma,gamma,22,0,0,0
mu+,mu-,-13,0.10566,0,1\nmu-,mu+,13,0.10566,0,-1\nnu_mu,anti-nu_mu,14,0,0,0\nanti-nu_mu,nu_mu,-14,0,0,0
";

const DECAYS: &str = "Decay B+
0.0232 anti-D0 mu+ nu_mu PHSP;\n0.0558 anti-D*0 mu+ nu_mu PHSP;\n0.0047 anti-D0 pi+ PHSP;\n0.0049 anti-D*0 pi+ PHSP;
0.0134 anti-D0 pi+ pi0 PHSP;\n0.00036 anti-D0 K+ PHSP;\n0.00002 K+ pi+ pi- PHSP;\n0.00004 K+ pi- pi+ pi0 PHSP;
Enddecay\nCDecay B-\nDecay anti-D*0\n0.647 anti-D0 pi0 PHSP;\n0.353 anti-D0 gamma PHSP;\nEnddecay\nCDecay D*0
Decay anti-D0
0.0395 K+ pi- PHSP;\n0.034 K+ mu- anti-nu_mu PHSP;\n0.0041 K+ K- PHSP;\n0.0015 pi+ pi- PHSP;\n0.144 K+ pi- pi0 PHSP;
0.0149 pi+ pi- pi0 PHSP;\n0.0027 pi+ mu- anti-nu_mu PHSP;\n0.0886 K+ pi- pi0 pi0 PHSP;\nEnddecay\nCDecay D0\nEnd\n";

const ANALYSIS: &str = r#"
pid = { pi = { pi = 0.95, K = 0.03, mu = 0.006 }, K = { K = 0.9, pi = 0.06, mu = 0.006 }, mu = { mu = 0.97, pi = 0.03, K = 0.01 } }
production = { "B+" = 1.0 }
spectrum = { p0 = { beauty = 7.0 }, n = 2.8, eta = [2.0, 5.0] }

[[analysis]]
name = "B+ -> K+ mu mu"
hyps = [["K", 1], ["mu", 1], ["mu", -1]]
signal = { parent = "B+", branching_fraction = 4.5e-7, final = ["K+", "mu+", "mu-"] }
parents = "beauty"
cuts = [{ of = [0, 1, 2], window = [5.18, 5.38], keep = true }, { of = [1, 2], window = [2.95, 3.18], keep = false }]
reach = [{ extra_tracks = 1, min_relevance = 1e-6 }]
"#;

fn finder() -> Result<Finder, DecaysError> {
    let particles = ParticleTable::from_csv("particles.csv", PARTICLES)?;
    let table = DecayTable::parse("my.dec", DECAYS, &particles)?;
    let file = AnalysisFile::parse("analyses.toml", ANALYSIS)?;
    let analysis = file.analysis("B+ -> K+ mu mu")?.clone();
    FinderParams::new(table, file.detector, analysis).signal_events(4000).check()
}

fn search(
    finder: &Finder,
    strategy: &dyn Strategy,
    (budget, seed): (usize, u64),
    record: SearchRecord,
) -> Result<(Ranking, SearchRecord), DecaysError> {
    let params =
        SearchParams::new().events(300).leaders(3, 0.1).max_events(300).budget(budget).seed(Seed::new(seed));
    let mut kept = record.clone();
    let ranking = params.check()?.run(finder, strategy, record, &mut |record| kept = record.clone())?;
    Ok((ranking, kept))
}

/// The candidates that can be reached from a node by choices among what is open.
fn reached(tree: &Tree, node: usize) -> Vec<usize> {
    let below = tree.open_children(node).into_iter().flat_map(|child| reached(tree, child));
    tree.candidate(node).into_iter().chain(below).collect()
}

#[test]
fn every_candidate_ends_one_sequence_of_tokens() -> Result<(), DecaysError> {
    let finder = finder()?;
    let n = finder.candidates().len();
    let mut tree = Tree::new(finder.candidates());
    tree.set(|i| Some(Open::new(2.0, [i as f64])));
    let mut all = reached(&tree, ROOT);
    all.sort_unstable();
    assert_eq!(all, (0..n).collect::<Vec<_>>());
    let open = tree.open(ROOT);
    assert_eq!((open.n, open.weight), (n, 2.0 * n as f64));
    assert!(open.means().all(|mean| (mean - 0.5 * (n as f64 - 1.0)).abs() < 1e-9));
    Ok(())
}

#[test]
fn what_is_asked_is_no_choice() -> Result<(), DecaysError> {
    let finder = finder()?;
    let mut tree = Tree::new(finder.candidates());
    let is_open = |i: usize| finder.candidates()[i].name.contains("anti-D*0");
    tree.set(|i| is_open(i).then(|| Open::new(1.0, [0.0])));
    let found = reached(&tree, ROOT);
    assert!(!found.is_empty() && found.iter().all(|&i| is_open(i)));
    assert_eq!(found.len(), (0..finder.candidates().len()).filter(|&i| is_open(i)).count());
    tree.set(|_| None);
    assert!(tree.open_children(ROOT).is_empty());
    Ok(())
}

#[test]
fn every_episode_is_a_query() -> Result<(), DecaysError> {
    let finder = finder()?;
    let n = finder.candidates().len();
    assert!(n > 40, "{n}");
    // Rollouts of few decisions, so that it learns meanwhile.
    let agent = Agent { rollout: 32, ..Agent::default() };
    for budget in [1, n / 2, n - 1, n, usize::MAX] {
        let (ranking, _) = search(&finder, &agent, (budget, 1), SearchRecord::default())?;
        let mut asked = ranking.asked.clone();
        asked.sort_unstable();
        asked.dedup();
        assert_eq!(asked.len(), budget.min(n));
        assert_eq!(ranking.asked.len(), asked.len());
    }
    Ok(())
}

#[test]
fn a_resumed_search_is_an_uninterrupted_one() -> Result<(), DecaysError> {
    let finder = finder()?;
    let agent = Agent { rollout: 32, ..Agent::default() };
    let (ranking, whole) = search(&finder, &agent, (40, 2), SearchRecord::default())?;
    let mut cut = whole.clone();
    cut.answers.truncate(17);
    assert_eq!(search(&finder, &agent, (40, 2), cut)?, (ranking, whole.clone()));
    // A budget that ends earlier changes nothing before its end, and another seed does.
    let (shorter, _) = search(&finder, &agent, (20, 2), SearchRecord::default())?;
    let asked: Vec<usize> = whole.answers.iter().map(|answer| answer.candidate).collect();
    assert_eq!(shorter.asked, asked[..20]);
    assert_ne!(search(&finder, &agent, (20, 3), SearchRecord::default())?.0.asked, asked[..20]);
    Ok(())
}

#[test]
fn the_leaders_are_found_sooner_than_in_random_order() -> Result<(), DecaysError> {
    let finder = finder()?;
    let n = finder.candidates().len();
    let (truth, _) = search(&finder, &Exhaustive, (n, 1), SearchRecord::default())?;
    let leaders: Vec<usize> = truth.leaders(3).iter().map(|leader| leader.candidate).collect();
    let mut places = Vec::new();
    for seed in 1..=5 {
        let agent = Agent { rollout: 32, ..Agent::default() };
        let (ranking, _) = search(&finder, &agent, (n, seed), SearchRecord::default())?;
        let place = |leader| ranking.asked.iter().position(|asked| asked == leader);
        places.extend(leaders.iter().filter_map(place));
    }
    // In random order it is the middle on average; the mean of fifteen has a deviation of 0.07 n.
    let mean = places.iter().sum::<usize>() as f64 / places.len() as f64;
    assert!(places.len() == 15 && mean < 0.3 * n as f64, "{mean} of {n}");
    Ok(())
}

#[test]
fn settings_without_sense_are_refused() -> Result<(), DecaysError> {
    let finder = finder()?;
    for agent in [
        Agent { temperature: 0.0, ..Agent::default() },
        Agent { length: f64::NAN, ..Agent::default() },
        Agent { rollout: 0, ..Agent::default() },
    ] {
        assert!(search(&finder, &agent, (5, 1), SearchRecord::default()).is_err());
    }
    Ok(())
}
