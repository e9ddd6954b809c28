//! Chains with resonances: spectra with closed forms, and what no event may change.

use hepsys_core::Seed;
use hepsys_sim::{DecayEvents, FourMomentum, Particle, SimError, mass};
use proptest::prelude::*;

fn stable(mass: f64) -> Particle {
    Particle::new(mass).unwrap()
}

/// A resonance of two particles.
fn resonance(mass: f64, width: f64, daughters: [f64; 2]) -> Particle {
    Particle::new(mass).unwrap().with_width(width).unwrap().decaying_to(daughters.map(stable)).unwrap()
}

fn at_rest(particle: &Particle, n_events: usize) -> Vec<FourMomentum> {
    vec![FourMomentum::at_rest(particle.mass()); n_events]
}

fn weighted(particle: &Particle, n_events: usize, seed: u64) -> DecayEvents {
    particle.decay_weighted(&at_rest(particle, n_events), &mut Seed::new(seed).stream())
}

/// The mass of some particles in each event, with its weight.
fn masses(events: &DecayEvents, of: std::ops::Range<usize>) -> Vec<(f64, f64)> {
    let mass = |event: &[FourMomentum]| event[of.clone()].iter().copied().sum::<FourMomentum>().mass();
    events.momenta().map(mass).zip(events.weights().iter().copied()).filter(|(_, w)| *w > 0.0).collect()
}

/// The cumulative Breit–Wigner between two masses.
fn breit_wigner(peak: f64, width: f64, [low, high]: [f64; 2]) -> impl Fn(f64) -> f64 {
    let angle = move |m: f64| (2.0 * (m - peak) / width).atan();
    move |m| ((angle(m) - angle(low)) / (angle(high) - angle(low))).clamp(0.0, 1.0)
}

/// The largest distance between weighted values and their distribution, times the root of the effective number of events.
fn distance(mut values: Vec<(f64, f64)>, cdf: impl Fn(f64) -> f64) -> f64 {
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let sum: f64 = values.iter().map(|(_, w)| w).sum();
    let squares: f64 = values.iter().map(|(_, w)| w * w).sum();
    let (mut below, mut largest) = (0.0, 0.0_f64);
    for (value, weight) in &values {
        let f = cdf(*value);
        largest = largest.max((f - below / sum).abs());
        below += weight;
        largest = largest.max((f - below / sum).abs());
    }
    largest * sum / squares.sqrt()
}

/// The distance of Kolmogorov and Smirnov that one sample in ten thousand exceeds.
const FAR: f64 = 2.23;

#[test]
fn a_resonance_has_a_breit_wigner_cut_where_it_cannot_be() {
    let kstar = |width| resonance(mass::K_STAR, width, [mass::K_PLUS, mass::PI_PLUS]);
    let threshold = mass::K_PLUS + mass::PI_PLUS;
    for (parent, other, width) in [
        // With room for all of 8 Γ above the peak, and 5.5 Γ below.
        (mass::B_ZERO, mass::J_PSI, 0.0473),
        // Narrow: 8 Γ on both sides.
        (mass::B_ZERO, mass::PI_PLUS, 0.004),
        // The parent leaves room just above the peak, and below it.
        (mass::K_STAR + 0.52, 0.5, 0.0473),
        (mass::K_STAR + 0.46, 0.5, 0.0473),
    ] {
        let low = threshold.max(mass::K_STAR - 8.0 * width);
        let high = (parent - other).min(mass::K_STAR + 8.0 * width);
        for daughters in [vec![kstar(width), stable(other)], vec![stable(other), kstar(width)]] {
            let place = if daughters[0].daughters().is_empty() { 1 } else { 0 };
            let parent = stable(parent).decaying_to(daughters).unwrap();
            let cdf = breit_wigner(mass::K_STAR, width, [low, high]);
            for events in [
                weighted(&parent, 40_000, 3),
                parent.decay_all(&at_rest(&parent, 20_000), &mut Seed::new(4).stream()),
            ] {
                let found = masses(&events, place..place + 2);
                assert!(found.iter().all(|(m, _)| (low - 1e-9..=high + 1e-9).contains(m)));
                let distance = distance(found, &cdf);
                assert!(distance < FAR, "{width} in {}: {distance}", parent.mass());
            }
        }
    }
}

