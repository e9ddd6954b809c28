//! From statements to a table.

use std::collections::HashMap;

use super::{BranchingFraction, DecayMode, DecayTable, Entry, ParticleId};
use crate::dec::{Mode, Statement};
use crate::{DecaysError, ParticleProperties, ParticleTable};

pub(super) fn resolve(
    file: &str,
    statements: Vec<Statement>,
    particles: &ParticleTable,
) -> Result<DecayTable, DecaysError> {
    let mut resolver = Resolver {
        file,
        table: DecayTable { entries: Vec::new(), by_name: HashMap::new() },
        particles,
        aliases: HashMap::new(),
        conjugates: HashMap::new(),
    };
    // Names first, for a decay may come before what it needs.
    for statement in &statements {
        resolver.declare(statement);
    }
    let mut derived = Vec::new();
    for statement in statements {
        match statement {
            Statement::Decay { name, modes } => {
                // The last word on a particle counts.
                derived.retain(|other: &Derived| other.name != name);
                resolver.decay(&name, modes);
            }
            Statement::CDecay { name, line } => derived.push(Derived { name, copied: None, line }),
            Statement::CopyDecay { name, other, line } => {
                derived.push(Derived { name, copied: Some(other), line });
            }
            Statement::Particle { name, mass, width, line } => resolver.change(&name, mass, width, line)?,
            Statement::Alias { .. } | Statement::ChargeConj { .. } => {}
        }
    }
    // One may need what another says: as long as some can be resolved, the others wait.
    while !derived.is_empty() {
        let mut failure = None;
        let n_before = derived.len();
        derived.retain(|of| {
            let result = match &of.copied {
                Some(other) => resolver.copy(&of.name, other, of.line),
                None => resolver.conjugate(&of.name, of.line),
            };
            let waits = result.is_err();
            if let Err(error) = result {
                failure.get_or_insert(error);
            }
            waits
        });
        if let Some(error) = failure.filter(|_| derived.len() == n_before) {
            return Err(error);
        }
    }
    Ok(resolver.table)
}

/// Decays that are those of another particle, or their conjugates.
struct Derived {
    name: String,
    copied: Option<String>,
    line: usize,
}

struct Resolver<'a> {
    file: &'a str,
    table: DecayTable,
    particles: &'a ParticleTable,
    /// From an alias to the particle.
    aliases: HashMap<String, String>,
    /// What `ChargeConj` says, both ways.
    conjugates: HashMap<String, String>,
}

