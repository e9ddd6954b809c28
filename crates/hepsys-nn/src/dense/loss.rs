use super::{LANES, PARTIALS, Real};

/// A loss that is a sum over events of a function of the networks' outputs.
///
/// It may have parameters of its own, such as nuisance parameters; their gradient is summed along.
pub trait EventLoss<T: Real>: Sync {
    /// How many parameters the loss has beside the networks'.
    fn n_extra(&self) -> usize {
        0
    }

    /// Adds the loss of one block to `sums` and writes $\partial L/\partial f$ of each of its events.
    ///
    /// `outputs` and `derivatives` have one entry for each output of each network, network by network.
    ///
    /// Padding has to count for nothing: a loss keeps weights per event ([`Columns`](super::Columns)), which are zero there.
    ///
    /// An implementation carries `#[inline(always)]`, and so does everything that it calls:
    /// only then is it compiled for the instruction set of the kernel that calls it.
    fn block(
        &self,
        block: usize,
        outputs: &[[T; LANES]],
        derivatives: &mut [[T; LANES]],
        sums: &mut LossSums<'_, T>,
    );
}

/// A loss of one output $f$ whose own parameters shift it: $L = \sum_i \ell_i(F_i)$ with $F = f + g(\theta)$.
///
/// It has second derivatives, which [`Dense::hessian`](super::Dense::hessian) asks for.
pub trait CurvedLoss<T: Real>: EventLoss<T> {
    /// Writes $\ell'(F)$, $\ell''(F)$, and for each extra parameter $\partial g/\partial\theta_j$ and
    /// $\partial^2 g/\partial\theta_j^2$ of each event of a block; parameters do not mix in $g$.
    ///
    /// Padding has zero $\ell'$ and $\ell''$.
    fn curvature(&self, block: usize, output: &[T; LANES], derivatives: &mut Derivatives<T>);
}

/// What a [`CurvedLoss`] tells of the events of one block.
#[derive(Debug, Clone)]
pub struct Derivatives<T> {
    /// $\ell'(F)$
    pub first: [T; LANES],
    /// $\ell''(F)$
    pub second: [T; LANES],
    /// $\partial g/\partial\theta_j$
    pub slopes: Vec<[T; LANES]>,
    /// $\partial^2 g/\partial\theta_j^2$
    pub bends: Vec<[T; LANES]>,
}

impl<T: Real> Derivatives<T> {
    pub(crate) fn new(n_extra: usize) -> Self {
        let zeros = [T::ZERO; LANES];
        Self { first: zeros, second: zeros, slopes: vec![zeros; n_extra], bends: vec![zeros; n_extra] }
    }
}

/// The sums that a loss adds to.
#[derive(Debug)]
pub struct LossSums<'a, T> {
    pub(crate) loss: &'a mut [f64; PARTIALS],
    pub(crate) extra: &'a mut [[T; PARTIALS]],
}

impl<T: Real> LossSums<'_, T> {
    /// Adds the loss of each event.
    ///
    /// The sum is in double precision from the start: what a step of a minimiser gains is a small part of what it cancels in.
    #[inline(always)]
    pub fn add_loss(&mut self, loss: &[T; LANES]) {
        for group in 0..LANES / PARTIALS {
            for l in 0..PARTIALS {
                self.loss[l] += loss[group * PARTIALS + l].to_f64();
            }
        }
    }

    /// Adds the derivative by extra parameter `parameter` of each event's loss, given as a product of two factors.
    ///
    /// # Panics
    ///
    /// If there is no such parameter.
    #[inline(always)]
    pub fn add_extra(&mut self, parameter: usize, a: &[T; LANES], b: &[T; LANES]) {
        fold_product(&mut self.extra[parameter], a, b);
    }
}

/// Adds 64 values to 16 partial sums.
#[inline(always)]
pub(crate) fn fold<T: Real>(sums: &mut [T; PARTIALS], values: &[T; LANES]) {
    let mut partial = *sums;
    for group in 0..LANES / PARTIALS {
        for l in 0..PARTIALS {
            partial[l] = partial[l] + values[group * PARTIALS + l];
        }
    }
    *sums = partial;
}

/// Adds 64 products to 16 partial sums.
#[inline(always)]
pub(crate) fn fold_product<T: Real>(sums: &mut [T; PARTIALS], a: &[T; LANES], b: &[T; LANES]) {
    let mut partial = *sums;
    for group in 0..LANES / PARTIALS {
        for l in 0..PARTIALS {
            let i = group * PARTIALS + l;
            partial[l] = a[i].fma(b[i], partial[l]);
        }
    }
    *sums = partial;
}
