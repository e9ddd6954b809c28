#![no_main]

use hepsys_decays::{DecayTable, ParticleTable, Track};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for particles in [ParticleTable::from_csv("fuzz.csv", text), ParticleTable::from_pdl("fuzz.pdl", text)] {
        let Ok(particles) = particles else { continue };
        let mut decays = String::new();
        for particle in particles.iter() {
            assert_eq!(particles.get(&particle.name), Some(particle));
            assert!(0.0 <= particle.mass && particle.mass.is_finite());
            assert!(0.0 <= particle.width && particle.width.is_finite());
            let _ = Track::of_pdg_id(particle.pdg_id);
            decays += &format!("Decay {}\nEnddecay\n", particle.name);
        }
        let _ = DecayTable::parse("fuzz.dec", &decays, &particles);
    }
});
