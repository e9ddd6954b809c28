//! The measurement as a workspace that other programs read.

use hepsys_stats::morph::McStatistics;
use hepsys_stats::workspace::{
    Channel, Config, Measurement as Question, Modifier, Observation, ParameterConfig, Sample, Value,
    Workspace,
};
use serde_json::json;

use crate::measurement::{Knowledge, MU, Process, Untrained};
use crate::{Measurement, Observed, ParamclfError};

impl Measurement {
    /// The measurement of these data in the JSON form of pyhf.
    ///
    /// The nuisance parameter becomes a `histosys` of its standard deviations, with the templates at $z_0 \pm \sigma_z$: in between a
    /// workspace interpolates in its own way, not along these splines. Uncertainties of normalisation become `normsys`,
    /// whose factor is exponential in its parameter where it is linear here.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::MovingCounts`] for a discriminant that moves with z: a workspace has room for one list of counts, and
    /// $n_b(z)$ is one for each z. Freeze the classifier ([`Frozen`](crate::Frozen)), make its templates, and export those.
    /// [`ParamclfError::BadParameter`] for what the format has no form for: a z without a Gaussian measurement, untrained shapes.
    pub fn workspace(&self, observed: &Observed<'_>) -> Result<Workspace, ParamclfError> {
        if self.templates.moves || observed.moves() {
            return Err(ParamclfError::MovingCounts(self.templates.discriminant.clone()));
        }
        let Some(Knowledge::Gaussian { measured, uncertainty }) = self.params.knowledge else {
            let what = format!("what is known of \"{}\"", self.z_name());
            return Err(ParamclfError::bad(what, "a Gaussian measurement", "another form"));
        };
        if self.params.statistics != McStatistics::Exact {
            let what = "the statistics of the templates of a workspace";
            return Err(ParamclfError::bad(what, "exact, for it has no form for them here", "another"));
        }
        let z = self.templates.nuisance.nominal();
        let process = |which: Process, normalised: Vec<Modifier>| -> Result<Sample, ParamclfError> {
            let (name, morph) = match which {
                Process::Signal => ("signal", &self.templates.signal),
                Process::Background => ("background", &self.templates.background),
            };
            let [low, nominal, high] = [z - uncertainty, z, z + uncertainty].map(|z| morph.at(z));
            let data = json!({ "lo_data": low?.yields, "hi_data": high?.yields });
            let mut modifiers = vec![Modifier { name: self.z_name().into(), kind: "histosys".into(), data }];
            if which == Process::Signal {
                modifiers
                    .insert(0, Modifier { name: MU.into(), kind: "normfactor".into(), data: Value::Null });
            }
            modifiers.extend(normalised);
            Ok(Sample { name: name.into(), data: nominal?.yields, modifiers })
        };
        let (mut of_signal, mut of_background) = (Vec::new(), Vec::new());
        for untrained in &self.params.untrained {
            let Untrained::Normalisation { name, process, uncertainty } = untrained else {
                let what = "an untrained uncertainty of a workspace";
                return Err(ParamclfError::bad(what, "one of normalisation", "one of shape"));
            };
            if *uncertainty >= 1.0 {
                let what = format!("the uncertainty of \"{name}\" in a workspace");
                return Err(ParamclfError::bad(what, "below one", uncertainty));
            }
            let data = json!({ "lo": 1.0 - uncertainty, "hi": 1.0 + uncertainty });
            let modifier = Modifier { name: name.clone(), kind: "normsys".into(), data };
            match process {
                Process::Signal => of_signal.push(modifier),
                Process::Background => of_background.push(modifier),
            }
        }
        // The auxiliary measurement counts in standard deviations from the nominal value.
        let measured = (observed.measured.unwrap_or(measured) - z) / uncertainty;
        let parameters = vec![
            ParameterConfig {
                name: MU.into(),
                bounds: Some(vec![self.params.mu_range]),
                inits: Some(vec![1.0_f64.clamp(self.params.mu_range.0, self.params.mu_range.1)]),
                ..ParameterConfig::default()
            },
            ParameterConfig {
                name: self.z_name().into(),
                auxdata: Some(vec![measured]),
                ..ParameterConfig::default()
            },
        ];
        let channel = "score".to_owned();
        Ok(Workspace {
            channels: vec![Channel {
                name: channel.clone(),
                samples: vec![
                    process(Process::Signal, of_signal)?,
                    process(Process::Background, of_background)?,
                ],
            }],
            observations: vec![Observation { name: channel, data: observed.counts(z) }],
            measurements: vec![Question {
                name: "signal strength".into(),
                config: Config { poi: MU.into(), parameters },
            }],
            version: "1.0.0".into(),
        })
    }
}
