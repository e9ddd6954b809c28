//! Workspaces written in code.

use serde_json::{Value, json};

use super::document::{
    Channel, Config, Measurement, Modifier, Observation, ParameterConfig, Sample, Workspace,
};

impl Workspace {
    /// A workspace without channels, with one measurement of the parameter `poi`; an empty name is none.
    ///
    /// ```
    /// use hepsys_stats::workspace::{Channel, Interpolation, Modifier, Sample, Workspace};
    ///
    /// let signal = Sample::new("signal", [5.0, 10.0]).modifier(Modifier::normfactor("mu"));
    /// let background = Sample::new("background", [50.0, 60.0]).modifier(Modifier::shapesys("b", [5.0, 12.0]));
    /// let (model, data) = Workspace::new("search", "mu")
    ///     .channel(Channel::new("region").sample(signal).sample(background), [50.0, 60.0])
    ///     .model(None, Interpolation::default())?;
    /// assert_eq!(model.parameters().len(), 3);
    /// assert_eq!(data.auxiliary, [100.0, 25.0]);
    /// # Ok::<(), hepsys_stats::workspace::WorkspaceError>(())
    /// ```
    #[must_use]
    pub fn new(measurement: impl Into<String>, poi: impl Into<String>) -> Self {
        let config = Config { poi: poi.into(), parameters: Vec::new() };
        Self {
            channels: Vec::new(),
            measurements: vec![Measurement { name: measurement.into(), config }],
            observations: Vec::new(),
            version: super::VERSION.into(),
        }
    }

    /// Adds a channel with what was observed in it.
    #[must_use]
    pub fn channel(mut self, channel: Channel, observed: impl Into<Vec<f64>>) -> Self {
        self.observations.push(Observation { name: channel.name.clone(), data: observed.into() });
        self.channels.push(channel);
        self
    }

    /// Sets a parameter otherwise than its modifier does, in every measurement; what `config` leaves open stays as it was set
    /// before.
    #[must_use]
    pub fn parameter(mut self, config: &ParameterConfig) -> Self {
        for measurement in &mut self.measurements {
            let parameters = &mut measurement.config.parameters;
            match parameters.iter_mut().find(|p| p.name == config.name) {
                Some(before) => *before = config.clone().over(before),
                None => parameters.push(config.clone()),
            }
        }
        self
    }
}

impl Channel {
    /// A channel without samples.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), samples: Vec::new() }
    }

    /// Adds a sample.
    #[must_use]
    pub fn sample(mut self, sample: Sample) -> Self {
        self.samples.push(sample);
        self
    }
}

impl Sample {
    /// A sample with this yield in each bin.
    #[must_use]
    pub fn new(name: impl Into<String>, data: impl Into<Vec<f64>>) -> Self {
        Self { name: name.into(), data: data.into(), modifiers: Vec::new() }
    }

    /// Adds something that changes its yields.
    #[must_use]
    pub fn modifier(mut self, modifier: Modifier) -> Self {
        self.modifiers.push(modifier);
        self
    }
}

impl Modifier {
    /// A free factor of all bins.
    #[must_use]
    pub fn normfactor(name: impl Into<String>) -> Self {
        Self::of("normfactor", name, Value::Null)
    }

    /// A factor of all bins that is `low` and `high` at minus and plus one standard deviation.
    #[must_use]
    pub fn normsys(name: impl Into<String>, low: f64, high: f64) -> Self {
        Self::of("normsys", name, json!({ "lo": low, "hi": high }))
    }

    /// A change of the histogram to `low` and `high` at minus and plus one standard deviation.
    #[must_use]
    pub fn histosys(name: impl Into<String>, low: impl Into<Vec<f64>>, high: impl Into<Vec<f64>>) -> Self {
        Self::of("histosys", name, json!({ "lo_data": low.into(), "hi_data": high.into() }))
    }

    /// A free factor of each bin.
    #[must_use]
    pub fn shapefactor(name: impl Into<String>) -> Self {
        Self::of("shapefactor", name, Value::Null)
    }

    /// A factor of each bin with a Poisson constraint, from the absolute uncertainty of each.
    #[must_use]
    pub fn shapesys(name: impl Into<String>, uncertainties: impl Into<Vec<f64>>) -> Self {
        Self::of("shapesys", name, json!(uncertainties.into()))
    }

    /// A factor of each bin with a Gaussian constraint that samples share, from the absolute uncertainty of each.
    #[must_use]
    pub fn staterror(name: impl Into<String>, uncertainties: impl Into<Vec<f64>>) -> Self {
        Self::of("staterror", name, json!(uncertainties.into()))
    }

    /// The luminosity, a factor of all bins that was measured; its parameter needs
    /// [`measured`](ParameterConfig::measured).
    #[must_use]
    pub fn lumi(name: impl Into<String>) -> Self {
        Self::of("lumi", name, Value::Null)
    }

    fn of(kind: &str, name: impl Into<String>, data: Value) -> Self {
        Self { name: name.into(), kind: kind.into(), data }
    }
}

impl ParameterConfig {
    /// Settings that change nothing yet, of the modifier called `name`.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Where fits of its only parameter begin.
    #[must_use]
    pub fn init(mut self, init: f64) -> Self {
        self.inits = Some(vec![init]);
        self
    }

    /// What was measured of its only parameter, with which standard deviation.
    #[must_use]
    pub fn measured(mut self, value: f64, sigma: f64) -> Self {
        (self.auxdata, self.sigmas) = (Some(vec![value]), Some(vec![sigma]));
        self
    }

    /// Fits leave its parameters where they begin.
    #[must_use]
    pub fn fixed(mut self) -> Self {
        self.fixed = Some(true);
        self
    }

    /// These settings, and those of `other` that these leave open.
    fn over(self, other: &Self) -> Self {
        Self {
            name: self.name,
            inits: self.inits.or_else(|| other.inits.clone()),
            bounds: self.bounds.or_else(|| other.bounds.clone()),
            auxdata: self.auxdata.or_else(|| other.auxdata.clone()),
            factors: self.factors.or_else(|| other.factors.clone()),
            sigmas: self.sigmas.or_else(|| other.sigmas.clone()),
            fixed: self.fixed.or(other.fixed),
        }
    }

    /// The lowest and highest value of its only parameter.
    #[must_use]
    pub fn within(mut self, low: f64, high: f64) -> Self {
        self.bounds = Some(vec![(low, high)]);
        self
    }
}
