use super::Cmaes;
use crate::search::Searcher;
use crate::{BoxSpace, Device, RlError, Run};

/// The steps of two generations, from the best.
const STEPS: [[[f64; 2]; 6]; 2] = [
    [[0.9, 0.1], [0.4, 1.2], [1.5, -0.3], [-0.2, 0.8], [-1.1, -0.6], [0.3, -1.7]],
    [[1.1, 0.6], [0.7, -0.2], [-0.1, 0.9], [0.2, -0.4], [-0.8, 0.5], [-1.3, -1.0]],
];

#[test]
fn two_generations_are_those_of_the_tutorial() -> Result<(), RlError> {
    // Made by tests/reference/cmaes_generation.py: mean, step size, covariance.
    let expected = [
        (
            [0.7414241522220302, -0.13549827560393918],
            0.28573915617489376,
            [1.076620172020514, 0.08679862165683686, 0.08679862165683686, 0.7559690494292816],
        ),
        (
            [0.9963341368955334, -0.02238558882881718],
            0.3186170552359411,
            [1.2677871220451713, 0.25653472746017164, 0.25653472746017164, 0.6852228290342831],
        ),
    ];
    let run = Run::on(Device::flex());
    let mut state = Cmaes::params().check()?.begin(&[0.5, -0.25], &BoxSpace::unbounded(2)?, &run)?;
    for (steps, (mean, step_size, covariance)) in STEPS.iter().zip(expected) {
        // In another order, with rewards that say which is best.
        let shuffled = [3, 0, 5, 1, 4, 2];
        state.pending = Some(shuffled.iter().map(|&i| steps[i].to_vec()).collect());
        state.tell(&shuffled.map(|i| -(i as f64)))?;
        // Rounding of some dozens of terms of order one.
        let close = |found: &[f64], expected: &[f64]| {
            found.iter().zip(expected).for_each(|(f, e)| assert!((f - e).abs() < 1e-13, "{f} {e}"));
        };
        close(&state.mean, &mean);
        close(&[state.step_size], &[step_size]);
        close(&state.covariance, &covariance);
    }
    Ok(())
}

#[test]
fn what_was_asked_for_stays_until_it_is_told() -> Result<(), RlError> {
    let run = Run::on(Device::flex());
    let mut state = Cmaes::params().check()?.begin(&[0.0; 3], &BoxSpace::uniform(3, -0.2, 0.2)?, &run)?;
    let points = state.ask();
    assert!(points.iter().all(|point| state.space.contains(point)));
    assert_eq!(state.ask(), points);
    assert!(state.tell(&[f64::NAN; 7]).is_err());
    assert!(state.tell(&[0.0; 6]).is_err());
    assert_eq!(state.ask(), points);
    state.tell(&[0.0, 1.0, f64::NEG_INFINITY, 3.0, 4.0, 5.0, 6.0])?;
    assert_ne!(state.ask(), points);
    Ok(())
}
