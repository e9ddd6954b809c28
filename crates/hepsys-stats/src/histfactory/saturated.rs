use super::{Data, Model};

impl Model {
    /// What of $-\ln L$ depends on parameters, where every bin expects what it counted and every measured parameter is as
    /// measured; one that `is_fixed` has no freedom and stays where `parameters` has it.
    pub(super) fn saturated(&self, data: &Data, parameters: &[f64], is_fixed: &[bool]) -> f64 {
        let auxiliary = self.auxiliaries.iter().zip(&data.auxiliary).map(|(term, &a)| {
            let theta =
                if is_fixed[term.parameter] { parameters[term.parameter] } else { term.density.best(a) };
            term.density.jet(a, theta).value
        });
        auxiliary.sum()
    }
}
