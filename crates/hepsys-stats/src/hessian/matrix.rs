use std::sync::Arc;

use super::Couplings;

/// The matrix of second derivatives of a function of parameters; what [`Couplings`] exclude is zero and takes no memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Hessian {
    couplings: Arc<Couplings>,
    /// The blocks, each row by row.
    pub(super) blocks: Vec<f64>,
    /// For each parameter in a block, its derivatives with those of the border.
    pub(super) sides: Vec<f64>,
    /// The border, row by row.
    pub(super) border: Vec<f64>,
}

impl Hessian {
    /// Zero everywhere.
    #[must_use]
    pub fn new(couplings: Arc<Couplings>) -> Self {
        let n_border = couplings.n_border();
        Self {
            blocks: vec![0.0; couplings.n_block_entries()],
            sides: vec![0.0; couplings.n_blocked() * n_border],
            border: vec![0.0; n_border * n_border],
            couplings,
        }
    }

    /// Zero everywhere; any two of the parameters can couple.
    #[must_use]
    pub fn dense(n_parameters: usize) -> Self {
        Self::new(Arc::new(Couplings::dense(n_parameters)))
    }

    /// Which entries can differ from zero.
    #[must_use]
    pub fn couplings(&self) -> &Arc<Couplings> {
        &self.couplings
    }

    /// The derivative by these two parameters.
    #[must_use]
    pub fn get(&self, p: usize, q: usize) -> f64 {
        let n_blocked = self.couplings.n_blocked();
        let (low, high) = self.sorted(p, q);
        match (low < n_blocked, high < n_blocked) {
            (true, true) if self.couplings.block_of(low) != self.couplings.block_of(high) => 0.0,
            (true, true) => self.blocks[self.in_block(low, high)],
            (true, false) => self.sides[low * self.couplings.n_border() + high - n_blocked],
            _ => self.border[(low - n_blocked) * self.couplings.n_border() + high - n_blocked],
        }
    }

    /// Whether all derivatives by a parameter are zero.
    pub(crate) fn is_zero_along(&self, p: usize) -> bool {
        let (n_blocked, n_border) = (self.couplings.n_blocked(), self.couplings.n_border());
        let place = self.couplings.place(p);
        match place.checked_sub(n_blocked) {
            None => {
                let (places, entries) = self.couplings.block(self.couplings.block_of(place));
                let row = entries.start + (place - places.start) * places.len();
                let own = &self.blocks[row..row + places.len()];
                own.iter().chain(&self.sides[place * n_border..(place + 1) * n_border]).all(|h| *h == 0.0)
            }
            Some(i) => {
                let side = self.sides.iter().skip(i).step_by(n_border);
                self.border[i * n_border..(i + 1) * n_border].iter().chain(side).all(|h| *h == 0.0)
            }
        }
    }

    /// Sets all entries to zero.
    pub fn clear(&mut self) {
        self.blocks.fill(0.0);
        self.sides.fill(0.0);
        self.border.fill(0.0);
    }

    /// Adds `value` to the derivative by `p` and `q`, and to that by `q` and `p`, which is the same number.
    ///
    /// # Panics
    ///
    /// If the two cannot couple.
    pub fn add(&mut self, p: usize, q: usize, value: f64) {
        let (n_blocked, n_border) = (self.couplings.n_blocked(), self.couplings.n_border());
        let (low, high) = self.sorted(p, q);
        match (low < n_blocked, high < n_blocked) {
            (true, true) => {
                assert_eq!(
                    self.couplings.block_of(low),
                    self.couplings.block_of(high),
                    "{p} and {q} can couple"
                );
                let (upper, lower) = (self.in_block(low, high), self.in_block(high, low));
                self.blocks[upper] += value;
                if upper != lower {
                    self.blocks[lower] += value;
                }
            }
            (true, false) => self.sides[low * n_border + high - n_blocked] += value,
            _ => {
                let (low, high) = (low - n_blocked, high - n_blocked);
                self.border[low * n_border + high] += value;
                if low != high {
                    self.border[high * n_border + low] += value;
                }
            }
        }
    }

