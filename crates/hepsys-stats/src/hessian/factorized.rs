use std::sync::Arc;

use super::{Couplings, Hessian, cholesky};

/// A positive definite Hessian in a form in which equations with it are solved quickly.
///
/// The blocks are eliminated first: with $C$ the blocks, $B$ their sides and $A$ the border, what is left for the border is
/// Schur's complement $S = A - B^T C^{-1} B$.
#[derive(Debug, Clone)]
pub(crate) struct Factorized {
    couplings: Arc<Couplings>,
    /// Cholesky's decomposition of the blocks and of $S$.
    blocks: Vec<f64>,
    border: Vec<f64>,
    /// $C^{-1} B$
    eliminated: Vec<f64>,
    /// The diagonals before anything was subtracted.
    diagonal: Vec<f64>,
    of_border: Vec<f64>,
    /// A vector in the order of the places.
    placed: Vec<f64>,
}

impl Factorized {
    /// Memory for matrices with these couplings.
    pub(crate) fn with_capacity(couplings: Arc<Couplings>) -> Self {
        let placed = vec![0.0; couplings.n_parameters()];
        Self {
            couplings,
            blocks: Vec::new(),
            border: Vec::new(),
            eliminated: Vec::new(),
            diagonal: Vec::new(),
            of_border: Vec::new(),
            placed,
        }
    }

    /// The matrix of the parameters that are free; `None` if it is not positive definite.
    pub(crate) fn of(hessian: &Hessian, is_free: &[bool]) -> Option<Self> {
        let mut this = Self::with_capacity(Arc::clone(hessian.couplings()));
        this.factorize(hessian, is_free, 0.0).then_some(this)
    }

    /// Takes the matrix of the parameters that are free, with λ times its diagonal added; the others are as if they were not
    /// there. Says whether it is positive definite; if not, there is nothing to solve.
    pub(crate) fn factorize(&mut self, hessian: &Hessian, is_free: &[bool], damping: f64) -> bool {
        self.blocks.clone_from(&hessian.blocks);
        self.border.clone_from(&hessian.border);
        self.eliminated.clone_from(&hessian.sides);
        for p in (0..is_free.len()).filter(|&p| !is_free[p]) {
            self.hold(self.couplings.place(p));
        }
        let n_border = self.couplings.n_border();
        if damping > 0.0 {
            let damp = |h: &mut f64| *h += damping * h.abs().max(1e-6);
            for (places, entries) in self.couplings.blocks() {
                self.blocks[entries].iter_mut().step_by(places.len() + 1).for_each(damp);
            }
            self.border.iter_mut().step_by(n_border + 1).for_each(damp);
        }
        self.of_border.clear();
        self.of_border.extend(self.border.iter().step_by(n_border + 1));
        for (places, entries) in self.couplings.blocks() {
            let (block, n) = (&mut self.blocks[entries], places.len());
            self.diagonal.clear();
            self.diagonal.extend(block.iter().step_by(n + 1));
            if !cholesky::decompose(block, n, &self.diagonal) {
                return false;
            }
            let sides = &mut self.eliminated[places.start * n_border..places.end * n_border];
            eliminate(block, n, sides, &mut self.border, n_border);
        }
        cholesky::decompose(&mut self.border, n_border, &self.of_border)
    }

    /// Row and column of a place become those of the unit matrix.
    fn hold(&mut self, place: usize) {
        let (n_blocked, n_border) = (self.couplings.n_blocked(), self.couplings.n_border());
        if let Some(i) = place.checked_sub(n_blocked) {
            self.border[i * n_border..(i + 1) * n_border].fill(0.0);
            self.border.iter_mut().skip(i).step_by(n_border).for_each(|h| *h = 0.0);
            self.border[i * (n_border + 1)] = 1.0;
            self.eliminated.iter_mut().skip(i).step_by(n_border).for_each(|h| *h = 0.0);
        } else {
            let (places, entries) = self.couplings.block(self.couplings.block_of(place));
            let (n, i) = (places.len(), place - places.start);
            let block = &mut self.blocks[entries];
            block[i * n..(i + 1) * n].fill(0.0);
            block.iter_mut().skip(i).step_by(n).for_each(|h| *h = 0.0);
            block[i * (n + 1)] = 1.0;
            self.eliminated[place * n_border..(place + 1) * n_border].fill(0.0);
        }
    }

