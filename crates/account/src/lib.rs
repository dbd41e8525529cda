//! What a program has to know of a mail account before it can log in: where the server is, who the user is, and where
//! the secret comes from.

pub mod config;
pub mod discovery;
pub mod http;
pub mod oauth;
pub mod provider;
mod replace;
pub mod secret;
pub mod special_use;
pub mod state;

pub use self::replace::ReplaceError;
