//! Densities, cumulative probabilities and generated events belong together.

use hepsys_core::{Sample, Seed, Stream, Variation};
use hepsys_sim::{Exponential, Scale, Signal};

type Generator = Box<dyn Fn(usize, &mut Stream) -> Sample>;

struct Case {
    name: &'static str,
    density: Box<dyn Fn(f64) -> f64>,
    cdf: Box<dyn Fn(f64) -> f64>,
    sample: Generator,
}

fn background(name: &'static str, toy: Exponential) -> Case {
    Case {
        name,
        density: Box::new(move |x| toy.density(x)),
        cdf: Box::new(move |x| toy.cdf(x)),
        sample: Box::new(move |n, stream| toy.sample(n, stream).unwrap()),
    }
}

fn signal(name: &'static str, signal: Signal) -> Case {
    Case {
        name,
        density: Box::new(move |x| signal.density(x)),
        cdf: Box::new(move |x| signal.cdf(x)),
        sample: Box::new(move |n, stream| signal.sample(n, stream).unwrap()),
    }
}

fn cases() -> Vec<Case> {
    let toy = Exponential::new(2000.0).unwrap();
    vec![
        background("nominal", toy),
        background("shifted up", toy.with_scale(0.15).unwrap()),
        background("shifted down", toy.with_scale(-0.15).unwrap()),
        signal("tail peak", Signal::tail_peak()),
        signal("bulk peak", Signal::bulk_peak(1.6, 0.16).unwrap()),
        signal("peak at zero", Signal::bulk_peak(0.1, 0.5).unwrap()),
        signal("excess", Signal::excess()),
    ]
}

/// Simpson's rule.
fn integral(f: &dyn Fn(f64) -> f64, low: f64, high: f64, n_steps: usize) -> f64 {
    let h = (high - low) / n_steps as f64;
    let weight = |i: usize| {
        if i == 0 || i == n_steps {
            1.0
        } else if i % 2 == 1 {
            4.0
        } else {
            2.0
        }
    };
    (0..=n_steps).map(|i| weight(i) * f(low + i as f64 * h)).sum::<f64>() * h / 3.0
}

/// The largest distance between the events and their distribution, times the root of their number.
fn distance(values: &[f64], cdf: &dyn Fn(f64) -> f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let distances = sorted.iter().enumerate().map(|(i, &x)| {
        let f = cdf(x);
        (f - i as f64 / n).max((i + 1) as f64 / n - f)
    });
    distances.fold(0.0, f64::max) * n.sqrt()
}

#[test]
fn densities_integrate_to_one() {
    for case in cases() {
        // What lies above 60 is below 1e-20; Simpson's error with h = 0.003 is below 1e-9 for a width of 0.16.
        let total = integral(&case.density, 0.0, 60.0, 20_000);
        assert!((total - 1.0).abs() < 1e-8, "{}: {total}", case.name);
        assert_eq!((case.density)(-0.1), 0.0, "{}", case.name);
    }
}

#[test]
fn cumulative_probabilities_are_integrals_of_densities() {
    for case in cases() {
        for x in [0.3, 1.5, 6.4, 10.0] {
            let expected = integral(&case.density, 0.0, x, 20_000);
            assert!(((case.cdf)(x) - expected).abs() < 1e-8, "{} at {x}", case.name);
        }
    }
}

#[test]
fn generated_events_follow_their_distribution() {
    for case in cases() {
        let sample = (case.sample)(20_000, &mut Seed::new(11).named(case.name).stream());
        // The asymptotic Kolmogorov distribution is above 1.95 with a probability of 0.1 %; the seed is fixed.
        let distance = distance(sample.column("x").unwrap(), &case.cdf);
        assert!(distance < 1.95, "{}: {distance}", case.name);
    }
}

#[test]
fn scaled_events_follow_the_scaled_distribution() {
    let toy = Exponential::new(2000.0).unwrap();
    let nominal = toy.sample(20_000, &mut Seed::new(3).stream()).unwrap();
    let scaled = Scale::new(0.05).unwrap().vary(&nominal, 0.3).unwrap();
    let shifted = toy.with_scale(0.3).unwrap();
    assert!(distance(scaled.column("x").unwrap(), &|x| shifted.cdf(x)) < 1.95);
    // The test does tell the two apart.
    assert!(4.0 < distance(scaled.column("x").unwrap(), &|x| toy.cdf(x)));
}

#[test]
fn counts_fluctuate_around_what_is_expected() {
    let toy = Exponential::new(50.0).unwrap().with_normalization(0.2).unwrap();
    let n_toys = 2000;
    let counts: Vec<f64> = (0..n_toys)
        .map(|i| {
            toy.data_with(&Signal::tail_peak(), 10.0, &mut Seed::new(5).index(i).stream()).unwrap().n_events()
                as f64
        })
        .collect();
    let expected = 50.0 * 0.2_f64.exp() + 10.0;
    let mean = counts.iter().sum::<f64>() / n_toys as f64;
    let variance = counts.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / (n_toys - 1) as f64;
    // Four standard deviations of the mean, sqrt(71/2000), and of the variance, 71 sqrt(2/2000).
    assert!((mean - expected).abs() < 0.76, "{mean}");
    assert!((variance - expected).abs() < 9.0, "{variance}");
}

#[test]
fn the_same_stream_gives_the_same_events() {
    let toy = Exponential::new(100.0).unwrap();
    let data = |seed| toy.data_with(&Signal::excess(), 20.0, &mut Seed::new(seed).stream()).unwrap();
    assert_eq!(data(1), data(1));
    assert_ne!(data(1), data(2));
}
