//! Decays of decays.

use serde::{Deserialize, Serialize};

use crate::{DecayTable, DecaysError, ParticleId};

/// Decays of a chain that is read; what is nested deeper could fill the stack.
const MOST_DECAYS: usize = 100;

/// A particle, and what it decays to in turn.
///
/// ```
/// use hepsys_decays::{Chain, DecayTable, ParticleTable};
/// # let particles = "name,antiparticle,pdg_id,mass,width,charge\nB0,anti-B0,511,5.28,0,0\nanti-B0,B0,-511,5.28,0,0\n\
/// #     K*0,anti-K*0,313,0.896,0.047,0\nanti-K*0,K*0,-313,0.896,0.047,0\nK+,K-,321,0.49368,0,1\nK-,K+,-321,0.49368,0,-1\n\
/// #     pi+,pi-,211,0.14,0,1\npi-,pi+,-211,0.14,0,-1\ngamma,gamma,22,0,0,0\n";
/// # let particles = ParticleTable::from_csv("particles.csv", particles)?;
/// # let table = DecayTable::parse("my.dec", "Decay B0\n1 K*0 gamma PHSP;\nEnddecay\nCDecay anti-B0\nDecay K*0\n1 K+ pi- PHSP;\nEnddecay\nCDecay anti-K*0\n", &particles)?;
/// let chain = Chain::parse("B0 -> (K*0 -> K+ pi-) gamma", &table)?;
/// assert_eq!(chain.leaves().len(), 3);
/// assert_eq!(chain.conjugate(&table).describe(&table), "anti-B0 -> (anti-K*0 -> K- pi+) gamma");
/// # Ok::<(), hepsys_decays::DecaysError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Chain {
    particle: ParticleId,
    daughters: Vec<Chain>,
}

impl Chain {
    /// A particle at the end of a chain.
    #[must_use]
    pub fn leaf(particle: ParticleId) -> Self {
        Self { particle, daughters: Vec::new() }
    }

    /// A particle that decays to these.
    #[must_use]
    pub fn new(particle: ParticleId, daughters: Vec<Self>) -> Self {
        Self { particle, daughters }
    }

    /// Reads a chain such as `B0 -> (K*0 -> K+ pi-) mu+ mu-`.
    ///
    /// # Errors
    ///
    /// [`DecaysError::UnknownParticle`] for a name that the table does not know, and [`DecaysError::BadParameter`] for parentheses or arrows
    /// that are out of place.
    pub fn parse(text: &str, table: &DecayTable) -> Result<Self, DecaysError> {
        let words: Vec<&str> = text.split_whitespace().flat_map(split_parentheses).collect();
        let n_decays = words.iter().filter(|word| **word == "->").count();
        DecaysError::check(
            n_decays <= MOST_DECAYS,
            "the number of decays of a chain",
            &format!("at most {MOST_DECAYS}"),
            n_decays,
        )?;
        let mut rest = words.as_slice();
        let chain = Self::parse_words(&mut rest, text, table)?;
        DecaysError::check(rest.is_empty(), "a chain", "one particle and what it decays to", text)?;
        Ok(chain)
    }

    fn parse_words(words: &mut &[&str], text: &str, table: &DecayTable) -> Result<Self, DecaysError> {
        let bad = || DecaysError::bad("a chain", "such as `B0 -> (K*0 -> K+ pi-) mu+ mu-`", text);
        let [name, rest @ ..] = *words else { return Err(bad()) };
        let particle = table.require(name, text)?;
        *words = rest;
        let [first, rest @ ..] = *words else { return Ok(Self::leaf(particle)) };
        if *first != "->" {
            return Ok(Self::leaf(particle));
        }
        *words = rest;
        let mut daughters = Vec::new();
        loop {
            match *words {
                [] | [")", ..] => break,
                ["(", rest @ ..] => {
                    *words = rest;
                    daughters.push(Self::parse_words(words, text, table)?);
                    let [")", rest @ ..] = *words else { return Err(bad()) };
                    *words = rest;
                }
                [name, rest @ ..] => {
                    daughters.push(Self::leaf(table.require(name, text)?));
                    *words = rest;
                }
            }
        }
        if daughters.is_empty() {
            return Err(bad());
        }
        Ok(Self { particle, daughters })
    }

    /// The particle that the chain begins with.
    #[must_use]
    pub fn particle(&self) -> ParticleId {
        self.particle
    }

    /// What it decays to; nothing for the end of a chain.
    #[must_use]
    pub fn daughters(&self) -> &[Self] {
        &self.daughters
    }

