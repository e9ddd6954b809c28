//! What holds for every density.

use hepsys_core::Seed;

use crate::unbinned::quadrature::nodes;
use crate::unbinned::{Bandwidth, Density, Events, Exponential, Gaussian, KernelDensity, Polynomial, Range};
use crate::{KolmogorovSmirnov, Parameter};

fn range() -> Range {
    Range::new(-1.0, 3.0).unwrap()
}

fn free(name: &str) -> Parameter {
    Parameter::free(name, 0.0)
}

fn kernels() -> KernelDensity {
    let events = Events::weighted(vec![-0.98, -0.5, 0.1, 0.2, 0.9, 2.8], vec![1.0, 2.0, 1.0, 0.5, 1.0, 1.5]);
    KernelDensity::new(&events.unwrap(), Bandwidth::Given(0.4), range()).unwrap()
}

/// A density with parameters to try.
type Case = (&'static str, Box<dyn Density>, Vec<Vec<f64>>);

/// Every density with places where it is to be tried.
fn all() -> Vec<Case> {
    let gaussian = Gaussian::new(free("mean"), free("sigma"), range());
    let polynomial = Polynomial::new(vec![free("c1"), free("c2"), free("c3")], range());
    vec![
        (
            "Gaussian",
            Box::new(gaussian),
            // In the middle, at an end, and far outside on either side.
            vec![vec![0.5, 0.3], vec![-1.0, 0.7], vec![1.0, 30.0], vec![9.0, 1.0], vec![-12.0, 1.5]],
        ),
        (
            "exponential",
            Box::new(Exponential::new(free("rate"), range())),
            vec![vec![0.8], vec![-2.0], vec![0.0], vec![0.02], vec![-0.01], vec![12.0]],
        ),
        ("polynomial", Box::new(polynomial), vec![vec![0.3, -0.2, 0.1], vec![0.0, 0.0, 0.0]]),
        ("uniform", Box::new(Polynomial::uniform(range())), vec![vec![]]),
        ("kernels", Box::new(kernels()), vec![vec![]]),
    ]
}

#[test]
fn it_is_normalised_on_its_range() {
    for (name, density, places) in all() {
        for x in places {
            let integral: f64 = nodes(range()).iter().map(|(t, w)| w * density.density(*t, &x)).sum();
            // ln of a survival far out is good to 1e-13, which is its own size times an epsilon.
            assert!((integral - 1.0).abs() < 1e-11, "{name} {x:?}: {integral}");
        }
    }
}

#[test]
fn derivatives_match_finite_differences() {
    type Function<'a> = Box<dyn Fn(&[f64], &mut [f64], &mut [f64]) -> f64 + 'a>;
    for (name, density, places) in all() {
        for x in places {
            let n = x.len();
            let shape = |t: f64| -> Function<'_> {
                let density = &density;
                Box::new(move |x, g, h| density.ln_shape(t, x, g, h))
            };
            let integral: Function<'_> = Box::new(|x, g, h| density.ln_integral(x, g, h));
            for (what, f) in [("shape", shape(-0.7)), ("shape", shape(2.4)), ("integral", integral)] {
                let at = |x: &[f64]| {
                    let (mut g, mut h) = (vec![0.0; n], vec![0.0; n * n]);
                    (f(x, &mut g, &mut h), g, h)
                };
                let (_, gradient, hessian) = at(&x);
                for i in 0..n {
                    let step = 1e-5;
                    let moved = |by: f64| {
                        let mut y = x.clone();
                        y[i] += by;
                        at(&y)
                    };
                    let (above, below) = (moved(step), moved(-step));
                    let slope = (above.0 - below.0) / (2.0 * step);
                    // Values of up to 1e3 rounded, and third derivatives of up to 1e5 from a width of 0.3.
                    let close = |a: f64, b: f64| (a - b).abs() < 1e-6 * b.abs().max(1.0);
                    assert!(close(slope, gradient[i]), "{name} {what} {x:?} {i}: {slope} {}", gradient[i]);
                    for k in 0..n {
                        let bend = (above.1[k] - below.1[k]) / (2.0 * step);
                        let exact = hessian[i * n + k];
                        assert!(close(bend, exact), "{name} {what} {x:?} {i} {k}: {bend} {exact}");
                    }
                }
            }
        }
    }
}

