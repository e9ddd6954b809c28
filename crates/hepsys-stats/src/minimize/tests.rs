use proptest::prelude::*;

use super::*;

/// $\sum_i 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2$, minimum 0 at ones.
struct Rosenbrock(usize);

impl Objective for Rosenbrock {
    fn n_parameters(&self) -> usize {
        self.0
    }

    fn evaluate(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        gradient.fill(0.0);
        let mut value = 0.0;
        for i in 0..self.0 - 1 {
            let (a, b) = (x[i + 1] - x[i] * x[i], 1.0 - x[i]);
            value += 100.0 * a * a + b * b;
            gradient[i] += -400.0 * a * x[i] - 2.0 * b;
            gradient[i + 1] += 200.0 * a;
        }
        value
    }
}

/// $\frac12 (x - c)^T A (x - c)$ with a diagonal of very different sizes.
struct Valley {
    centre: Vec<f64>,
}

impl Objective for Valley {
    fn n_parameters(&self) -> usize {
        self.centre.len()
    }

    fn evaluate(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let mut value = 0.0;
        for i in 0..x.len() {
            let stiffness = 10_f64.powi(i as i32 % 5);
            gradient[i] = stiffness * (x[i] - self.centre[i]);
            value += 0.5 * gradient[i] * (x[i] - self.centre[i]);
        }
        value
    }
}

#[test]
fn rosenbrock_has_its_minimum_at_ones() {
    let minimum = BoxLbfgs::default().minimize(&Rosenbrock(20), &[Bound::FREE; 20], &[-1.2; 20]);
    assert!(minimum.status.is_converged(), "{minimum:?}");
    // The gradient tolerance of 1e-6 over the smallest curvature, about 0.4.
    assert!(minimum.parameters.iter().all(|x| (x - 1.0).abs() < 1e-5), "{minimum:?}");
}

#[test]
fn bounded_rosenbrock_stops_at_the_bound() {
    // With x <= 0.5 in two dimensions the minimum is at x = 0.5, y = 0.25, with value 0.25.
    let bounds = [Bound { lower: -2.0, upper: 0.5 }, Bound::FREE];
    let minimum = BoxLbfgs::default().minimize(&Rosenbrock(2), &bounds, &[-1.2, 1.0]);
    assert_eq!(minimum.parameters[0], 0.5);
    assert!((minimum.value - 0.25).abs() < 1e-10, "{minimum:?}");
}

#[test]
fn a_function_that_is_not_finite_is_reported() {
    struct Nan;
    impl Objective for Nan {
        fn n_parameters(&self) -> usize {
            1
        }
        fn evaluate(&self, _: &[f64], gradient: &mut [f64]) -> f64 {
            gradient[0] = f64::NAN;
            f64::NAN
        }
    }
    assert_eq!(BoxLbfgs::default().minimize(&Nan, &[Bound::FREE], &[0.0]).status, Status::NotFinite);
    let minimum = ClippedAdam::steps(3).minimize(&Nan, &[Bound::FREE], &[0.0], |_, _| true);
    assert_eq!(minimum.status, Status::NotFinite);
}

#[test]
fn adam_goes_downhill_and_stays_in_the_box() {
    let valley = Valley { centre: vec![5.0, 0.3] };
    let minimum = ClippedAdam { learning_rate: 0.01, steps: 2000 }.minimize(
        &valley,
        &[Bound::symmetric(1.0); 2],
        &[0.0, 0.0],
        |_, _| true,
    );
    assert_eq!(minimum.parameters[0], 1.0);
    // Adam circles around a minimum at about its step length.
    assert!((minimum.parameters[1] - 0.3).abs() < 0.02, "{minimum:?}");
}

proptest! {
    #[test]
    fn a_valley_in_a_box_has_the_clamped_centre_as_minimum(
        centre in prop::collection::vec(-3.0..3.0_f64, 1..12),
        clip in 0.1..4.0_f64,
    ) {
        let n = centre.len();
        let valley = Valley { centre: centre.clone() };
        let bound = Bound::symmetric(clip);
        // Where bounds hold parameters of large stiffness the value is up to 1e5, whose rounding of 1e-11 hides a
        // displacement of 5e-6 along the softest direction; the default stops at decreases that hide more.
        let minimizer = BoxLbfgs { decrease_tolerance: 1e-18, ..BoxLbfgs::default() };
        let minimum = minimizer.minimize(&valley, &vec![bound; n], &vec![0.0; n]);
        for (x, c) in minimum.parameters.iter().zip(&centre) {
            prop_assert!((x - bound.clamp(*c)).abs() < 3e-5, "{:?}", minimum);
        }
    }

    #[test]
    fn the_result_lies_in_the_box_and_below_the_start(
        start in prop::collection::vec(-2.0..2.0_f64, 4),
        clip in 0.2..2.0_f64,
    ) {
        let bounds = [Bound::symmetric(clip); 4];
        let inside: Vec<f64> = start.iter().map(|&v| bounds[0].clamp(v)).collect();
        let before = Rosenbrock(4).evaluate(&inside, &mut [0.0; 4]);
        let minimum = BoxLbfgs::default().minimize(&Rosenbrock(4), &bounds, &start);
        prop_assert!(minimum.value <= before);
        prop_assert!(minimum.parameters.iter().all(|x| x.abs() <= clip));
    }
}
