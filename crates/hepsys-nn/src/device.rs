use crate::{Device, NnError};

/// The names that [`device_by_name`] answers in this build, whether or not their hardware is there.
#[must_use]
pub fn available_devices() -> Vec<&'static str> {
    let mut names = vec!["cpu", "flex"];
    if cfg!(feature = "ndarray") {
        names.push("ndarray");
    }
    if cfg!(feature = "wgpu") {
        names.push("wgpu");
    }
    names
}

/// The device of this name: `cpu` (which is `flex`), `flex`, `ndarray`, or `wgpu`.
///
/// # Errors
///
/// [`NnError::UnknownDevice`] for another name, [`NnError::MissingFeature`] for a device that this build was made without,
/// [`NnError::NoAdapter`] if the machine has none.
///
/// ```
/// use hepsys_nn::{Device, device_by_name};
/// assert_eq!(device_by_name("cpu")?, Device::flex());
/// # Ok::<(), hepsys_nn::NnError>(())
/// ```
pub fn device_by_name(name: &str) -> Result<Device, NnError> {
    match name {
        "cpu" | "flex" => Ok(Device::flex()),
        "ndarray" => ndarray(),
        "wgpu" => wgpu(),
        _ => Err(NnError::UnknownDevice { name: name.to_owned() }),
    }
}

#[cfg(feature = "ndarray")]
#[expect(
    deprecated,
    reason = "burn will drop this device, and hepsys with it; until then it is the second opinion on flex"
)]
fn ndarray() -> Result<Device, NnError> {
    Ok(Device::ndarray())
}

#[cfg(not(feature = "ndarray"))]
fn ndarray() -> Result<Device, NnError> {
    Err(missing("ndarray"))
}

#[cfg(feature = "wgpu")]
fn wgpu() -> Result<Device, NnError> {
    use burn::tensor::{DeviceKind, DeviceType};
    // burn panics at the first tensor where there is no adapter, so they are counted first.
    if Device::enumerate(DeviceType::Wgpu).is_empty() {
        return Err(NnError::NoAdapter("wgpu".to_owned()));
    }
    Ok(Device::wgpu(DeviceKind::DefaultDevice))
}

#[cfg(not(feature = "wgpu"))]
fn wgpu() -> Result<Device, NnError> {
    Err(missing("wgpu"))
}

#[cfg(any(not(feature = "ndarray"), not(feature = "wgpu")))]
fn missing(name: &str) -> NnError {
    NnError::MissingFeature { device: name.to_owned(), feature: name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_available_device_answers_to_its_name() {
        for name in available_devices() {
            match device_by_name(name) {
                Ok(_) | Err(NnError::NoAdapter(_)) => {}
                Err(error) => panic!("{name}: {error}"),
            }
        }
    }

    #[test]
    fn a_device_left_out_of_the_build_names_its_feature() {
        for name in ["ndarray", "wgpu"] {
            if !available_devices().contains(&name) {
                let error = device_by_name(name).unwrap_err().to_string();
                assert!(error.contains(&format!("Cargo feature `{name}`")), "{error}");
            }
        }
    }

    #[test]
    fn an_unknown_device_is_told_the_known_ones() {
        let error = device_by_name("abacus").unwrap_err();
        assert_eq!(error.to_string(), "no device \"abacus\"; hepsys knows cpu, flex, ndarray and wgpu");
    }
}
