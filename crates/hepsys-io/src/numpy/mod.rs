//! NumPy's files: one array in an NPY file, an archive of them in an NPZ file.

mod header;
mod layout;
mod npy;
mod npz;

pub use npy::{read_npy, read_npy_from, write_npy};
pub use npz::{read_npz, read_npz_from, write_npz};