/// D → K*K̄* with little room: the product of both spectra where m₁ + m₂ < M.
#[test]
fn two_resonances_share_their_room_whatever_their_order() {
    let parent = 1.8;
    let wide = || resonance(mass::K_STAR, 0.0473, [mass::K_PLUS, mass::PI_PLUS]);
    let wider = || resonance(0.775, 0.149, [mass::PI_PLUS, mass::PI_PLUS]);
    // The distribution of the first: its spectrum times what of the second fits in.
    let [low, other_low] = [mass::K_PLUS + mass::PI_PLUS, 2.0 * mass::PI_PLUS];
    let first = breit_wigner(mass::K_STAR, 0.0473, [low, mass::K_STAR + 8.0 * 0.0473]);
    let second = breit_wigner(0.775, 0.149, [other_low, 0.775 + 8.0 * 0.149]);
    let n = 20_000;
    let high = parent - other_low;
    let mut cumulative = vec![0.0];
    for i in 0..n {
        let at = |i: usize| low + (high - low) * i as f64 / n as f64;
        let part = (first(at(i + 1)) - first(at(i))) * second(parent - 0.5 * (at(i) + at(i + 1)));
        cumulative.push(cumulative[i] + part);
    }
    let cdf = |m: f64| {
        let place = ((m - low) / (high - low) * n as f64).clamp(0.0, n as f64 - 1.0);
        let (i, part) = (place as usize, place.fract());
        (cumulative[i] * (1.0 - part) + cumulative[i + 1] * part) / cumulative[n]
    };
    for (daughters, place) in [([wide(), wider()], 0), ([wider(), wide()], 2)] {
        let particle = stable(parent).decaying_to(daughters).unwrap();
        let events = weighted(&particle, 100_000, 5 + place as u64);
        let distance_weighted = distance(masses(&events, place..place + 2), cdf);
        assert!(distance_weighted < FAR, "{distance_weighted}");
        let mean = events.weights().iter().sum::<f64>() / 100_000.0;
        // The weight is the part of both spectra that fits: the same in either order.
        assert!((mean / cumulative[n] - 1.0).abs() < 0.02, "{mean}, expected {}", cumulative[n]);
        let events = particle.decay_all(&at_rest(&particle, 20_000), &mut Seed::new(6).stream());
        assert!(events.weights().iter().all(|weight| *weight == 1.0));
        let distance_unweighted = distance(masses(&events, place..place + 2), cdf);
        assert!(distance_unweighted < FAR, "{distance_unweighted}");
    }
}

/// The joint distribution, from its moments, in a chain with a resonance in a resonance and a decay to three.
#[test]
fn the_order_of_daughters_changes_no_distribution() {
    let rho = || resonance(0.775, 0.149, [mass::PI_PLUS, mass::PI_PLUS]);
    let a1 = |daughters: Vec<Particle>| {
        Particle::new(1.23).unwrap().with_width(0.42).unwrap().decaying_to(daughters).unwrap()
    };
    let phi = || resonance(1.01946, 0.00425, [mass::K_PLUS, mass::K_PLUS]);
    let one = stable(2.4).decaying_to([phi(), a1(vec![rho(), stable(mass::PI_PLUS)])]).unwrap();
    let other = stable(2.4).decaying_to([a1(vec![stable(mass::PI_PLUS), rho()]), phi()]).unwrap();
    let n = 100_000;
    // The masses of φ, ρ and a₁.
    let ranges = [[(0..2), (2..4), (2..5)], [(3..5), (1..3), (0..3)]];
    let moments = [(&one, &ranges[0]), (&other, &ranges[1])].map(|(particle, ranges)| {
        let events = weighted(particle, n, 7);
        let [phi, rho, a1] = ranges.clone().map(|range| masses(&events, range));
        let value =
            |i: usize| [phi[i].0, rho[i].0, a1[i].0, rho[i].0 * a1[i].0, a1[i].0.powi(2), rho[i].0.powi(2)];
        let (mut sum, mut sums, mut squares) = (0.0, [0.0; 6], [0.0; 6]);
        for (i, (_, w)) in phi.iter().enumerate() {
            sum += w;
            for (k, x) in value(i).into_iter().enumerate() {
                sums[k] += w * x;
                squares[k] += w * x * x;
            }
        }
        let effective = sum * sum / phi.iter().map(|(_, w)| w * w).sum::<f64>();
        let means = sums.map(|x| x / sum);
        let errors: Vec<f64> =
            (0..6).map(|k| ((squares[k] / sum - means[k] * means[k]) / effective).sqrt()).collect();
        (means, errors, sum / n as f64)
    });
    let [(a, a_errors, a_weight), (b, b_errors, b_weight)] = moments;
    for k in 0..6 {
        assert!(
            (a[k] - b[k]).abs() < 4.5 * a_errors[k].hypot(b_errors[k]),
            "moment {k}: {} and {}",
            a[k],
            b[k]
        );
    }
    assert!((a_weight / b_weight - 1.0).abs() < 0.02, "{a_weight}, {b_weight}");
}

#[test]
fn three_bodies_have_the_weight_of_phase_space() {
    let [kaon, muon] = [stable(mass::K_PLUS), stable(mass::MUON)];
    let b = stable(mass::B_PLUS).decaying_to([muon.clone(), muon, kaon]).unwrap();
    let n = 400_000;
    let events = weighted(&b, n, 8);
    let mean = events.weights().iter().sum::<f64>() / n as f64;
    let square = events.weights().iter().map(|w| w * w).sum::<f64>() / n as f64;
    let error = ((square - mean * mean) / n as f64).sqrt();
    assert!((mean - 1.819).abs() < 4.0 * error + 5e-4, "{mean} ± {error}");
}

