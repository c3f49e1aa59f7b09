//! An htsget 1.3 server: exact slices of alignment and variant files, and tables of them.

#![forbid(unsafe_code)]

mod base_url;
mod block;
mod catalog;
pub mod config;
mod containers;
mod content;
mod cors;
mod failure;
mod listen;
mod metrics;
mod records;
mod render;
mod routes;
mod serve;
mod served;
mod signature;
mod spool;
mod state;
mod table;
mod tickets;

pub use serve::{ServeError, serve};

#[cfg(test)]
mod tests;
