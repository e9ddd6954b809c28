//! What chains begin with: which particles, how often they are produced, and with which momenta.

use hepsys_sim::ProductionSpectrum;

use crate::pdg::open_flavour;
use crate::{Analysis, DecayTable, DecaysError, Detector, Parents, ParticleId};

/// The particles that backgrounds begin with, antiparticles included.
pub(super) fn parents(
    table: &DecayTable,
    detector: &Detector,
    analysis: &Analysis,
) -> Result<Vec<ParticleId>, DecaysError> {
    let context = format!("the parents of \"{}\"", analysis.name);
    let mut parents = Vec::new();
    let names: Vec<&String> = match &analysis.parents {
        Parents::Named(names) => names.iter().collect(),
        Parents::Flavour(_) => detector.production.keys().collect(),
    };
    for name in names {
        let parent = match &analysis.parents {
            Parents::Named(_) => table.require(name, &context)?,
            Parents::Flavour(flavour) => {
                // A particle that is produced, but that the table says nothing of, has no decays to look at.
                let Some(parent) = table.find(name) else { continue };
                let of = table.properties(parent).and_then(|properties| open_flavour(properties.pdg_id));
                if of != Some(*flavour) {
                    continue;
                }
                parent
            }
        };
        parents.extend([parent, table.antiparticle(parent)]);
    }
    parents.sort_unstable();
    parents.dedup();
    Ok(parents)
}

/// How often a particle or its antiparticle is produced.
pub(super) fn production(
    table: &DecayTable,
    detector: &Detector,
    particle: ParticleId,
) -> Result<f64, DecaysError> {
    let names = [table.name(particle), table.name(table.antiparticle(particle))];
    names
        .iter()
        .find_map(|name| detector.production.get(*name))
        .copied()
        .ok_or_else(|| DecaysError::NotProduced { name: names[0].to_owned(), what: "production fraction" })
}

pub(super) fn spectrum(
    table: &DecayTable,
    detector: &Detector,
    particle: ParticleId,
) -> Result<ProductionSpectrum, DecaysError> {
    let flavour = table.properties(particle).and_then(|properties| open_flavour(properties.pdg_id));
    flavour.and_then(|flavour| detector.spectra.get(&flavour)).copied().ok_or_else(|| {
        let what = "production spectrum: give p0 for its flavour";
        DecaysError::NotProduced { name: table.name(particle).to_owned(), what }
    })
}
