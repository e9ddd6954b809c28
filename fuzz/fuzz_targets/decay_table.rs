#![no_main]

use hepsys_decays::{Chain, DecayTable, ParticleTable};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let particles = ParticleTable::from_csv("particles.csv", hepsys_fuzz::PARTICLES).expect("particles");
    let Ok(table) = DecayTable::parse("fuzz.dec", text, &particles) else { return };
    assert_eq!(table.mothers().map(|mother| table.modes(mother).len()).sum::<usize>(), table.n_modes());
    for particle in table.particles() {
        assert_eq!(table.find(table.name(particle)), Some(particle));
        let _ = (table.track(particle), table.antiparticle(particle));
    }
    for mother in table.mothers() {
        for mode in table.modes(mother) {
            assert!(0.0 <= mode.fraction.value && mode.fraction.value.is_finite());
            assert!(0.0 <= mode.fraction.relative_error && mode.fraction.relative_error.is_finite());
            let words = table.describe(mother, mode);
            // What the particle table does not know is in no chain, and neither is a name that begins or ends as a chain does.
            let names = [mother].into_iter().chain(mode.daughters.iter().copied());
            let is_plain = |name: &str| {
                !name.starts_with('(')
                    && name.matches('(').count() == name.matches(')').count()
                    && name != "->"
            };
            if mode.daughters.is_empty()
                || !names.clone().all(|id| table.properties(id).is_some() && is_plain(table.name(id)))
            {
                continue;
            }
            let chain = Chain::parse(&words, &table).expect("a chain of one decay");
            assert_eq!(chain.describe(&table), words);
            assert_eq!(chain.leaves(), mode.daughters);
            assert_eq!(chain.sorted().sorted(), chain.sorted());
        }
    }
});
