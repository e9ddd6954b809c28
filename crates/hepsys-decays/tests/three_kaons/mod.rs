//! Ten decay modes of charm mesons that are seen as three kaons, through a fast and through a detailed detector.

use hepsys_core::{Feature, Sample, Seed, Stream};
use hepsys_decays::generator::ModeSample;
use hepsys_sim::{
    Acceptance, FourMomentum, MomentumResolution, Particle, ProductionSpectrum, SimError, TurnOn, mass,
};
use rand::seq::SliceRandom;
use rand_distr::{Distribution, StandardNormal};

const D_PLUS: f64 = 1.869_66;
const D_S: f64 = 1.968_35;
const D_ZERO: f64 = 1.864_84;
const PI_ZERO: f64 = 0.134_977;
const PHI: f64 = 1.019_46;
const RHO: f64 = 0.775_3;

/// How many masses stand for the shape of a resonance.
const N_MASSES: usize = 48;

/// A mode: its chain at several masses of its resonances, and which of its stable particles are taken for the K⁻ and the two K⁺.
pub(crate) struct Mode {
    pub(crate) name: &'static str,
    chains: Vec<Particle>,
    kaons: [usize; 3],
}

/// Which detector sees the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detector {
    /// A resolution of 0.5 %.
    Fast,
    /// A resolution of 0.6 % that grows with the momentum, a momentum scale that is 0.08 % low, and a trigger that turns on
    /// around a transverse momentum of 0.8 GeV.
    Detailed,
}

/// The mass of a resonance below which a part `u` of its Breit–Wigner shape is, between two masses.
fn breit_wigner(mass: f64, width: f64, [low, high]: [f64; 2], u: f64) -> f64 {
    let angle = |m: f64| (2.0 * (m - mass) / width).atan();
    mass + 0.5 * width * (angle(low) + u * (angle(high) - angle(low))).tan()
}

/// The ten modes.
pub(crate) fn modes() -> Result<Vec<Mode>, SimError> {
    let of = Particle::new;
    let (k, pi, pi0) = (|| of(mass::K_PLUS), || of(mass::PI_PLUS), || of(PI_ZERO));
    let phi = |u| of(breit_wigner(PHI, 0.004_25, [0.99, 1.10], u))?.decaying_to([k()?, k()?]);
    let kstar = |u| of(breit_wigner(mass::K_STAR, 0.047, [0.70, 0.98], u));
    let rho = |u| of(breit_wigner(RHO, 0.149, [0.35, 0.93], u))?.decaying_to([pi()?, pi0()?]);
    let d_plus = |daughters: Vec<Particle>| of(D_PLUS)?.decaying_to(daughters);
    let d_s = |daughters: Vec<Particle>| of(D_S)?.decaying_to(daughters);
    let d_zero = |daughters: Vec<Particle>| of(D_ZERO)?.decaying_to(daughters);
    let mode = |name, chain: &dyn Fn(f64, f64) -> Result<Particle, SimError>| {
        // Two resonances of one chain do not know each other: 7 and 48 have no common divisor.
        let part = |i: usize| ((i % N_MASSES) as f64 + 0.5) / N_MASSES as f64;
        let chains = (0..N_MASSES).map(|i| chain(part(i), part(7 * i))).collect::<Result<_, _>>()?;
        Ok(Mode { name, chains, kaons: [0, 1, 2] })
    };
    [
        mode("D+ → K− K+ π+", &|_, _| d_plus(vec![k()?, k()?, pi()?])),
        mode("D+ → φ π+", &|u, _| d_plus(vec![phi(u)?, pi()?])),
        mode("D+ → K− K+ π+ π0", &|_, _| d_plus(vec![k()?, k()?, pi()?, pi0()?])),
        mode("Ds+ → K− K+ π+", &|_, _| d_s(vec![k()?, k()?, pi()?])),
        mode("Ds+ → φ π+ π0", &|u, _| d_s(vec![phi(u)?, pi()?, pi0()?])),
        mode("Ds+ → φ ρ+", &|u, v| d_s(vec![phi(u)?, rho(v)?])),
        // The K− and π+ of one K*, and the K+ of the other, which loses its π0.
        mode("Ds+ → K*0 K*+", &|u, v| {
            d_s(vec![kstar(u)?.decaying_to([k()?, pi()?])?, kstar(v)?.decaying_to([k()?, pi0()?])?])
        }),
        mode("D0 → K− π+ π+ π−", &|_, _| d_zero(vec![k()?, pi()?, pi()?, pi()?])),
        mode("D0 → K− K+ π+ π−", &|_, _| d_zero(vec![k()?, k()?, pi()?, pi()?])),
        mode("D+ → K− π+ π+ π0 π0", &|_, _| d_plus(vec![k()?, pi()?, pi()?, pi0()?, pi0()?])),
    ]
    .into_iter()
    .collect()
}