impl Resolver<'_> {
    fn declare(&mut self, statement: &Statement) {
        match statement {
            Statement::Alias { alias, name, .. } => {
                self.aliases.insert(alias.clone(), name.clone());
            }
            Statement::ChargeConj { names: [a, b], .. } => {
                self.conjugates.insert(a.clone(), b.clone());
                self.conjugates.insert(b.clone(), a.clone());
            }
            _ => {}
        }
    }

    /// The particle of this name, new if it has to be.
    fn id(&mut self, name: &str) -> ParticleId {
        if let Some(id) = self.table.find(name) {
            return id;
        }
        let new = self.table.next_id();
        let mut name = name.to_owned();
        // Its antiparticle, and the antiparticle of that, until one is known: as a rule the second one.
        loop {
            let id = self.table.next_id();
            let (properties, antiparticle) = self.look_up(&name);
            self.table.by_name.insert(name.clone(), id);
            let known = self.table.find(&antiparticle);
            let next = ParticleId(id.0 + 1);
            let entry = Entry { name, properties, antiparticle: known.unwrap_or(next), modes: Vec::new() };
            self.table.entries.push(entry);
            if known.is_some() {
                return new;
            }
            name = antiparticle;
        }
    }

    /// What is known of a name, and the name of its antiparticle.
    fn look_up(&self, name: &str) -> (Option<ParticleProperties>, String) {
        // An alias of an alias ends somewhere, unless the file runs in a circle.
        let mut known = name;
        for _ in 0..self.aliases.len() {
            let Some(next) = self.aliases.get(known) else { break };
            known = next;
        }
        let properties = self.particles.get(known).cloned();
        let antiparticle = match (self.conjugates.get(name), &properties) {
            (Some(conjugate), _) => conjugate.clone(),
            (None, Some(properties)) if properties.antiparticle == properties.name => name.to_owned(),
            (None, Some(properties)) => properties.antiparticle.clone(),
            (None, None) => conjugate_of_unknown(name),
        };
        (properties, antiparticle)
    }

    fn decay(&mut self, name: &str, modes: Vec<Mode>) {
        let mother = self.id(name);
        let modes = modes.into_iter().map(|mode| {
            let error = DecayMode::error_of(&mode.comment).unwrap_or(0.0);
            DecayMode {
                fraction: BranchingFraction::measured(mode.fraction, error),
                daughters: mode.daughters.iter().map(|daughter| self.id(daughter)).collect(),
                model: mode.model,
            }
        });
        self.table.entries[mother.index()].modes = modes.collect();
    }

    fn change(&mut self, name: &str, mass: f64, width: Option<f64>, line: usize) -> Result<(), DecaysError> {
        let id = self.id(name);
        let Some(properties) = &mut self.table.entries[id.index()].properties else {
            return Err(DecaysError::syntax(self.file, line, name, "a particle of the particle table"));
        };
        properties.mass = mass;
        properties.width = width.unwrap_or(properties.width);
        Ok(())
    }

    fn copy(&mut self, name: &str, other: &str, line: usize) -> Result<(), DecaysError> {
        let (id, other_id) = (self.id(name), self.id(other));
        let modes = self.table.modes(other_id).to_vec();
        if modes.is_empty() {
            return Err(DecaysError::syntax(self.file, line, other, "a particle with decays in this file"));
        }
        self.table.entries[id.index()].modes = modes;
        Ok(())
    }

    fn conjugate(&mut self, name: &str, line: usize) -> Result<(), DecaysError> {
        let id = self.id(name);
        let antiparticle = self.table.antiparticle(id);
        let mut modes = self.table.modes(antiparticle).to_vec();
        if modes.is_empty() || antiparticle == id {
            let expected = "a particle whose antiparticle has decays in this file";
            return Err(DecaysError::syntax(self.file, line, name, expected));
        }
        for daughter in modes.iter_mut().flat_map(|mode| &mut mode.daughters) {
            *daughter = self.table.antiparticle(*daughter);
        }
        self.table.entries[id.index()].modes = modes;
        Ok(())
    }
}

