use proptest::prelude::*;

use super::*;
use crate::hessian::Hessian;

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

/// $\frac12 x^T A x - b^T x$ with a full matrix.
#[derive(Debug)]
struct Quadratic {
    matrix: Vec<Vec<f64>>,
    linear: Vec<f64>,
}

impl Objective for Quadratic {
    fn n_parameters(&self) -> usize {
        self.linear.len()
    }

    fn evaluate(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let mut value = 0.0;
        for (i, row) in self.matrix.iter().enumerate() {
            let product: f64 = row.iter().zip(x).map(|(a, x)| a * x).sum();
            gradient[i] = product - self.linear[i];
            value += (0.5 * product - self.linear[i]) * x[i];
        }
        value
    }
}

/// The largest component of the gradient that leads into the box.
fn projected_gradient(objective: &impl Objective, bounds: &[Bound], x: &[f64]) -> f64 {
    let mut gradient = vec![0.0; x.len()];
    objective.evaluate(x, &mut gradient);
    (0..x.len())
        .map(|i| (bounds[i].clamp(x[i] - gradient[i]) - x[i]).abs().min(gradient[i].abs()))
        .fold(0.0, f64::max)
}

#[test]
fn correlated_parameters_reach_their_bound_one_after_the_other() {
    // Cut off at each bound, the full Newton step here is nearly orthogonal to the gradient.
    let matrix = vec![vec![15.0, 3.0, 18.0], vec![3.0, 11.0, 6.0], vec![18.0, 6.0, 28.0]];
    let objective = Quadratic { matrix, linear: vec![-8.0, -2.0, -3.0] };
    let minimum = BoxLbfgs::default().minimize(&objective, &[Bound::symmetric(1.0); 3], &[0.0; 3]);
    assert_eq!(minimum.parameters[0], -1.0);
    // With x₀ = −1 the rest solves 11 y + 6 z = 1, 6 y + 28 z = 15.
    let (y, z) = (-62.0 / 272.0, 159.0 / 272.0);
    assert!(
        (minimum.parameters[1] - y).abs() < 1e-6 && (minimum.parameters[2] - z).abs() < 1e-6,
        "{minimum:?}"
    );
}

#[test]
fn no_more_evaluations_are_made_than_allowed() {
    for max_evaluations in [1, 2, 3, 10, 25] {
        let minimizer = BoxLbfgs { max_evaluations, ..BoxLbfgs::default() };
        let minimum = minimizer.minimize(&Rosenbrock(20), &[Bound::FREE; 20], &[-1.2; 20]);
        assert_eq!(minimum.status, Status::Exhausted);
        assert!(minimum.n_evaluations <= max_evaluations, "{} of {max_evaluations}", minimum.n_evaluations);
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

/// $10 + x + x^2/2 + (y - x)^2/2$, with its minimum at a negative x.
struct Sloping;

impl TwiceDifferentiable for Sloping {
    fn n_parameters(&self) -> usize {
        2
    }

    fn value(&self, x: &[f64]) -> f64 {
        10.0 + x[0] + 0.5 * x[0] * x[0] + 0.5 * (x[1] - x[0]).powi(2)
    }

    fn hessian(&self, x: &[f64], gradient: &mut [f64], hessian: &mut Hessian) -> f64 {
        gradient.copy_from_slice(&[1.0 + 2.0 * x[0] - x[1], x[1] - x[0]]);
        hessian.as_dense_mut().copy_from_slice(&[2.0, -1.0, -1.0, 1.0]);
        self.value(x)
    }
}

#[test]
fn newton_arrives_at_a_bound_that_it_all_but_reached() {
    let bounds = [Bound { lower: 0.0, upper: 5.0 }, Bound::FREE];
    // So near to the bound that what is left to gain is below rounding; or far, where the free step would end elsewhere.
    for start in [[1e-17, 0.0], [1e-13, 1e-14], [3.0, 0.5], [1e-3, -4.0]] {
        let minimum = BoxNewton::default().minimize(&Sloping, &bounds, &[false; 2], &start);
        assert!(minimum.status.is_converged() && minimum.edm < 1e-12, "{minimum:?}");
        assert!(minimum.parameters[0] == 0.0 && minimum.parameters[1].abs() < 1e-6, "{minimum:?}");
        assert!(minimum.n_steps <= 4, "{minimum:?}");
    }
}

/// $(x^2 - 1)^2 + (y - 2)^2$: two minima, and a saddle between them.
struct TwoValleys;

impl TwiceDifferentiable for TwoValleys {
    fn n_parameters(&self) -> usize {
        2
    }

    fn value(&self, x: &[f64]) -> f64 {
        (x[0] * x[0] - 1.0).powi(2) + (x[1] - 2.0).powi(2)
    }

    fn hessian(&self, x: &[f64], gradient: &mut [f64], hessian: &mut Hessian) -> f64 {
        gradient.copy_from_slice(&[4.0 * x[0] * (x[0] * x[0] - 1.0), 2.0 * (x[1] - 2.0)]);
        hessian.as_dense_mut().copy_from_slice(&[12.0 * x[0] * x[0] - 4.0, 0.0, 0.0, 2.0]);
        self.value(x)
    }
}

#[test]
fn newton_leaves_a_saddle() {
    for start in [[0.0, 2.0], [0.0, -3.0], [1e-9, 2.0], [-1e-9, 2.0]] {
        let minimum = BoxNewton::default().minimize(&TwoValleys, &[Bound::FREE; 2], &[false; 2], &start);
        assert!(minimum.status.is_converged(), "{minimum:?}");
        assert!(
            (minimum.parameters[0].abs() - 1.0).abs() < 1e-8 && (minimum.parameters[1] - 2.0).abs() < 1e-8
        );
        assert!(
            minimum.parameters[0] * start[0] >= 0.0,
            "it falls to the side the gradient shows: {minimum:?}"
        );
    }
    // One of the two ways is closed.
    let bounds = [Bound { lower: 0.0, upper: 5.0 }, Bound::FREE];
    let minimum = BoxNewton::default().minimize(&TwoValleys, &bounds, &[false; 2], &[0.0, 2.0]);
    assert!(minimum.status.is_converged() && (minimum.parameters[0] - 1.0).abs() < 1e-8, "{minimum:?}");
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
    fn a_convex_function_in_a_box_has_no_gradient_left_at_its_minimum(
        factor in prop::collection::vec(prop::collection::vec(-2.0..2.0_f64, 8), 8),
        linear in prop::collection::vec(-5.0..5.0_f64, 8),
        clip in 0.05..2.0_f64,
    ) {
        let product = |i: usize, j: usize| factor.iter().map(|row| row[i] * row[j]).sum::<f64>();
        let matrix =
            (0..8).map(|i| (0..8).map(|j| product(i, j) + if i == j { 0.1 } else { 0.0 }).collect()).collect();
        let objective = Quadratic { matrix, linear };
        let bounds = [Bound::symmetric(clip); 8];
        let minimum = BoxLbfgs::default().minimize(&objective, &bounds, &[0.0; 8]);
        prop_assert!(minimum.status.is_converged(), "{minimum:?}");
        // Values of a few tens carry roundings of 1e-14, which hide displacements of 1e-7 where the curvature is 0.1,
        // and of 1e-8 where it is 60: gradients of up to 1e-6 each, and eight of them.
        prop_assert!(projected_gradient(&objective, &bounds, &minimum.parameters) < 2e-5, "{minimum:?}");
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
