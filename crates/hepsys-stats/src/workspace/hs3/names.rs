//! Names of the parameters of single bins, and of the modifiers that they belong to.

/// The parameter of a bin, as ROOT calls it.
pub(super) fn of_bin(modifier: &str, index: usize) -> String {
    format!("gamma_{modifier}_bin_{index}")
}

/// The name of the modifier that parameters of single bins belong to, if they have the same name up to a running number.
pub(super) fn of_modifier(parameters: &[String]) -> Option<String> {
    let first = stem(parameters.first()?)?;
    let runs = parameters
        .iter()
        .enumerate()
        .all(|(i, name)| stem(name).is_some_and(|s| s.0 == first.0 && Some(s.1) == first.1.checked_add(i)));
    if !runs {
        return None;
    }
    let exact = first.0.strip_prefix("gamma_").and_then(|name| name.strip_suffix("_bin_"));
    let name = exact.unwrap_or_else(|| {
        let name = first.0.trim_end_matches('_');
        name.strip_suffix("bin").unwrap_or(name).trim_end_matches('_')
    });
    if name.is_empty() { None } else { Some(name.to_owned()) }
}

/// A name without the number that it ends with, and the number.
fn stem(name: &str) -> Option<(&str, usize)> {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = &name[stem.len()..];
    let is_plain = number == "0" || !number.starts_with('0');
    number.parse().ok().filter(|_| is_plain).map(|index| (stem, index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_modifier_is_named_after_its_parameters() {
        for modifier in ["uncorr", "stat_SR", "a_", "b_bin", "x1", "gamma_y"] {
            let parameters: Vec<String> = (3..6).map(|i| of_bin(modifier, i)).collect();
            assert_eq!(of_modifier(&parameters).as_deref(), Some(modifier));
        }
        let table: [(&[&str], Option<&str>); 5] = [
            (&["staterror_SR_bin0", "staterror_SR_bin1"], Some("staterror_SR")),
            (&["g_1", "g_2"], Some("g")),
            (&["g_1", "g_3"], None),
            (&["left", "right"], None),
            (&["0", "1"], None),
        ];
        for (names, expected) in table {
            let names: Vec<String> = names.iter().map(|&n| n.to_owned()).collect();
            assert_eq!(of_modifier(&names).as_deref(), expected, "{names:?}");
        }
    }
}
