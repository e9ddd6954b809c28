//! From values and ranges of named parameters to what a measurement of pyhf says of modifiers.

use std::collections::BTreeMap;

use super::constraints::Constraints;
use super::modifiers::BinParameters;
use super::settings::Settings;
use crate::workspace::kind::Kind;
use crate::workspace::layout::Layout;
use crate::workspace::parameters::{Exceptions, Parameters};
use crate::workspace::{Channel, ParameterConfig, WorkspaceError};

/// The settings of each modifier's parameters.
pub(super) fn configs(
    channels: &[Channel],
    constraints: &Constraints<'_>,
    settings: &Settings<'_>,
    bins: &[BinParameters],
    exceptions: &Exceptions,
) -> Result<Vec<ParameterConfig>, WorkspaceError> {
    let measured: Vec<ParameterConfig> = constraints
        .all()
        .filter(|(_, gaussian)| !gaussian.is_unit())
        .map(|(name, gaussian)| ParameterConfig {
            name: name.to_owned(),
            auxdata: Some(vec![gaussian.measured]),
            sigmas: Some(vec![gaussian.sigma]),
            ..ParameterConfig::default()
        })
        .collect();
    let parameters = Layout::of(channels)?.registry()?.finish(&measured, "aux_distributions", exceptions)?;
    let names = names(&parameters, bins)?;
    parameters
        .blocks()
        .into_iter()
        .map(|(modifier, kind, block)| {
            let names = &names[block.clone()];
            let (init, bounds) = kind.defaults();
            let mut config = measured.iter().find(|c| c.name == modifier).cloned().unwrap_or_default();
            modifier.clone_into(&mut config.name);
            let values: Vec<_> = names.iter().map(|n| n.as_deref().and_then(|n| settings.value(n))).collect();
            if values.iter().any(Option::is_some) {
                config.inits = Some(values.into_iter().map(|v| v.unwrap_or(init)).collect());
            }
            let ranges: Vec<_> =
                names.iter().map(|n| n.as_deref().and_then(|n| settings.bounds(n))).collect();
            if ranges.iter().any(Option::is_some) {
                config.bounds = Some(ranges.into_iter().map(|r| r.unwrap_or(bounds)).collect());
            }
            // A bin without uncertainty is fixed in any case.
            let free = block.filter(|&p| !parameters.list()[p].is_fixed);
            let is_const: Vec<bool> = free
                .zip(names)
                .map(|(_, name)| name.as_deref().is_some_and(|n| settings.is_const(n)))
                .collect();
            if is_const.contains(&true) {
                if is_const.contains(&false) {
                    let problem = format!("some bins of \"{modifier}\" are const and others are not");
                    return Err(WorkspaceError::at("parameter_points", problem));
                }
                config.fixed = Some(true);
            }
            Ok(config)
        })
        .collect()
}

/// The name in HS3 of each parameter.
fn names(parameters: &Parameters, bins: &[BinParameters]) -> Result<Vec<Option<String>>, WorkspaceError> {
    let mut names = vec![None; parameters.list().len()];
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (name, kind, block) in parameters.blocks() {
        if kind.is_scalar() {
            names[block.start] = Some(name.to_owned());
            places.insert(name.to_owned(), block.start);
        }
    }
    for BinParameters { channel, modifier, kind, names: given, at } in bins {
        let first = parameters.first(modifier, *channel, *kind);
        for (i, name) in given.iter().enumerate() {
            let place = first + i;
            let before = places.insert(name.clone(), place);
            if before.is_some_and(|before| before != place) {
                let problem =
                    format!("\"{name}\" stands elsewhere too, and bins can share only all their parameters");
                return Err(WorkspaceError::at(format!("{at}.parameters[{i}]"), problem));
            }
            if names[place].as_ref().is_some_and(|n| n != name) {
                let problem =
                    format!("\"{name}\" stands where another channel has other parameters of \"{modifier}\"");
                return Err(WorkspaceError::at(format!("{at}.parameters[{i}]"), problem));
            }
            names[place] = Some(name.clone());
        }
    }
    debug_assert!(
        bins.iter().all(|b| matches!(b.kind, Kind::ShapeFactor | Kind::ShapeSys | Kind::StatError))
    );
    Ok(names)
}
