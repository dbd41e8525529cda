//! OAuth 2.0: how a person lets a program read mail, and how the program keeps that up.
//!
//! [`Client`] is made of settings and a [`Preset`]. [`BrowserLogin`] or [`DeviceLogin`] bring [`Tokens`] with a
//! person's help; an [`Account`] keeps them in a [`TokenStore`] and gives what to log in with, without a person, from
//! then on. Nothing here prints or opens anything: where a person has to go is for the caller to show.
//!
//! Each step, and what a server or another process may do to it, is told in `docs/oauth.md` of this crate.

mod account;
mod browser;
mod client;
mod configured;
mod device;
mod error;
mod keyring;
mod preset;
mod proof;
pub(crate) mod redirect;
mod store;
mod token;

pub use account::Account;
pub use browser::BrowserLogin;
pub use client::{Client, OAuthSettings, SettingsError};
pub use configured::{ConfiguredError, configured_store};
pub use device::DeviceLogin;
pub use error::{AnswerProblem, OAuthError, ServerError};
pub use keyring::KeyringStore;
pub use preset::{ClientSecret, Flow, Preset};
pub use store::{FileStore, StoreError, TokenStore};
pub use token::Tokens;