impl Detector {
    /// The measured momentum of a particle that is taken for a kaon.
    fn measured(self, particle: &FourMomentum, stream: &mut Stream) -> FourMomentum {
        let [x, y, z] = particle.momentum();
        let kaon = FourMomentum::of_mass(mass::K_PLUS, x, y, z);
        match self {
            Self::Fast => MomentumResolution::TRACKS.smear(&kaon, stream),
            Self::Detailed => {
                let number: f64 = StandardNormal.sample(stream);
                kaon.with_momentum_scaled(1.0 - 0.0008 + (0.006 + 4e-5 * kaon.p()) * number)
            }
        }
    }

    /// Whether the trigger keeps three kaons.
    fn triggers(self, kaons: &[FourMomentum], trigger: &TurnOn, stream: &mut Stream) -> bool {
        let softest = kaons.iter().map(FourMomentum::pt).fold(f64::INFINITY, f64::min);
        self == Self::Fast || trigger.accepts(softest, stream)
    }
}

/// So many seen events of a mode.
pub(crate) fn simulate(mode: &Mode, detector: Detector, n_events: usize, seed: Seed) -> ModeSample {
    let spectrum = ProductionSpectrum::new(4.0, 2.8, [1.8, 5.2]).unwrap();
    let trigger = TurnOn::new(0.8, 0.25).unwrap();
    let mut stream = seed.named(mode.name).stream();
    let mut columns: [Vec<f64>; 4] = Default::default();
    // All masses before the next look at the number, and then any of the events: none of the masses is preferred.
    let mut n_chains = 0;
    while columns[0].len() < n_events || n_chains % N_MASSES > 0 {
        let chain = &mode.chains[n_chains % N_MASSES];
        n_chains += 1;
        let parents: Vec<_> = (0..64).map(|_| spectrum.sample(chain.mass(), &mut stream)).collect();
        let decays = chain.decay_all(&parents, &mut stream);
        for event in decays.momenta() {
            let kaons = mode.kaons.map(|place| detector.measured(&event[place], &mut stream));
            if !Acceptance::FORWARD_SOFT.accepts_all(&kaons)
                || !detector.triggers(&kaons, &trigger, &mut stream)
            {
                continue;
            }
            let [minus, first, second] = kaons;
            let all = minus + first + second;
            let pair = (minus + first).mass().min((minus + second).mass());
            // Above the threshold, but for rounding.
            let ln_above = |m: f64, n: f64| (m - n * mass::K_PLUS).max(1e-9).ln();
            let values = [ln_above(all.mass(), 3.0), ln_above(pair, 2.0), all.pt().ln(), all.eta()];
            columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
        }
    }
    let mut order: Vec<usize> = (0..columns[0].len()).collect();
    order.shuffle(&mut stream);
    let features = ["ln(m − 3 mK)", "ln(m pair − 2 mK)", "ln pT", "η"].map(|name| Feature::new(name, "1"));
    let sample = Sample::from_columns(features.into_iter().zip(columns)).unwrap();
    ModeSample::new(mode.name, sample.take(&order[..n_events]).unwrap()).unwrap()
}
