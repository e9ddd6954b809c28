/// The three angles of a decay $B^0 \to K^{*0}(\to K\pi)\,\mu\mu$.
///
/// The angle of the kaon is that to the flight of the $K^{*0}$, in the $K^{*0}$'s rest frame;
/// that of the μ⁺ is that to the flight of the pair of muons, in the pair's rest frame.
/// φ is the azimuth of the μ⁺ about the flight of the $K^{*0}$, counted from the kaon, all seen from the $B^0$:
/// at φ = 0 the kaon and the μ⁺ are on the same side.
/// LHCb counts φ between $\vec p_{\mu^+} \times \vec p_{\mu^-}$ and $\vec p_K \times \vec p_\pi$: that is π minus this one.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DecayAngles {
    /// $\cos\theta_K$, in [−1, 1].
    pub cos_k: f64,
    /// $\cos\theta_\ell$, in [−1, 1].
    pub cos_l: f64,
    /// φ in radians, in [−π, π].
    pub phi: f64,
}

impl DecayAngles {
    /// The eight functions whose means are the coefficients up to known factors.
    ///
    /// $\cos^2\theta_K$, then
    /// $\sin^2\theta_K \sin^2\theta_\ell \cos 2\phi$, $\sin 2\theta_K \sin 2\theta_\ell \cos\phi$,
    /// $\sin 2\theta_K \sin\theta_\ell \cos\phi$, $\sin^2\theta_K \cos\theta_\ell$,
    /// $\sin 2\theta_K \sin\theta_\ell \sin\phi$, $\sin 2\theta_K \sin 2\theta_\ell \sin\phi$ and
    /// $\sin^2\theta_K \sin^2\theta_\ell \sin 2\phi$: the order of
    /// [`AngularObservables::NAMES`](crate::AngularObservables::NAMES).
    ///
    /// ```
    /// use hepsys_sim::DecayAngles;
    /// let functions = DecayAngles { cos_k: 0.0, cos_l: 0.5, phi: 0.0 }.functions();
    /// assert_eq!(functions[4], 0.5);
    /// assert_eq!(functions[0], 0.0);
    /// ```
    #[must_use]
    pub fn functions(&self) -> [f64; 8] {
        let Self { cos_k, cos_l, phi } = *self;
        let (sin2_k, sin2_l) = ((1.0 - cos_k) * (1.0 + cos_k), (1.0 - cos_l) * (1.0 + cos_l));
        let (sin_2k, sin_l) = (2.0 * sin2_k.sqrt() * cos_k, sin2_l.sqrt());
        let sin_2l = 2.0 * sin_l * cos_l;
        let (sin, cos) = phi.sin_cos();
        let (sin_2phi, cos_2phi) = (2.0 * sin * cos, (cos - sin) * (cos + sin));
        [
            cos_k * cos_k,
            sin2_k * sin2_l * cos_2phi,
            sin_2k * sin_2l * cos,
            sin_2k * sin_l * cos,
            sin2_k * cos_l,
            sin_2k * sin_l * sin,
            sin_2k * sin_2l * sin,
            sin2_k * sin2_l * sin_2phi,
        ]
    }
}