    /// The particles at the end, in the order in which they are written.
    #[must_use]
    pub fn leaves(&self) -> Vec<ParticleId> {
        let mut leaves = Vec::new();
        self.collect_leaves(&mut leaves);
        leaves
    }

    fn collect_leaves(&self, leaves: &mut Vec<ParticleId>) {
        if self.daughters.is_empty() {
            leaves.push(self.particle);
        }
        for daughter in &self.daughters {
            daughter.collect_leaves(leaves);
        }
    }

    /// The chain of the antiparticles.
    #[must_use]
    pub fn conjugate(&self, table: &DecayTable) -> Self {
        let daughters = self.daughters.iter().map(|daughter| daughter.conjugate(table)).collect();
        Self { particle: table.antiparticle(self.particle), daughters }
    }

    /// The same chain with daughters in an order of their own, so that two that differ by the order of daughters become equal.
    #[must_use]
    pub fn sorted(&self) -> Self {
        let mut daughters: Vec<Self> = self.daughters.iter().map(Self::sorted).collect();
        daughters.sort_unstable();
        Self { particle: self.particle, daughters }
    }

    /// The chain in words, as [`parse`](Self::parse) reads it.
    #[must_use]
    pub fn describe(&self, table: &DecayTable) -> String {
        let mut words = table.name(self.particle).to_owned();
        if !self.daughters.is_empty() {
            words.push_str(" ->");
        }
        for daughter in &self.daughters {
            let inner = daughter.describe(table);
            words.push(' ');
            if daughter.daughters.is_empty() {
                words.push_str(&inner);
            } else {
                words.push_str(&format!("({inner})"));
            }
        }
        words
    }
}

/// A word without the parentheses around it, which are words of their own; those of a name such as `psi(2S)` belong to it.
fn split_parentheses(word: &str) -> impl Iterator<Item = &str> {
    let name = word.trim_start_matches('(');
    let n_open = word.len() - name.len();
    let count = |parenthesis: char| name.matches(parenthesis).count();
    let n_trailing = name.len() - name.trim_end_matches(')').len();
    let n_closed = count(')').saturating_sub(count('(')).min(n_trailing);
    let (name, _) = name.split_at(name.len() - n_closed);
    let name = (!name.is_empty()).then_some(name);
    std::iter::repeat_n("(", n_open).chain(name).chain(std::iter::repeat_n(")", n_closed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ParticleTable;

    fn table() -> DecayTable {
        let particles = "name,antiparticle,pdg_id,mass,width,charge\nB+,B-,521,5.28,0,1\nB-,B+,-521,5.28,0,-1\n\
            K+,K-,321,0.49,0,1\nK-,K+,-321,0.49,0,-1\npsi(2S),psi(2S),100443,3.686,0,0\nmu+,mu-,-13,0.106,0,1\nmu-,mu+,13,0.106,0,-1\n";
        let particles = ParticleTable::from_csv("p.csv", particles).unwrap();
        let text =
            "Decay B+\n1 psi(2S) K+ PHSP;\nEnddecay\nCDecay B-\nDecay psi(2S)\n1 mu+ mu- PHSP;\nEnddecay\n";
        DecayTable::parse("t.dec", text, &particles).unwrap()
    }

    #[test]
    fn what_is_described_is_read_back() {
        let table = table();
        for text in
            ["B+", "B+ -> psi(2S) K+", "B+ -> (psi(2S) -> mu+ mu-) K+", "B- -> K- (psi(2S) -> mu+ psi(2S))"]
        {
            assert_eq!(Chain::parse(text, &table).unwrap().describe(&table), text);
        }
        let spaced = Chain::parse("B+ -> ( ((psi(2S) -> mu+ mu-) ) K+", &table);
        assert!(spaced.is_err(), "{spaced:?}");
    }

    #[test]
    fn what_is_out_of_place_is_an_error() {
        let table = table();
        for text in [
            "",
            "B+ ->",
            "B+ K+",
            "(B+ -> K+)",
            "B+ -> (K+",
            "B+ -> K+)",
            "B+ -> ()",
            "-> K+",
            "B+ -> psi(2S",
            "B+ -> -> K+",
        ] {
            assert!(Chain::parse(text, &table).is_err(), "{text}");
        }
        let deep = format!("B+ -> {}", "(B+ -> ".repeat(100_000));
        assert!(Chain::parse(&deep, &table).unwrap_err().to_string().contains("at most 100"));
    }
}