    /// Replaces $v$ by the solution of $H x = v$; what is held takes its component of $v$.
    pub(crate) fn solve(&mut self, vector: &mut [f64]) {
        let n_border = self.couplings.n_border();
        let parameters = self.couplings.parameters();
        self.placed.iter_mut().zip(parameters).for_each(|(placed, &p)| *placed = vector[p]);
        let (of_blocks, of_border) = self.placed.split_at_mut(self.couplings.n_blocked());
        for (row, v) in self.eliminated.chunks_exact(n_border.max(1)).zip(of_blocks.iter()) {
            of_border.iter_mut().zip(row).for_each(|(out, side)| *out -= side * v);
        }
        cholesky::solve(&self.border, n_border, of_border);
        for (places, entries) in self.couplings.blocks() {
            cholesky::solve(&self.blocks[entries], places.len(), &mut of_blocks[places]);
        }
        for (row, v) in self.eliminated.chunks_exact(n_border.max(1)).zip(of_blocks) {
            *v -= dot(row, of_border);
        }
        self.placed.iter().zip(parameters).for_each(|(placed, &p)| vector[p] = *placed);
    }

    /// The diagonal of the inverse.
    pub(crate) fn inverse_diagonal(&self) -> Vec<f64> {
        let (n_blocked, n_border) = (self.couplings.n_blocked(), self.couplings.n_border());
        let mut diagonal = vec![0.0; self.couplings.n_parameters()];
        let parameters = self.couplings.parameters();
        let norm = |upper: &[f64], n: usize, mut vector: Vec<f64>| {
            cholesky::solve_lower(upper, n, &mut vector);
            dot(&vector, &vector)
        };
        let unit = |i: usize, n: usize| (0..n).map(|k| if i == k { 1.0 } else { 0.0 }).collect::<Vec<_>>();
        for (places, entries) in self.couplings.blocks() {
            for (i, place) in places.clone().enumerate() {
                let side = self.eliminated[place * n_border..(place + 1) * n_border].to_vec();
                diagonal[parameters[place]] =
                    norm(&self.blocks[entries.clone()], places.len(), unit(i, places.len()))
                        + norm(&self.border, n_border, side);
            }
        }
        for i in 0..n_border {
            diagonal[parameters[n_blocked + i]] = norm(&self.border, n_border, unit(i, n_border));
        }
        diagonal
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Replaces the sides $B$ of a decomposed block by $C^{-1} B$, and subtracts $B^T C^{-1} B$ from the border.
fn eliminate(block: &[f64], n: usize, sides: &mut [f64], border: &mut [f64], n_border: usize) {
    if n_border == 0 {
        return;
    }
    // U⁻ᵀ B, row by row, whose square is what the border loses.
    for i in 0..n {
        let (done, rest) = sides.split_at_mut((i + 1) * n_border);
        let row = &mut done[i * n_border..];
        row.iter_mut().for_each(|b| *b /= block[i * (n + 1)]);
        for (k, below) in (i + 1..n).zip(rest.chunks_exact_mut(n_border)) {
            below.iter_mut().zip(row.iter()).for_each(|(b, r)| *b -= block[i * n + k] * r);
        }
        for (p, &factor) in row.iter().enumerate().filter(|(_, factor)| **factor != 0.0) {
            let line = &mut border[p * n_border + p..(p + 1) * n_border];
            line.iter_mut().zip(&row[p..]).for_each(|(a, r)| *a -= factor * r);
        }
    }
    // U⁻¹ of that.
    for i in (0..n).rev() {
        let (above, rest) = sides.split_at_mut((i + 1) * n_border);
        let row = &mut above[i * n_border..];
        for (k, below) in (i + 1..n).zip(rest.chunks_exact(n_border)) {
            row.iter_mut().zip(below).for_each(|(b, r)| *b -= block[i * n + k] * r);
        }
        row.iter_mut().for_each(|b| *b /= block[i * (n + 1)]);
    }
}
