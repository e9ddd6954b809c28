use std::sync::Arc;

use nalgebra::{Cholesky, DMatrix, DVector};
use proptest::prelude::*;

use super::*;

/// A positive definite matrix with these couplings: its diagonal outweighs the rest.
fn random(couplings: Arc<Couplings>, numbers: &[f64]) -> Hessian {
    let n = couplings.n_parameters();
    let mut hessian = Hessian::new(couplings);
    let mut next = numbers.iter().cycle();
    for p in 0..n {
        hessian.add(p, p, 2.0 * n as f64);
        for q in 0..p {
            let in_one_block = hessian.couplings().groups().iter().any(|b| b.contains(&p) && b.contains(&q));
            let has_border = [p, q].iter().any(|p| hessian.couplings().in_border(*p).is_some());
            if in_one_block || has_border {
                hessian.add(p, q, *next.next().unwrap());
            }
        }
    }
    hessian
}

#[test]
fn parameters_that_meet_in_a_group_share_a_block() {
    let is_shared = [false, true, false, false, false, false];
    let groups = [vec![0, 1], vec![1, 3, 4], vec![4, 2], vec![1, 5]];
    let couplings = Couplings::of_groups(&is_shared, groups);
    assert_eq!(couplings.groups(), [vec![0], vec![2, 3, 4], vec![5]]);
    assert_eq!((couplings.n_border(), couplings.in_border(1)), (1, Some(0)));
}

#[test]
#[should_panic(expected = "0 and 1 can couple")]
fn what_cannot_couple_has_no_place() {
    Hessian::new(Arc::new(Couplings::of_blocks(2, &[vec![0], vec![1]]))).add(0, 1, 1.0);
}

#[test]
fn a_matrix_that_curves_down_somewhere_is_told() {
    let couplings = Arc::new(Couplings::of_blocks(3, &[vec![0], vec![1]]));
    let with = |entries: [f64; 3], side: f64| {
        let mut hessian = Hessian::new(Arc::clone(&couplings));
        (0..3).for_each(|p| hessian.add(p, p, entries[p]));
        hessian.add(0, 2, side);
        hessian
    };
    let is_positive = |hessian: &Hessian, is_free: [bool; 3]| Factorized::of(hessian, &is_free).is_some();
    assert!(is_positive(&with([1.0, 1.0, 1.0], 0.5), [true; 3]));
    for bad in [with([1.0, -1.0, 1.0], 0.0), with([1.0, 1.0, 1.0], 1.5), with([1.0, f64::NAN, 1.0], 0.0)] {
        assert!(!is_positive(&bad, [true; 3]), "{bad:?}");
    }
    let mut factorized = Factorized::with_capacity(Arc::clone(&couplings));
    assert!(factorized.factorize(&with([1.0, 1.0, 1.0], 1.5), &[true; 3], 1.0), "enough is added");
    assert!(is_positive(&with([1.0, -1.0, 1.0], 0.0), [true, false, true]), "what is held does not matter");
}

proptest! {
    #[test]
    fn equations_are_solved_as_with_a_dense_matrix(
        blocks in prop::collection::vec(1_usize..4, 0..5),
        n_border in 0_usize..5,
        numbers in prop::collection::vec(-1.0..1.0_f64, 30),
        is_free in prop::collection::vec(any::<bool>(), 20),
        damping in prop::sample::select(vec![0.0, 0.3]),
    ) {
        // Blocks and border take turns in the list of parameters.
        let n = blocks.iter().sum::<usize>() + n_border;
        prop_assume!(n > 0);
        let mut free: Vec<usize> = (0..n).collect();
        free.sort_by_key(|p| (p * 11 % 5, *p));
        let lists: Vec<Vec<usize>> = blocks.iter().map(|size| free.drain(..*size).collect()).collect();
        let hessian = random(Arc::new(Couplings::of_blocks(n, &lists)), &numbers);
        let is_free = &is_free[..n];

        let mut dense = DMatrix::from_row_slice(n, n, &hessian.to_dense());
        for p in 0..n {
            for q in (0..n).filter(|q| !is_free[p] || !is_free[*q]) {
                dense[(p, q)] = if p == q { 1.0 } else { 0.0 };
            }
            dense[(p, p)] *= 1.0 + damping;
        }
        let vector: Vec<f64> = numbers[..n].to_vec();
        let expected = Cholesky::new(dense.clone()).unwrap();
        let mut factorized = Factorized::with_capacity(Arc::clone(hessian.couplings()));
        prop_assert!(factorized.factorize(&hessian, is_free, damping));
        let mut solved = vector.clone();
        factorized.solve(&mut solved);
        let reference = expected.solve(&DVector::from_vec(vector.clone()));
        for (a, b) in solved.iter().zip(reference.iter()) {
            prop_assert!((a - b).abs() < 1e-12, "{a} {b}");
        }
        let inverse = expected.inverse();
        for (p, variance) in factorized.inverse_diagonal().iter().enumerate() {
            prop_assert!((variance - inverse[(p, p)]).abs() < 1e-12, "{p}: {variance}");
        }
        let product = DMatrix::from_row_slice(n, n, &hessian.to_dense()) * DVector::from_vec(vector.clone());
        let mut multiplied = vec![f64::NAN; n];
        hessian.multiply(&vector, &mut multiplied);
        for (a, b) in multiplied.iter().zip(product.iter()) {
            prop_assert!((a - b).abs() < 1e-12, "{a} {b}");
        }
    }
}