#[test]
fn events_do_not_depend_on_how_many_there_are() {
    let rho = resonance(0.775, 0.149, [mass::PI_PLUS, mass::PI_PLUS]);
    let particle = stable(1.8).decaying_to([rho.clone(), stable(0.3), rho]).unwrap();
    let all = weighted(&particle, 1000, 9);
    for n in [1, 127, 128, 129, 500] {
        let few = weighted(&particle, n, 9);
        assert_eq!(few.weights(), &all.weights()[..n]);
        assert!(few.momenta().eq(all.momenta().take(n)));
    }
    assert_eq!(weighted(&particle, 0, 9).n_events(), 0);
}

#[test]
fn thresholds_are_errors() {
    let pair = [stable(mass::K_PLUS), stable(mass::K_PLUS)];
    let kaons = |mass: f64, width: f64| stable(mass).with_width(width).unwrap().decaying_to(pair.clone());
    assert!(matches!(kaons(0.9, 0.0), Err(SimError::BelowThreshold { .. })));
    // With a width it may be heavier, by eight widths at most.
    assert!(kaons(0.9, 0.02).is_ok());
    assert!(matches!(kaons(0.9, 0.01), Err(SimError::BelowThreshold { .. })));
    // A parent needs room for the lightest that its daughters can be.
    let light = kaons(0.9, 0.02).unwrap();
    assert!(matches!(
        stable(1.0).decaying_to([light.clone(), stable(0.1)]),
        Err(SimError::BelowThreshold { .. })
    ));
    assert!(stable(1.2).decaying_to([light, stable(0.1)]).is_ok());
    for width in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(stable(1.0).with_width(width), Err(SimError::BadParameter { .. })));
    }
    assert!(stable(1.0).decaying_to([stable(0.1)]).is_err());
}

#[test]
fn what_cannot_decay_has_no_weight() {
    // At the beginning of a chain it has the mass of its peak, which is below the threshold.
    let light = stable(0.9)
        .with_width(0.02)
        .unwrap()
        .decaying_to([stable(mass::K_PLUS), stable(mass::K_PLUS)])
        .unwrap();
    assert_eq!(weighted(&light, 10, 10).weights(), [0.0; 10]);
    assert_eq!(light.decay_all(&at_rest(&light, 10), &mut Seed::new(10).stream()).weights(), [0.0; 10]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn energy_momentum_and_masses_are_kept(
        parent in 1.7..6.0_f64, peak in 0.7..1.1_f64, width in 0.002..0.2_f64, pt in 0.1..30.0_f64, eta in -4.0..4.0_f64, seed in 0..1000_u64,
    ) {
        let kstar = resonance(peak, width, [mass::K_PLUS, mass::PI_PLUS]);
        let three = stable(0.7).with_width(width).unwrap().decaying_to(vec![stable(mass::PI_PLUS); 3]).unwrap();
        let Ok(particle) = stable(parent).decaying_to([three, stable(mass::MUON), kstar]) else { return Ok(()) };
        let flying = FourMomentum::from_pt_eta_phi_mass(pt, eta, 0.5, parent);
        let events = particle.decay_weighted(&[flying; 150], &mut Seed::new(seed).stream());
        let tolerance = 1e-11 * flying.e * flying.e;
        for (event, weight) in events.momenta().zip(events.weights()) {
            prop_assert!(weight.is_finite() && 0.0 <= *weight);
            if *weight == 0.0 {
                continue;
            }
            let sum: FourMomentum = event.iter().copied().sum();
            prop_assert!((sum - flying).e.abs().max((sum - flying).p()) < tolerance);
            for (found, m) in event.iter().zip(particle.final_masses()) {
                prop_assert!((found.mass_squared() - m * m).abs() < tolerance);
            }
            let pair = (event[4] + event[5]).mass();
            prop_assert!((peak - 8.0 * width - 1e-6..peak + 8.0 * width + 1e-6).contains(&pair));
        }
    }

    #[test]
    fn no_weight_is_above_the_bound(parent in 1.3..3.0_f64, width in 0.002..0.3_f64, seed in 0..1000_u64) {
        // Weighted by hand, events that are kept have the distribution of those that `decay_all` keeps: none is too heavy to be kept with
        // its probability. The heaviest a resonance can be gives a bound from outside.
        let pions = vec![stable(mass::PI_PLUS); 3];
        let three = stable(0.7).with_width(width).unwrap().decaying_to(pions.clone()).unwrap();
        let particle = stable(parent).decaying_to([three, stable(0.2), stable(0.3)]).unwrap();
        let events = weighted(&particle, 3000, seed);
        let largest = |mass: f64, daughters: &[f64]| hepsys_sim::PhaseSpace::new(mass, daughters).unwrap().max_weight();
        let lightest = (0.7 - 8.0 * width).max(3.0 * mass::PI_PLUS);
        let bound = largest(parent, &[lightest, 0.2, 0.3]) * largest(0.7 + 8.0 * width, &[mass::PI_PLUS; 3]);
        prop_assert!(events.weights().iter().all(|weight| *weight <= bound));
    }
}
