//! Where the angular density could be negative, and how large it can be, from its coefficients alone.
//!
//! With $x = \cos\theta_\ell$ the density is, up to its norm,
//! $A \cos^2\theta_K + B \sin^2\theta_K + C \sin 2\theta_K$: a quadratic form in $(\cos\theta_K, \sin\theta_K)$ with
//! $A = 2 F_L (1 - x^2)$, $C = \sqrt{1 - x^2}\\,c$, $c = P \cos\phi + R \sin\phi$, $P = S_5 + 2 S_4 x$, $R = S_7 + 2 S_8 x$, and
//! $B = b + (1 - x^2) (S_3 \cos 2\phi + S_9 \sin 2\phi)$, $b = \frac12 (1 - F_L)(1 + x^2) + \frac43 A_{FB}\\,x$.
//! It is nowhere negative if and only if $A \ge 0$, $B \ge 0$ and $AB \ge C^2$ everywhere, that is
//! $F_L \ge 0$, $B \ge 0$ and $2 F_L B \ge c^2$.
//! Both $B$ and $2 F_L B - c^2$ are $q(x) + u(x) \cos 2\phi + v(x) \sin 2\phi$, whose minimum over φ is
//! $q - \sqrt{u^2 + v^2}$: not negative where $q \ge 0$ and the polynomial $q^2 - u^2 - v^2 \ge 0$.
//! That is decided for $-1 \le x \le 1$ at the ends and at the zeros of the derivative.

use super::AngularObservables;

/// How much below zero counts as rounding.
const ROUNDING: f64 = 1e-12;

/// A polynomial by its coefficients, the constant first.
type Polynomial = Vec<f64>;

/// A place where the density is negative, or `None` if it is so nowhere: (cos θ_ℓ, what is negative, its value).
pub(super) fn violation(observables: &AngularObservables) -> Option<(f64, &'static str, f64)> {
    let AngularObservables { f_l, s3, s4, s5, a_fb, s7, s8, s9 } = *observables;
    if f_l < 0.0 {
        return Some((0.0, "2 F_L", 2.0 * f_l));
    }
    let half = 0.5 * (1.0 - f_l);
    let b = vec![half, 4.0 / 3.0 * a_fb, half];
    let around = |s: f64| vec![s, 0.0, -s];
    let transverse = ("the density at cos theta_K = 0", [b.clone(), around(s3), around(s9)]);

    let (p, r) = (vec![s5, 2.0 * s4], vec![s7, 2.0 * s8]);
    let (pp, rr, pr) = (product(&p, &p), product(&r, &r), product(&p, &r));
    let determinant = (
        "the determinant of the density in cos theta_K and sin theta_K",
        [
            sum(&[(2.0 * f_l, &b), (-0.5, &pp), (-0.5, &rr)]),
            sum(&[(2.0 * f_l, &around(s3)), (-0.5, &pp), (0.5, &rr)]),
            sum(&[(2.0 * f_l, &around(s9)), (-1.0, &pr)]),
        ],
    );
    [transverse, determinant].into_iter().find_map(|(what, [q, u, v])| {
        let discriminant =
            sum(&[(1.0, &product(&q, &q)), (-1.0, &product(&u, &u)), (-1.0, &product(&v, &v))]);
        let least = |x: f64| value(&q, x) - value(&u, x).hypot(value(&v, x));
        // Of the places where one of the two conditions is nearest to failing, the one with the least value.
        let places = extremes(&discriminant).into_iter().chain(extremes(&q));
        let (x, least) = places.map(|x| (x, least(x))).min_by(|a, b| a.1.total_cmp(&b.1))?;
        (least < -ROUNDING || least.is_nan()).then_some((x, what, least))
    })
}

/// A number that the density without its norm never exceeds, where it is nowhere negative.
///
/// The larger eigenvalue of a quadratic form that is not negative is at most its trace,
/// $A + B \le 2 F_L (1 - x^2) + b + (1 - x^2)\sqrt{S_3^2 + S_9^2}$: a parabola in x.
pub(super) fn bound(observables: &AngularObservables) -> f64 {
    let AngularObservables { f_l, s3, a_fb, s9, .. } = *observables;
    let half = 0.5 * (1.0 - f_l);
    let around = 2.0 * f_l + s3.hypot(s9);
    let trace = vec![half + around, 4.0 / 3.0 * a_fb, half - around];
    extremes(&trace).into_iter().map(|x| value(&trace, x)).fold(0.0, f64::max)
}

/// The ends of [−1, 1], and the zeros of the polynomial's derivative between them.
fn extremes(polynomial: &[f64]) -> Vec<f64> {
    let mut places = zeros(&derivative(polynomial));
    places.extend([-1.0, 1.0]);
    places
}

/// The zeros in [−1, 1] at which a polynomial changes its sign.
fn zeros(polynomial: &[f64]) -> Vec<f64> {
    if polynomial.len() < 2 {
        return Vec::new();
    }
    // Between two zeros of its derivative a polynomial is monotonic.
    let mut ends = extremes(polynomial);
    ends.sort_by(f64::total_cmp);
    let rising = |x: f64| value(polynomial, x) > 0.0;
    let changes = ends.windows(2).filter(|pair| rising(pair[0]) != rising(pair[1]));
    changes
        .map(|pair| {
            let (mut low, mut high) = (pair[0], pair[1]);
            // Sixty halvings of a length of two end at rounding.
            for _ in 0..60 {
                let middle = 0.5 * (low + high);
                if rising(middle) == rising(low) { low = middle } else { high = middle }
            }
            0.5 * (low + high)
        })
        .collect()
}

fn derivative(polynomial: &[f64]) -> Polynomial {
    polynomial.iter().enumerate().skip(1).map(|(k, c)| k as f64 * c).collect()
}

fn value(polynomial: &[f64], x: f64) -> f64 {
    polynomial.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

fn product(a: &[f64], b: &[f64]) -> Polynomial {
    let mut product = vec![0.0; a.len() + b.len() - 1];
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            product[i + j] += x * y;
        }
    }
    product
}

/// The sum of polynomials, each times a factor.
fn sum(terms: &[(f64, &Polynomial)]) -> Polynomial {
    let length = terms.iter().map(|(_, p)| p.len()).max().unwrap_or(0);
    (0..length).map(|k| terms.iter().map(|(f, p)| f * p.get(k).copied().unwrap_or(0.0)).sum()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_and_extremes_of_a_polynomial_are_found() {
        // (x − 0.5)(x + 0.25)(x − 2)
        let polynomial = product(&product(&[-0.5, 1.0], &[0.25, 1.0]), &[-2.0, 1.0]);
        let zeros = zeros(&polynomial);
        assert_eq!(zeros.len(), 2);
        assert!((zeros[0] + 0.25).abs() < 1e-14 && (zeros[1] - 0.5).abs() < 1e-14);
        assert_eq!(extremes(&[1.0, 2.0]), [-1.0, 1.0]);
    }

    #[test]
    fn a_polynomial_of_zeros_has_no_change_of_sign() {
        assert!(zeros(&[0.0, 0.0, 0.0]).is_empty());
        assert!(zeros(&[]).is_empty());
    }
}
