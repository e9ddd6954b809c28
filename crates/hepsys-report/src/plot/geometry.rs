//! Points, rectangles, and lines and areas cut to them.

pub(super) type Point = (f64, f64);

/// A rectangle whose vertical axis points down, as on paper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Rect {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    pub(super) fn corners(&self) -> [Point; 4] {
        let Self { left, top, right, bottom } = *self;
        [(left, top), (right, top), (right, bottom), (left, bottom)]
    }

    pub(super) fn contains(&self, (x, y): Point) -> bool {
        // A hundredth of a point is below what can be drawn.
        let slack = 0.01;
        (self.left - slack..=self.right + slack).contains(&x)
            && (self.top - slack..=self.bottom + slack).contains(&y)
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    /// What two rectangles share.
    pub(super) fn intersection(&self, other: &Self) -> Option<Self> {
        let shared = Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        };
        (shared.left < shared.right && shared.top < shared.bottom).then_some(shared)
    }

    /// The part of a segment inside (Liang and Barsky's way).
    pub(super) fn clip_segment(&self, from: Point, to: Point) -> Option<(Point, Point)> {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        for (step, room) in [
            (-dx, from.0 - self.left),
            (dx, self.right - from.0),
            (-dy, from.1 - self.top),
            (dy, self.bottom - from.1),
        ] {
            if step == 0.0 {
                if room < 0.0 {
                    return None;
                }
            } else if step < 0.0 {
                enter = enter.max(room / step);
            } else {
                leave = leave.min(room / step);
            }
        }
        let at = |t: f64| (from.0 + t * dx, from.1 + t * dy);
        (enter <= leave).then(|| (at(enter), at(leave)))
    }

    /// The parts of a line inside.
    pub(super) fn clip_line(&self, line: &[Point]) -> Vec<Vec<Point>> {
        let mut parts: Vec<Vec<Point>> = Vec::new();
        for pair in line.windows(2) {
            let Some((from, to)) = self.clip_segment(pair[0], pair[1]) else { continue };
            match parts.last_mut() {
                Some(part) if part.last() == Some(&from) => part.push(to),
                _ => parts.push(vec![from, to]),
            }
        }
        parts
    }

    /// The part of an area inside (Sutherland and Hodgman's way).
    pub(super) fn clip_area(&self, outline: &[Point]) -> Vec<Point> {
        let mut outline = outline.to_vec();
        // How far inside each of the four edges a point lies.
        let inside: [Box<dyn Fn(Point) -> f64>; 4] = [
            Box::new(|p| p.0 - self.left),
            Box::new(|p| self.right - p.0),
            Box::new(|p| p.1 - self.top),
            Box::new(|p| self.bottom - p.1),
        ];
        for depth in inside {
            let mut clipped = Vec::with_capacity(outline.len() + 4);
            for (i, &to) in outline.iter().enumerate() {
                let from = outline[(i + outline.len() - 1) % outline.len()];
                let (a, b) = (depth(from), depth(to));
                if (a < 0.0) != (b < 0.0) {
                    let t = a / (a - b);
                    clipped.push((from.0 + t * (to.0 - from.0), from.1 + t * (to.1 - from.1)));
                }
                if b >= 0.0 {
                    clipped.push(to);
                }
            }
            outline = clipped;
        }
        outline
    }

    /// Parallel lines that rise to the right, the same family for every rectangle, so that hatches join.
    pub(super) fn hatch(&self, spacing: f64) -> Vec<[Point; 2]> {
        // On a line x + y is constant; the distance between neighbours is spacing.
        let step = spacing * std::f64::consts::SQRT_2;
        let first = ((self.left + self.top) / step).ceil();
        let last = ((self.right + self.bottom) / step).floor();
        let mut lines = Vec::new();
        let mut k = first;
        while k <= last {
            let sum = k * step;
            let from_x = self.left.max(sum - self.bottom);
            let to_x = self.right.min(sum - self.top);
            if from_x < to_x {
                lines.push([(from_x, sum - from_x), (to_x, sum - to_x)]);
            }
            k += 1.0;
        }
        lines
    }
}

/// A line cut into dashes: the pattern tells how long it is drawn, left out, drawn, and so on.
pub(super) fn dashes(line: &[Point], pattern: &[f64]) -> Vec<Vec<Point>> {
    if pattern.is_empty() || pattern.iter().any(|d| *d <= 0.0) {
        return vec![line.to_vec()];
    }
    let mut parts = Vec::new();
    let (mut element, mut left) = (0, pattern[0]);
    let mut part: Vec<Point> = line.first().copied().into_iter().collect();
    for pair in line.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            let is_drawn = element % 2 == 0;
            if length <= left {
                left -= length;
                if is_drawn {
                    part.push(to);
                }
                break;
            }
            from = (from.0 + (to.0 - from.0) * left / length, from.1 + (to.1 - from.1) * left / length);
            if is_drawn {
                part.push(from);
                parts.push(std::mem::take(&mut part));
            } else {
                part = vec![from];
            }
            element += 1;
            left = pattern[element % pattern.len()];
        }
    }
    if part.len() > 1 {
        parts.push(part);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: Rect = Rect { left: 0.0, top: 0.0, right: 1.0, bottom: 1.0 };

    #[test]
    fn a_segment_through_the_rectangle_is_cut_at_both_sides() {
        assert_eq!(UNIT.clip_segment((-1.0, 0.5), (3.0, 0.5)), Some(((0.0, 0.5), (1.0, 0.5))));
        assert_eq!(UNIT.clip_segment((-1.0, 2.0), (3.0, 2.0)), None);
    }

    #[test]
    fn a_line_that_leaves_and_returns_becomes_two() {
        let line = [(0.2, 0.5), (0.2, -1.0), (0.8, -1.0), (0.8, 0.5)];
        assert_eq!(UNIT.clip_line(&line).len(), 2);
    }

    #[test]
    fn an_area_around_the_rectangle_becomes_the_rectangle() {
        let outline = [(-5.0, -5.0), (5.0, -5.0), (5.0, 5.0), (-5.0, 5.0)];
        let clipped = UNIT.clip_area(&outline);
        for corner in UNIT.corners() {
            assert!(clipped.contains(&corner), "{corner:?} in {clipped:?}");
        }
        assert!(UNIT.clip_area(&[(2.0, 2.0), (3.0, 2.0), (3.0, 3.0)]).is_empty());
    }

    #[test]
    fn dashes_and_gaps_follow_the_pattern_around_corners() {
        let line = [(0.0, 0.0), (3.0, 0.0), (3.0, 3.0)];
        let parts = dashes(&line, &[2.0, 2.0]);
        assert_eq!(parts, [vec![(0.0, 0.0), (2.0, 0.0)], vec![(3.0, 1.0), (3.0, 3.0)]]);
    }

    #[test]
    fn hatches_stay_inside() {
        let lines = UNIT.hatch(0.1);
        assert!(lines.len() > 10);
        assert!(lines.iter().flatten().all(|&p| UNIT.contains(p)));
    }
}
