/// Higher than this is as good as infinite.
const HIGHEST: f64 = 1e6;

/// The search for the distance at which a profile has risen by one, between one where it has not and one where it has.
pub(crate) struct Side {
    room: f64,
    precision: f64,
    /// A distance and the root of the rise there.
    inside: (f64, f64),
    outside: Option<(f64, f64)>,
    next: f64,
    /// The distance, once it is known; nothing at the end if the room is smaller.
    pub(crate) found: Option<f64>,
    is_over: bool,
}

impl Side {
    pub(crate) fn new(room: f64, scale: f64, precision: f64) -> Self {
        Self {
            room,
            precision,
            inside: (0.0, 0.0),
            outside: None,
            next: scale.min(room),
            found: None,
            is_over: room <= 0.0,
        }
    }

    /// The next distance to try; none when the search is over.
    pub(crate) fn next(&self) -> Option<f64> {
        (!self.is_over).then_some(self.next)
    }

    pub(crate) fn see(&mut self, distance: f64, rise: f64) {
        // A profile that is infinite bounds the parameter as well as one that is high.
        let rise = if rise.is_finite() { rise.clamp(0.0, HIGHEST) } else { HIGHEST };
        let root = rise.sqrt();
        if (rise - 1.0).abs() < self.precision {
            self.found = Some(distance);
        }
        if rise < 1.0 {
            self.inside = (distance, root);
        } else {
            self.outside = Some((distance, root));
        }
        let (inside, at_inside) = self.inside;
        self.next = match self.outside {
            // The root of a parabola is a straight line; other profiles are enclosed by halves, too.
            Some((outside, at_outside)) => {
                let part = (1.0 - at_inside) / (at_outside - at_inside);
                inside + part.clamp(0.1, 0.9) * (outside - inside)
            }
            None => (distance / root.max(0.2)).max(1.5 * distance).min(self.room),
        };
        if let Some((outside, _)) = self.outside
            && outside - inside < self.precision * outside
        {
            self.found = Some(0.5 * (inside + outside));
        }
        self.is_over = self.found.is_some() || (self.outside.is_none() && distance >= self.room);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(room: f64, scale: f64, rise: impl Fn(f64) -> f64) -> (Option<f64>, usize) {
        let mut side = Side::new(room, scale, 1e-7);
        let mut n_trials = 0;
        while let Some(distance) = side.next() {
            side.see(distance, rise(distance));
            n_trials += 1;
            assert!(n_trials < 200, "the search does not end");
        }
        (side.found, n_trials)
    }

    #[test]
    fn the_end_is_found_on_profiles_of_any_power() {
        for power in [1, 2, 4, 6] {
            for scale in [1e-3, 0.1, 1.0, 50.0] {
                let (found, n_trials) = search(1e3, scale, |x| (x / 0.3).powi(power));
                assert!((found.unwrap() / 0.3 - 1.0).abs() < 1e-5, "{power} {scale}: {found:?}");
                assert!(n_trials < 40, "{power} {scale}: {n_trials} trials");
            }
        }
    }

    #[test]
    fn a_bound_before_the_end_leaves_it_open_and_a_wall_is_one() {
        assert_eq!(search(0.2, 0.1, |x| (x / 0.3).powi(2)).0, None);
        assert_eq!(search(0.0, 0.1, |x| x).0, None);
        for beyond in [f64::INFINITY, f64::NAN] {
            let (found, _) = search(10.0, 1.0, |x| if x < 0.4 { 0.1 * x } else { beyond });
            assert!((found.unwrap() - 0.4).abs() < 1e-5, "{found:?}");
        }
    }
}
