use thiserror::Error;

/// What is wrong with a workspace.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum WorkspaceError {
    /// The text is no JSON, or not that of a workspace.
    #[error("{}{problem}", if path.is_empty() || path == "." { String::new() } else { format!("{path}: ") })]
    Json {
        /// Where in the document.
        path: String,
        /// What is wrong, with line and column.
        problem: String,
    },
    /// The document contradicts itself, or asks for what cannot be.
    #[error("{path}: {problem}")]
    Content {
        /// Where in the document.
        path: String,
        /// What is wrong.
        problem: String,
    },
}

impl WorkspaceError {
    pub(crate) fn at(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Content { path: path.into(), problem: problem.into() }
    }
}
