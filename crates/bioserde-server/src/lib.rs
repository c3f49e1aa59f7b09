//! An htsget 1.3 server: exact slices of alignment and variant files, and tables of them.

#![forbid(unsafe_code)]

mod base_url;
mod block;
mod catalog;
mod containers;
mod content;
mod failure;
mod listen;
mod metrics;
mod records;
mod render;
mod routes;
mod served;
mod signature;
mod spool;
mod state;
mod table;
mod tickets;

#[cfg(test)]
mod tests;