#[test]
fn draws_follow_it() {
    for (name, density, places) in all() {
        for (place, x) in places.iter().enumerate() {
            let mut stream = Seed::new(11).named(name).index(place).stream();
            let draws: Vec<f64> = (0..2000).map(|_| density.draw(x, &mut stream)).collect();
            // The distribution function, from the density on the nodes.
            let nodes = nodes(range());
            let mut sums = vec![(range().low(), 0.0)];
            let mut total = 0.0;
            for panel in nodes.chunks(16) {
                total += panel.iter().map(|(t, w)| w * density.density(*t, x)).sum::<f64>();
                let end = range().low() + sums.len() as f64 * range().width() / 256.0;
                sums.push((end, total));
            }
            let cdf = |t: f64| {
                let above = sums.partition_point(|s| s.0 < t).clamp(1, sums.len() - 1);
                let ((a, fa), (b, fb)) = (sums[above - 1], sums[above]);
                (fa + (fb - fa) * (t - a) / (b - a)).clamp(0.0, 1.0)
            };
            let test = KolmogorovSmirnov::one_sample(&draws, cdf).unwrap();
            // Fifteen tests with fixed seeds.
            assert!(test.p_value().value() > 1e-3, "{name} {x:?}: {}", test.p_value());
        }
    }
}

#[test]
fn kernels_are_reflected_and_silverman_is_as_in_the_book() {
    // One kernel at an end and one far away: reflection doubles the first.
    let events = Events::new(vec![-1.0, 2.0]);
    let density = KernelDensity::new(&events, Bandwidth::Given(0.1), range()).unwrap();
    let peak = 1.0 / (0.1 * (2.0 * std::f64::consts::PI).sqrt());
    assert!((density.density(-1.0, &[]) - peak).abs() < 1e-12);
    assert!((density.density(2.0, &[]) - 0.5 * peak).abs() < 1e-12);
    // Equally spaced: s² = (n² − 1)/12 · n/(n − 1) d², quartiles half of the range apart, which is larger than 1.34 s.
    let values: Vec<f64> = (0..101).map(|i| 0.01 * f64::from(i)).collect();
    let density = KernelDensity::new(&Events::new(values), Bandwidth::Silverman, range()).unwrap();
    let s = 0.01 * ((101.0_f64.powi(2) - 1.0) / 12.0 * 101.0 / 100.0).sqrt();
    let expected = 0.9 * s.min(0.5 / 1.34) * 101.0_f64.powf(-0.2);
    assert!((density.bandwidth() - expected).abs() < 1e-12, "{} {expected}", density.bandwidth());
    // Far from every event it is small, but not zero.
    let far = KernelDensity::new(&Events::new(vec![-0.5, -0.4]), Bandwidth::Given(0.01), range()).unwrap();
    assert!(far.ln_shape(2.9, &[], &mut [], &mut []).is_finite());
}

#[test]
fn what_makes_no_density_is_refused() {
    assert!(Range::new(1.0, 1.0).is_err() && Range::new(0.0, f64::INFINITY).is_err());
    let kernels = |values: &[f64], bandwidth| {
        KernelDensity::new(&Events::new(values.to_vec()), bandwidth, range()).unwrap_err().to_string()
    };
    assert_eq!(
        kernels(&[0.0, 5.0], Bandwidth::Silverman),
        "events must be between -1 and 3, but value 1 is 5"
    );
    assert_eq!(
        kernels(&[0.0, 0.0], Bandwidth::Silverman),
        "the bandwidth must be positive and finite, got 0"
    );
    assert_eq!(kernels(&[0.0], Bandwidth::Given(1.0)), "a kernel density needs 2 or more values, got 1");
    let error = Events::weighted(vec![0.0, 1.0], vec![1.0, -0.5]).unwrap_err().to_string();
    assert_eq!(error, "the weights of events must be finite and not negative, but value 1 is -0.5");
}
