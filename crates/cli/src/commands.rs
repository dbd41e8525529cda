//! The commands, a file for each, or for those that do much the same. Each has a `run` that does what the options of
//! `cli` say, and gives the exit code of what was done, or the failure of what kept it from being done.

pub(crate) mod account;
pub(crate) mod acl;
pub(crate) mod append;
pub(crate) mod change;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod fetch;
pub(crate) mod list;
pub(crate) mod man;
pub(crate) mod manage;
pub(crate) mod metadata;
pub(crate) mod namespace;
pub(crate) mod quota;
pub(crate) mod search;
pub(crate) mod shell;
pub(crate) mod status;
pub(crate) mod thread;
