//! Contours of a scan of two parameters, by marching squares.

use std::collections::BTreeMap;

use super::PlaneScan;
use super::interpolate::{Knot, crossing};

/// The levels of $-2\Delta\ln L$ at which two parameters have confidence regions of 68.3 % and of 95 %, rounded.
///
/// $-2\ln(1 - p)$, the quantile of $\chi^2$ with two degrees of freedom, is 2.2957 and 5.9915.
pub const CONTOUR_LEVELS: [f64; 2] = [2.30, 5.99];

/// A line along which the profile has one value.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Contour {
    /// The level of $-2\Delta\ln L$.
    pub level: f64,
    /// Its points in order, as values of both parameters; the first stands at the end again if it is closed.
    pub points: Vec<(f64, f64)>,
    /// Whether it comes back to its beginning; one that leaves the grid, or meets a fit that failed, does not.
    pub is_closed: bool,
}

/// An edge of the grid: the column and row of its first point, and whether it goes along x.
type Edge = (usize, usize, bool);

impl PlaneScan {
    /// The contours of a level, such as those of [`CONTOUR_LEVELS`]; open ones first.
    ///
    /// Where a contour crosses an edge of the grid it is at the zero of the cubic that shares values and slopes with the ends.
    /// A region smaller than the mesh has none, and the cells around a fit that did not converge are left out.
    #[must_use]
    pub fn contours(&self, level: f64) -> Vec<Contour> {
        let mut links: BTreeMap<Edge, Vec<Edge>> = BTreeMap::new();
        for k in 1..self.y.len() {
            for i in 1..self.x.len() {
                for (a, b) in self.segments(i - 1, k - 1, level) {
                    links.entry(a).or_default().push(b);
                    links.entry(b).or_default().push(a);
                }
            }
        }
        let mut contours = Vec::new();
        // An edge with one link is an end.
        let ends =
            |links: &BTreeMap<Edge, Vec<Edge>>| links.iter().find(|(_, to)| to.len() == 1).map(|(e, _)| *e);
        while let Some(first) = ends(&links) {
            contours.push(self.follow(&mut links, first, level));
        }
        while let Some(first) = links.iter().find(|(_, to)| !to.is_empty()).map(|(e, _)| *e) {
            contours.push(self.follow(&mut links, first, level));
        }
        contours
    }

    /// The line from `first` on; what it uses of the links is taken away.
    fn follow(&self, links: &mut BTreeMap<Edge, Vec<Edge>>, first: Edge, level: f64) -> Contour {
        let mut edges = vec![first];
        let mut here = first;
        while let Some(next) = links.get_mut(&here).and_then(Vec::pop) {
            if let Some(back) = links.get_mut(&next) {
                back.retain(|e| *e != here);
            }
            edges.push(next);
            here = next;
        }
        let points = edges.iter().map(|&edge| self.point(edge, level)).collect();
        Contour { level, points, is_closed: edges.len() > 2 && here == first }
    }

    /// The pieces of the contour in the cell whose lowest corner is `(i, k)`.
    fn segments(&self, i: usize, k: usize, level: f64) -> Vec<(Edge, Edge)> {
        let corners = [self.at(i, k), self.at(i + 1, k), self.at(i + 1, k + 1), self.at(i, k + 1)];
        if corners.iter().any(|p| !p.is_converged) {
            return Vec::new();
        }
        // Counterclockwise: edge n goes from corner n to the next.
        let edges: [Edge; 4] = [(i, k, true), (i + 1, k, false), (i, k + 1, true), (i, k, false)];
        let is_inside = corners.map(|p| p.rise < level);
        let crossed: Vec<usize> = (0..4).filter(|&n| is_inside[n] != is_inside[(n + 1) % 4]).collect();
        match crossed[..] {
            [a, b] => vec![(edges[a], edges[b])],
            [_, _, _, _] => {
                // A saddle: the middle says which corners belong together.
                let middle = corners.iter().map(|p| p.rise).sum::<f64>() / 4.0 < level;
                if middle == is_inside[0] {
                    vec![(edges[0], edges[1]), (edges[2], edges[3])]
                } else {
                    vec![(edges[3], edges[0]), (edges[1], edges[2])]
                }
            }
            _ => Vec::new(),
        }
    }

