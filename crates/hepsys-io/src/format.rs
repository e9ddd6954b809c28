use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::IoError;

/// The formats of event samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow IPC, as a file or as a stream ("Feather version 2").
    Arrow,
    /// Comma-separated values with a header line.
    Csv,
    /// One NumPy array: structured, or one column a feature.
    Npy,
    /// An archive of NumPy arrays, one a column.
    Npz,
    /// HDF5 with one data set a column.
    Hdf5,
    /// ROOT: recognised, so that it can be named, but not read yet.
    Root,
}

impl Format {
    /// Every format that can be read and written.
    pub const ALL: [Self; 6] = [Self::Parquet, Self::Arrow, Self::Csv, Self::Npy, Self::Npz, Self::Hdf5];

    /// The name of the format.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Parquet => "Parquet",
            Self::Arrow => "Arrow IPC",
            Self::Csv => "CSV",
            Self::Npy => "NPY",
            Self::Npz => "NPZ",
            Self::Hdf5 => "HDF5",
            Self::Root => "ROOT",
        }
    }

    /// The extensions of its files; the first is the usual one.
    #[must_use]
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Parquet => &["parquet", "pq"],
            Self::Arrow => &["arrow", "feather", "ipc", "arrows"],
            Self::Csv => &["csv", "txt"],
            Self::Npy => &["npy"],
            Self::Npz => &["npz"],
            Self::Hdf5 => &["h5", "hdf5", "hdf"],
            Self::Root => &["root"],
        }
    }

    /// The format that the extension of a path stands for.
    ///
    /// ```
    /// use hepsys_io::Format;
    /// assert_eq!(Format::from_extension("run2/sm.parquet"), Some(Format::Parquet));
    /// assert_eq!(Format::from_extension("sm.xlsx"), None);
    /// ```
    #[must_use]
    pub fn from_extension(path: impl AsRef<Path>) -> Option<Self> {
        let extension = path.as_ref().extension()?.to_str()?.to_ascii_lowercase();
        Self::ALL.into_iter().chain([Self::Root]).find(|f| f.extensions().contains(&extension.as_str()))
    }

    /// The format that the first bytes of a file belong to, if they tell.
    ///
    /// Text tells nothing: it may start with the letters `PAR1` or `root` and be a CSV file.
    #[must_use]
    pub fn from_content(start: &[u8]) -> Option<Self> {
        if is_text(start) {
            return None;
        }
        let signatures: [(&[u8], Self); 9] = [
            (b"PAR1", Self::Parquet),
            (b"ARROW1", Self::Arrow),
            (b"\xff\xff\xff\xff", Self::Arrow),
            (b"\x93NUMPY", Self::Npy),
            (b"PK\x03\x04", Self::Npz),
            (b"PK\x05\x06", Self::Npz),
            (HDF5_SIGNATURE, Self::Hdf5),
            // Four letters and a version, whose first byte is zero.
            (b"root\0", Self::Root),
            (b"PARE", Self::Parquet),
        ];
        if let Some((_, format)) = signatures.into_iter().find(|(s, _)| start.starts_with(s)) {
            return Some(format);
        }
        // An HDF5 file may start with a block of the user's, of 512 bytes or that times a power of two.
        let user_blocks = (9..).map(|n| 1_usize << n).take_while(|&at| at < start.len());
        user_blocks.into_iter().any(|at| start[at..].starts_with(HDF5_SIGNATURE)).then_some(Self::Hdf5)
    }

    /// The format of a file: by its content, then by its extension; text is CSV.
    ///
    /// # Errors
    ///
    /// [`IoError::Read`], [`IoError::Empty`], or [`IoError::UnknownFormat`] where neither tells.
    pub fn of_file(path: impl AsRef<Path>) -> Result<Self, IoError> {
        let path = path.as_ref();
        let file = path.display().to_string();
        let mut start = Vec::new();
        File::open(path)
            .and_then(|f| f.take(PROBE).read_to_end(&mut start))
            .map_err(|source| IoError::read(&file, source))?;
        if start.is_empty() {
            return Err(IoError::Empty { file });
        }
        Self::from_content(&start)
            .or_else(|| Self::from_extension(path))
            .or_else(|| is_text(&start).then_some(Self::Csv))
            .ok_or_else(|| IoError::UnknownFormat {
                file,
                found: format!("bytes that start with {}", shown(&start)),
            })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How many bytes of a file are looked at to find its format.
const PROBE: u64 = 4096;

const HDF5_SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

fn is_text(start: &[u8]) -> bool {
    let valid = match std::str::from_utf8(start) {
        Ok(_) => true,
        // A character may be cut in two at the end of what was looked at.
        Err(e) => e.error_len().is_none() && e.valid_up_to() > 0,
    };
    valid && start.iter().all(|&b| !b.is_ascii_control() || b"\t\r\n".contains(&b))
}

fn shown(start: &[u8]) -> String {
    start.iter().take(8).map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_starts_like_a_signature_is_text() {
        for header in ["root_s,pt\n1,2\n", "PAR1,PAR2\n1,2\n", "ARROW1\n1\n"] {
            assert_eq!(Format::from_content(header.as_bytes()), None);
        }
    }

    #[test]
    fn signatures_are_recognised() {
        assert_eq!(Format::from_content(b"PAR1\x15\x04"), Some(Format::Parquet));
        assert_eq!(Format::from_content(b"root\0\0\xf3\x18"), Some(Format::Root));
        let behind_a_user_block = [vec![0; 1024], HDF5_SIGNATURE.to_vec()].concat();
        assert_eq!(Format::from_content(&behind_a_user_block), Some(Format::Hdf5));
    }

    #[test]
    fn every_format_is_known_by_its_extensions() {
        for format in Format::ALL {
            for extension in format.extensions() {
                assert_eq!(Format::from_extension(format!("a.b.{extension}")), Some(format));
            }
        }
    }
}
