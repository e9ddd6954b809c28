use std::path::Path;

use crate::{NnError, file};

/// A whole ONNX file, from [`Graph::check`](super::Graph::check).
#[derive(Clone, PartialEq, Eq)]
pub struct Model {
    bytes: Vec<u8>,
}

impl Model {
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    /// The bytes of the file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// Writes the file, in one stroke: its name stands for the old content or for the new at any time.
    ///
    /// # Errors
    ///
    /// [`NnError::File`] if it cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), NnError> {
        let path = path.as_ref();
        file::write_atomically(path, &self.bytes).map_err(NnError::file(path))
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Model({} bytes)", self.bytes.len())
    }
}
