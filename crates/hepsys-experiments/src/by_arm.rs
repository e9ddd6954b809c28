//! Trainings of several ways, each repeated.

/// Each arm with its repetitions, of trainings that came one arm after the other, repetition by repetition.
pub(crate) fn by_arm<A, T>(arms: Vec<A>, trained: Vec<T>) -> Vec<(A, Vec<T>)> {
    let n_arms = arms.len();
    let mut found: Vec<(A, Vec<T>)> = arms.into_iter().map(|arm| (arm, Vec::new())).collect();
    for (index, trained) in trained.into_iter().enumerate() {
        found[index % n_arms].1.push(trained);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_arm_gets_its_repetitions_in_order() {
        let found = by_arm(vec!["naive", "adversary"], vec![1, 2, 3, 4]);
        assert_eq!(found, [("naive", vec![1, 3]), ("adversary", vec![2, 4])]);
        assert!(by_arm(Vec::<u8>::new(), Vec::<u8>::new()).is_empty());
    }
}
