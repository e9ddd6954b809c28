use crate::AdvocateError;

/// Of constraints that contradict each other, a smallest set that still does: without any one of them the others could be met.
///
/// The deletion filter: each in turn is left out, and for good if the rest still contradicts itself. `is_feasible` gets which of
/// the constraints are kept. What is named first is left out first.
///
/// # References
///
/// `chinneck1991`
pub(crate) fn conflicting(
    constraints: &[String],
    mut is_feasible: impl FnMut(&[bool]) -> Result<bool, AdvocateError>,
) -> Result<Vec<String>, AdvocateError> {
    let mut kept = vec![true; constraints.len()];
    for index in 0..constraints.len() {
        kept[index] = false;
        if is_feasible(&kept)? {
            kept[index] = true;
        }
    }
    Ok(constraints.iter().zip(kept).filter(|(_, kept)| *kept).map(|(name, _)| name.clone()).collect())
}

/// A range of weights as a constraint in words.
pub(crate) fn weights_in_words((low, high): (f64, f64)) -> String {
    if high.is_finite() {
        format!("weights between {low} and {high}")
    } else {
        format!("weights of at least {low}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_is_minimal_and_keeps_what_is_named_last() {
        // a with b, or c with d and e, is a contradiction.
        let names = ["a", "b", "c", "d", "e"].map(str::to_owned);
        let feasible = |kept: &[bool]| Ok(!(kept[0] && kept[1] || kept[2] && kept[3] && kept[4]));
        assert_eq!(conflicting(&names, feasible).unwrap(), ["c", "d", "e"]);
        assert_eq!(weights_in_words((0.8, 1.2)), "weights between 0.8 and 1.2");
    }
}
