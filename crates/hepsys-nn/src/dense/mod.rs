//! The fused CPU kernel for small dense networks.
