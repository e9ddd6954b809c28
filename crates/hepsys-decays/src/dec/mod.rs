//! EvtGen's decay files: statements, before anything is looked up.

mod lexer;
mod models;
mod statements;

pub(crate) use statements::{Mode, Statement, parse};
