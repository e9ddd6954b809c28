use super::auxiliary::leave_out;
use super::{Auxiliary, AuxiliaryDensity, Data, Model};
use crate::StatsError;

impl Model {
    /// The names of the parameters with an auxiliary measurement, in the order of [`Data::auxiliary`].
    pub fn measured(&self) -> impl Iterator<Item = &str> {
        self.auxiliaries.iter().map(|a| self.parameters[a.parameter].name.as_str())
    }

    /// The same model and data without the auxiliary measurements of some parameters, which then count as free.
    ///
    /// Parts of a [`Combined`](crate::Combined) likelihood that share a measurement leave it out in all places but one.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] if one of the parameters has none here.
    pub fn without_auxiliary(&self, data: &Data, names: &[&str]) -> Result<(Self, Data), StatsError> {
        let mut model = self.clone();
        let data = leave_out(&mut model.parameters, &mut model.auxiliaries, data, names)?;
        Ok((model, data))
    }

    /// The same model and data with another auxiliary measurement of a parameter, or a first one: its density, which workspaces
    /// cannot choose, and its result.
    ///
    /// ```
    /// use hepsys_stats::histfactory::AuxiliaryDensity;
    /// use hepsys_stats::workspace::{Channel, Interpolation, Modifier, Sample, Workspace};
    ///
    /// let background = Sample::new("background", [100.0]).modifier(Modifier::normfactor("rate"));
    /// let workspace = Workspace::new("rate", "rate").channel(Channel::new("region").sample(background), [110.0]);
    /// let (model, data) = workspace.model(None, Interpolation::default())?;
    /// let (model, data) = model.constrained(&data, "rate", AuxiliaryDensity::LogNormal { sigma: 0.05 }, 1.0)?;
    /// assert_eq!(model.parameters()[0].width, Some(0.05));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] without such a parameter, or for a density or result that makes no sense.
    pub fn constrained(
        &self,
        data: &Data,
        name: &str,
        density: AuxiliaryDensity,
        measured: f64,
    ) -> Result<(Self, Data), StatsError> {
        let missing = || StatsError::bad_parameter("a parameter", "one of the model", format!("\"{name}\""));
        let parameter = self.index_of(name).ok_or_else(missing)?;
        density.check(name, measured)?;
        let (mut model, mut data) = (self.clone(), data.clone());
        let auxiliary = Auxiliary { parameter, density, nominal: measured };
        match model.auxiliaries.iter().position(|a| a.parameter == parameter) {
            Some(at) => (model.auxiliaries[at], data.auxiliary[at]) = (auxiliary, measured),
            None => {
                model.auxiliaries.push(auxiliary);
                data.auxiliary.push(measured);
            }
        }
        model.parameters[parameter].width = Some(density.width(measured));
        Ok((model, data))
    }
}
