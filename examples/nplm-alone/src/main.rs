use hepsys_nplm::rand::RngExt;
use hepsys_nplm::{
    Auxiliary, ChiSquared, Device, Feature, KolmogorovSmirnov, Nplm, NplmError, NullDistribution,
    PseudoExperiments, Run, Sample, Seed, Weights, poisson,
};

/// Energies that fall like e^{-x}, and `signal` more events in a narrow peak at x = 6.4.
fn energies(background: usize, signal: usize, seed: Seed) -> Result<Sample, NplmError> {
    let mut stream = seed.stream();
    let mut uniform = || stream.random::<f64>();
    let mut x: Vec<f64> = (0..background).map(|_| -(1.0 - uniform()).ln()).collect();
    x.extend((0..signal).map(|_| 6.2 + 0.4 * uniform()));
    Ok(Sample::from_columns([(Feature::new("x", "GeV"), x)])?)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // 4000 simulated events say what 400 events of data should look like.
    let expected = 400.0;
    let reference = |seed: Seed| -> Result<Sample, NplmError> {
        Ok(energies(4000, 0, seed.named("reference"))?.with_weights(Weights::new(vec![0.1; 4000])?)?)
    };
    let test = Nplm::params().hidden_layers([3]).weight_clip(8.0).check()?;
    let run = Run::on(Device::default()).seed(1);
    let t = |data: &Sample, seed: Seed| {
        test.fit(&reference(seed)?, data, &Auxiliary::nominal(), &run.clone().seeded(seed))
    };

    let seed = Seed::new(2);
    let observed = t(&energies(394, 8, seed.named("data"))?, seed)?.test_statistic();

    let toys = PseudoExperiments::new("background only").toys(40).seed(seed).run(|toy| {
        let n_data = poisson(expected, &mut toy.stream("count"))?;
        let data = energies(n_data, 0, toy.seed().named("data"))?;
        Ok::<f64, NplmError>(t(&data, toy.seed())?.test_statistic().value())
    })?;

    // A 1-3-1 network has ten parameters: do the toys follow χ² with ten degrees of freedom?
    let chi_squared = ChiSquared::new(10.0)?;
    let compatible = KolmogorovSmirnov::one_sample(toys.values(), |t| chi_squared.cdf(t))?.p_value();

    let p = NullDistribution::chi_squared(10.0)?.p_value(observed);
    println!("t = {observed:.1}, p = {:.1e}, Z = {:.1}", p.value(), p.significance());
    println!("toys against χ²: p = {compatible:.2}");
    assert!(p.significance().value() > 3.0);
    assert!(compatible.value() > 0.01);

    let counted = NullDistribution::empirical(toys.into_values())?.p_value(observed);
    println!("from the toys: p {counted:.3}");
    assert!(counted.is_upper_limit()); // none of the 40 toys reaches the data
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_is_the_example_of_the_readme() {
        let readme = include_str!("../../../crates/hepsys-nplm/README.md");
        let source = include_str!("main.rs");
        let example = source.split("\n#[cfg(test)]").next().unwrap();
        assert!(readme.contains(example));
        super::main().unwrap();
    }
}