    /// Adds a matrix, of which the upper triangle counts, to the derivatives by some `parameters` of the border.
    ///
    /// # Panics
    ///
    /// If one of them is in a block.
    pub(crate) fn add_to_border(&mut self, parameters: &[usize], upper: &[f64]) {
        let (n_blocked, n_border) = (self.couplings.n_blocked(), self.couplings.n_border());
        let place = |p: usize| self.couplings.place(p) - n_blocked;
        for (i, row) in upper.chunks_exact(parameters.len().max(1)).enumerate() {
            let p = place(parameters[i]);
            self.border[p * (n_border + 1)] += row[i];
            for (&other, value) in parameters[i + 1..].iter().zip(&row[i + 1..]) {
                let q = place(other);
                self.border[p * n_border + q] += value;
                self.border[q * n_border + p] += value;
            }
        }
    }

    /// Each entry that can differ from zero with its two parameters, once.
    pub(crate) fn for_each(&self, mut f: impl FnMut(usize, usize, f64)) {
        let (n_blocked, n_border) = (self.couplings.n_blocked(), self.couplings.n_border());
        let parameters = self.couplings.parameters();
        for (places, entries) in self.couplings.blocks() {
            for (i, row) in places.clone().zip(self.blocks[entries].chunks_exact(places.len())) {
                (i..places.end).for_each(|k| f(parameters[i], parameters[k], row[k - places.start]));
            }
        }
        for (i, row) in self.sides.chunks_exact(n_border.max(1)).enumerate() {
            row.iter().zip(&parameters[n_blocked..]).for_each(|(h, &p)| f(parameters[i], p, *h));
        }
        let border = &parameters[n_blocked..];
        for (i, row) in self.border.chunks_exact(n_border.max(1)).enumerate() {
            (i..n_border).for_each(|k| f(border[i], border[k], row[k]));
        }
    }

    /// All entries, row by row, if any two parameters can couple.
    ///
    /// # Panics
    ///
    /// If some cannot.
    pub fn as_dense_mut(&mut self) -> &mut [f64] {
        assert_eq!(self.couplings.n_blocked(), 0, "any two parameters can couple");
        &mut self.border
    }

    /// All entries, row by row.
    #[must_use]
    pub fn to_dense(&self) -> Vec<f64> {
        let n = self.couplings.n_parameters();
        (0..n * n).map(|at| self.get(at / n, at % n)).collect()
    }

    /// Puts the product with a vector of parameters into `product`.
    pub fn multiply(&self, vector: &[f64], product: &mut [f64]) {
        let (n_blocked, n_border) = (self.couplings.n_blocked(), self.couplings.n_border());
        let (of_blocks, of_border) = self.couplings.parameters().split_at(n_blocked);
        let dot = |row: &[f64], parameters: &[usize]| -> f64 {
            row.iter().zip(parameters).map(|(h, &p)| h * vector[p]).sum()
        };
        for (places, entries) in self.couplings.blocks() {
            let parameters = &of_blocks[places];
            for (row, &p) in self.blocks[entries].chunks_exact(parameters.len()).zip(parameters) {
                product[p] = dot(row, parameters);
            }
        }
        for (row, &p) in self.border.chunks_exact(n_border.max(1)).zip(of_border) {
            product[p] = dot(row, of_border);
        }
        for (row, &p) in self.sides.chunks_exact(n_border.max(1)).zip(of_blocks) {
            product[p] += dot(row, of_border);
            of_border.iter().zip(row).for_each(|(&q, side)| product[q] += side * vector[p]);
        }
    }

    fn sorted(&self, p: usize, q: usize) -> (usize, usize) {
        let (p, q) = (self.couplings.place(p), self.couplings.place(q));
        (p.min(q), p.max(q))
    }

    /// Where the entry of two places of one block is.
    fn in_block(&self, row: usize, column: usize) -> usize {
        let (places, entries) = self.couplings.block(self.couplings.block_of(row));
        entries.start + (row - places.start) * places.len() + column - places.start
    }
}
