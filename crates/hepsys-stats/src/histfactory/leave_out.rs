use super::auxiliary::leave_out;
use super::{Data, Model};
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
}