/// How EvtGen would write the antiparticle of a name that no particle table knows: `Xu-` of `Xu+`, `anti-Xsd` of `Xsd`.
fn conjugate_of_unknown(name: &str) -> String {
    let stem = name.trim_end_matches(['+', '-']);
    let signs: String = name[stem.len()..].chars().map(|sign| if sign == '+' { '-' } else { '+' }).collect();
    match stem.strip_prefix("anti-") {
        Some(stem) => format!("{stem}{signs}"),
        None if signs.is_empty() => format!("anti-{stem}"),
        None => format!("{stem}{signs}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTICLES: &str = "name,antiparticle,pdg_id,mass,width,charge
B0,anti-B0,511,5.28,0,0
anti-B0,B0,-511,5.28,0,0
K*0,anti-K*0,313,0.8955,0.047,0
anti-K*0,K*0,-313,0.8955,0.047,0
K+,K-,321,0.494,0,1
K-,K+,-321,0.494,0,-1
pi+,pi-,211,0.14,0,1
pi-,pi+,-211,0.14,0,-1
gamma,gamma,22,0,0,0
";

    const DECAYS: &str = "Alias MyK K*0
Alias MyantiK anti-K*0
ChargeConj MyK MyantiK
Particle MyK 0.9
Decay B0
4e-5 MyK gamma SVP_HELAMP 1 0 1 0;
1e-3 u anti-d PYTHIA 48;
Enddecay
CDecay anti-B0
Decay MyK
1.0 K+ pi- VSS;
Enddecay
CDecay MyantiK
CopyDecay K*0 MyK
CDecay anti-K*0
End
";

    fn table(decays: &str) -> Result<DecayTable, DecaysError> {
        DecayTable::parse("t.dec", decays, &ParticleTable::from_csv("p.csv", PARTICLES).unwrap())
    }

    #[test]
    fn aliases_conjugates_and_copies_are_resolved() {
        let table = table(DECAYS).unwrap();
        let words = |name: &str| {
            let id = table.find(name).unwrap();
            table.modes(id).iter().map(|mode| table.describe(id, mode)).collect::<Vec<_>>()
        };
        assert_eq!(words("anti-B0"), ["anti-B0 -> MyantiK gamma", "anti-B0 -> anti-u d"]);
        assert_eq!(words("MyantiK"), ["MyantiK -> K- pi+"]);
        assert_eq!(words("anti-K*0"), ["anti-K*0 -> K- pi+"]);
        let alias = table.properties(table.find("MyK").unwrap()).unwrap();
        assert_eq!((alias.mass, alias.width, alias.pdg_id), (0.9, 0.047, 313));
        assert_eq!(table.properties(table.find("K*0").unwrap()).unwrap().mass, 0.8955);
        let mut unknown: Vec<_> = table.unknown().collect();
        unknown.sort_unstable();
        assert_eq!(unknown, ["anti-d", "anti-u", "d", "u"]);
        assert_eq!((table.n_modes(), table.mothers().count()), (8, 6));
    }

    #[test]
    fn what_cannot_be_resolved_is_an_error_with_its_line() {
        let error = |from: &str, to: &str| table(&DECAYS.replace(from, to)).unwrap_err().to_string();
        assert_eq!(
            error("CDecay anti-B0", "CDecay gamma"),
            "t.dec, line 9: found `gamma`, expected a particle whose antiparticle has decays in this file"
        );
        assert!(error("CopyDecay K*0 MyK", "CopyDecay K*0 K+").starts_with("t.dec, line 14: found `K+`"));
        assert!(error("Particle MyK", "Particle Zprime").starts_with("t.dec, line 4: found `Zprime`"));
        // A long way from antiparticle to antiparticle ends.
        let pairs: String = (0..100_000).map(|i| format!("ChargeConj a{} a{}\n", i + 1, i)).collect();
        let long = table(&format!("{pairs}Decay a0\n1 a5 PHSP;\nEnddecay\n")).unwrap();
        assert!(long.particles().len() > 2);
        // A circle of aliases ends.
        assert!(table("Alias a b\nAlias b a\nDecay a\n1 a PHSP;\nEnddecay\n").is_ok());
    }

    #[test]
    fn unknown_names_have_antiparticles_too() {
        for (name, antiparticle) in [("Xu+", "Xu-"), ("Xu-", "Xu+"), ("Xsd", "anti-Xsd"), ("anti-Xsd", "Xsd")]
        {
            assert_eq!(conjugate_of_unknown(name), antiparticle);
        }
        let table = table("Decay Xu+\n1 K+ gamma PHSP;\nEnddecay\nCDecay Xu-\n").unwrap();
        assert_eq!(table.modes(table.find("Xu-").unwrap()).len(), 1);
    }

    #[test]
    fn copies_of_conjugates_are_resolved_and_a_later_decay_counts() {
        let more = "CDecay anti-K*0\nCopyDecay MyantiK anti-K*0\nDecay K*0\n1 K+ pi- VSS;\nEnddecay\n";
        let copied = table(more).unwrap();
        assert_eq!(copied.modes(copied.find("MyantiK").unwrap()).len(), 1);
        let own = table("CDecay anti-B0\nDecay B0\n1 K+ K- PHSP;\nEnddecay\nDecay anti-B0\n1 gamma gamma PHSP;\n0 K+ K- PHSP;\nEnddecay\n").unwrap();
        assert_eq!(own.modes(own.find("anti-B0").unwrap()).len(), 2);
    }

    #[test]
    fn the_last_decay_of_a_particle_counts() {
        let table = table(
            "Decay B0\n1 gamma gamma PHSP;\nEnddecay\nDecay B0\n1 K+ K- PHSP;\n0 gamma PHSP;\nEnddecay",
        )
        .unwrap();
        assert_eq!(table.modes(table.find("B0").unwrap()).len(), 2);
    }
}
