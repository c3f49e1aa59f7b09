//! An htsget 1.3 client: from the URL of a server's file to one [`Stream`] of its bytes.
//!
//! [`Address`] is what a user writes, [`Wanted`] what is wanted of it, and [`Client::open`] asks for the
//! ticket and gives the joined parts. What comes out is whole or an error: a part that breaks off is
//! gone on with, and nothing that is shorter than it was said to be is taken for whole.
//!
//! Calls block. Nothing is read from the environment, save by TLS, which asks the system for its
//! certificates, and where [`Settings::system_proxy`] allows it.

#![forbid(unsafe_code)]

mod address;
mod client;
mod error;
mod http;
mod settings;
mod stream;
mod token;

pub use address::{Address, InvalidAddress};
pub use client::{Client, Wanted};
pub use error::{Error, ErrorKind};
pub use settings::Settings;
pub use stream::Stream;
pub use token::{InvalidToken, Token};

#[cfg(test)]
mod tests;
