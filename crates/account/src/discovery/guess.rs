//! Usual names.