    /// Where the contour crosses an edge.
    fn point(&self, (i, k, is_along_x): Edge, level: f64) -> (f64, f64) {
        if is_along_x {
            let knot = |i: usize| {
                let point = self.at(i, k);
                Knot { at: self.x[i], value: point.rise - level, slope: point.slopes[0] }
            };
            (crossing(knot(i), knot(i + 1)), self.y[k])
        } else {
            let knot = |k: usize| {
                let point = self.at(i, k);
                Knot { at: self.y[k], value: point.rise - level, slope: point.slopes[1] }
            };
            (self.x[i], crossing(knot(k), knot(k + 1)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::plane::PlanePoint;
    use crate::minimize::Status;

    fn plane(f: impl Fn(f64, f64) -> (f64, [f64; 2])) -> PlaneScan {
        let values: Vec<f64> = (0..9).map(|i| -4.0 + f64::from(i)).collect();
        let point = |x: f64, y: f64| {
            let (rise, slopes) = f(x, y);
            PlanePoint {
                rise,
                slopes,
                status: Status::SmallGradient,
                edm: 0.0,
                is_converged: rise.is_finite(),
            }
        };
        let points = values.iter().flat_map(|&y| values.iter().map(move |&x| (x, y)));
        PlaneScan {
            names: ["a".into(), "b".into()],
            best: [0.0, 0.0],
            points: points.map(|(x, y)| point(x, y)).collect(),
            x: values.clone(),
            y: values,
        }
    }

    fn circle(x: f64, y: f64) -> (f64, [f64; 2]) {
        (x * x + y * y, [2.0 * x, 2.0 * y])
    }

    #[test]
    fn the_contour_of_a_parabola_is_a_circle() {
        let contours = plane(circle).contours(5.99);
        assert_eq!(contours.len(), 1);
        assert!(contours[0].is_closed && contours[0].points.first() == contours[0].points.last());
        assert_eq!(contours[0].points.len(), 21);
        for (x, y) in &contours[0].points {
            // Cubics hold parabolas exactly.
            assert!((x * x + y * y - 5.99).abs() < 1e-12);
        }
    }

    #[test]
    fn what_leaves_the_grid_or_fails_is_open() {
        let contours = plane(circle).contours(20.0);
        assert_eq!(contours.len(), 4);
        assert!(contours.iter().all(|c| !c.is_closed));
        let broken = plane(|x, y| if (x, y) == (2.0, 1.0) { (f64::NAN, [0.0; 2]) } else { circle(x, y) });
        let contours = broken.contours(5.99);
        assert!(contours.len() == 1 && !contours[0].is_closed);
        assert!(plane(|_, _| (9.0, [0.0; 2])).contours(5.99).is_empty());
    }

    #[test]
    fn two_minima_have_two_contours() {
        let two = |x: f64, y: f64| {
            let u = x * x - 4.0;
            (u * u + y * y, [4.0 * x * u, 2.0 * y])
        };
        let contours = plane(two).contours(2.3);
        assert_eq!(contours.len(), 2);
        assert!(contours.iter().all(|c| c.is_closed));
    }

    #[test]
    fn the_middle_of_a_saddle_decides() {
        // Corners (0, 0) and (1, 1) are inside; the middle is for one level inside and for the other not.
        let saddle = |x: f64, y: f64| {
            let is_odd = (x + y).rem_euclid(2.0) == 1.0;
            let is_here = (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y);
            (
                if !is_here {
                    10.0
                } else if is_odd {
                    3.0
                } else {
                    0.0
                },
                [f64::NAN; 2],
            )
        };
        assert_eq!(plane(saddle).contours(2.0).len(), 1);
        assert_eq!(plane(saddle).contours(1.0).len(), 2);
    }
}
