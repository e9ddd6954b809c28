use super::interpolation::Jet;

/// The product of some factors and its derivatives, also where factors are zero, as a signal strength at its bound is.
#[derive(Debug, Clone)]
pub(super) struct Products {
    /// The product of all factors.
    pub(super) all: f64,
    /// The product of those that are not zero.
    nonzero: f64,
    n_zero: usize,
}

impl Products {
    pub(super) fn of(factors: &[Jet]) -> Self {
        let nonzero = factors.iter().map(|f| f.value).filter(|v| *v != 0.0).product();
        let n_zero = factors.iter().filter(|f| f.value == 0.0).count();
        Self { all: if n_zero == 0 { nonzero } else { 0.0 }, nonzero, n_zero }
    }

    /// The product of all factors but those two.
    fn without(&self, left_out: &[Jet]) -> f64 {
        let n_zero = left_out.iter().filter(|f| f.value == 0.0).count();
        if n_zero < self.n_zero {
            return 0.0;
        }
        left_out.iter().filter(|f| f.value != 0.0).fold(self.nonzero, |product, f| product / f.value)
    }

    /// The derivative by factor `i`'s parameter.
    pub(super) fn first(&self, factors: &[Jet], i: usize) -> f64 {
        self.without(&[factors[i]]) * factors[i].slope
    }

    /// The second derivative by factor `i`'s parameter.
    pub(super) fn curvature(&self, factors: &[Jet], i: usize) -> f64 {
        self.without(&[factors[i]]) * factors[i].curvature
    }

    /// The mixed derivative by the parameters of factors `i` and `k`.
    pub(super) fn second(&self, factors: &[Jet], i: usize, k: usize) -> f64 {
        self.without(&[factors[i], factors[k]]) * factors[i].slope * factors[k].slope
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jets(values: &[f64]) -> Vec<Jet> {
        values.iter().map(|&value| Jet { value, slope: 1.0, curvature: 0.5 }).collect()
    }

    #[test]
    fn zeros_leave_the_derivatives_that_they_belong_to() {
        let factors = jets(&[2.0, 3.0, 5.0]);
        let product = Products::of(&factors);
        assert_eq!(
            (product.all, product.first(&factors, 1), product.second(&factors, 0, 2)),
            (30.0, 10.0, 3.0)
        );
        let factors = jets(&[2.0, 0.0, 5.0]);
        let product = Products::of(&factors);
        assert_eq!((product.all, product.first(&factors, 1), product.first(&factors, 0)), (0.0, 10.0, 0.0));
        assert_eq!((product.second(&factors, 0, 1), product.second(&factors, 0, 2)), (5.0, 0.0));
        assert_eq!(product.curvature(&factors, 1), 5.0);
        let factors = jets(&[0.0, 0.0, 5.0]);
        let product = Products::of(&factors);
        assert_eq!((product.first(&factors, 0), product.second(&factors, 0, 1)), (0.0, 5.0));
    }
}
