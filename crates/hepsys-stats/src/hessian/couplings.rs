use std::ops::Range;

/// Which pairs of parameters can have a mixed second derivative.
///
/// Parameters of the *border* may couple to all others.
/// The rest stands in *blocks*, and couples to nothing but its own block and the border.
/// In a binned model with a factor γ for each bin, the border are the few parameters that many bins share, and the γ of one
/// bin are a block: a step of Newton's method then costs time and memory in proportion to the number of bins, not to its
/// cube and its square.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Couplings {
    /// Where each parameter stands: those of the blocks come first, block after block, those of the border last.
    place: Vec<usize>,
    /// The parameter at each place.
    parameters: Vec<usize>,
    /// The first place of each block, and of the border.
    first: Vec<usize>,
    /// Where the entries of each block begin.
    offsets: Vec<usize>,
    /// The block of each place before the border.
    block_of: Vec<usize>,
}

impl Couplings {
    /// All `n_parameters` are in the border: any two can couple.
    #[must_use]
    pub fn dense(n_parameters: usize) -> Self {
        Self::of_blocks(n_parameters, &[])
    }

    /// `blocks` of parameters that couple to nothing but their own block and the parameters that are in none.
    ///
    /// # Panics
    ///
    /// If a parameter stands in two places or is none of `n_parameters`, or a block is empty.
    #[must_use]
    pub fn of_blocks(n_parameters: usize, blocks: &[Vec<usize>]) -> Self {
        let mut place = vec![usize::MAX; n_parameters];
        let (mut first, mut offsets, mut block_of) = (vec![0], vec![0], Vec::new());
        let mut n_entries = 0;
        for (number, block) in blocks.iter().enumerate() {
            assert!(!block.is_empty(), "a block has parameters");
            for &parameter in block {
                assert_eq!(place[parameter], usize::MAX, "a parameter stands in one block");
                place[parameter] = block_of.len();
                block_of.push(number);
            }
            n_entries += block.len() * block.len();
            first.push(block_of.len());
            offsets.push(n_entries);
        }
        let border = place.iter_mut().filter(|place| **place == usize::MAX);
        border.zip(block_of.len()..).for_each(|(place, next)| *place = next);
        let mut parameters = vec![0; n_parameters];
        place.iter().enumerate().for_each(|(parameter, place)| parameters[*place] = parameter);
        Self { place, parameters, first, offsets, block_of }
    }

    /// The couplings of parameters of which those in one of the `groups` can couple to each other, and those that are
    /// `shared` to all.
    pub(crate) fn of_groups(is_shared: &[bool], groups: impl IntoIterator<Item = Vec<usize>>) -> Self {
        let n = is_shared.len();
        let mut leader: Vec<usize> = (0..n).collect();
        for group in groups {
            let mut own = group.into_iter().filter(|&p| !is_shared[p]);
            let Some(first) = own.next() else { continue };
            for other in own {
                let (a, b) = (find(&mut leader, first), find(&mut leader, other));
                // The lowest leads, so that the order of groups does not matter.
                leader[a.max(b)] = a.min(b);
            }
        }
        let mut blocks: Vec<Vec<usize>> = Vec::new();
        let mut block_of_leader = vec![usize::MAX; n];
        for parameter in (0..n).filter(|&p| !is_shared[p]) {
            let leader = find(&mut leader, parameter);
            if block_of_leader[leader] == usize::MAX {
                block_of_leader[leader] = blocks.len();
                blocks.push(Vec::new());
            }
            blocks[block_of_leader[leader]].push(parameter);
        }
        Self::of_blocks(n, &blocks)
    }

    /// How many parameters there are.
    #[must_use]
    pub fn n_parameters(&self) -> usize {
        self.place.len()
    }

    /// How many of them can couple to all others.
    #[must_use]
    pub fn n_border(&self) -> usize {
        self.n_parameters() - self.n_blocked()
    }

    pub(super) fn n_blocked(&self) -> usize {
        self.block_of.len()
    }

    pub(super) fn n_block_entries(&self) -> usize {
        self.offsets.last().copied().unwrap_or(0)
    }

    /// Where a parameter stands.
    pub(super) fn place(&self, parameter: usize) -> usize {
        self.place[parameter]
    }

    /// The parameter at each place.
    pub(super) fn parameters(&self) -> &[usize] {
        &self.parameters
    }

    /// The place of a parameter in the border, or `None` if it is in a block.
    pub(crate) fn in_border(&self, parameter: usize) -> Option<usize> {
        self.place[parameter].checked_sub(self.n_blocked())
    }

    /// The block of a place before the border.
    pub(super) fn block_of(&self, place: usize) -> usize {
        self.block_of[place]
    }

    /// The places of each block, and where its entries are.
    pub(super) fn blocks(&self) -> impl ExactSizeIterator<Item = (Range<usize>, Range<usize>)> {
        (0..self.first.len() - 1).map(|b| self.block(b))
    }

    pub(super) fn block(&self, number: usize) -> (Range<usize>, Range<usize>) {
        (self.first[number]..self.first[number + 1], self.offsets[number]..self.offsets[number + 1])
    }

    /// Groups of parameters that can couple, one for each block.
    pub(crate) fn groups(&self) -> Vec<Vec<usize>> {
        let mut groups = vec![Vec::new(); self.first.len() - 1];
        for (parameter, place) in
            self.place.iter().enumerate().filter(|(_, place)| **place < self.n_blocked())
        {
            groups[self.block_of[*place]].push(parameter);
        }
        groups
    }
}

/// Who leads the group of a parameter.
fn find(leader: &mut [usize], mut parameter: usize) -> usize {
    while leader[parameter] != parameter {
        leader[parameter] = leader[leader[parameter]];
        parameter = leader[parameter];
    }
    parameter
}
