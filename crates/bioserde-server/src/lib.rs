//! An htsget 1.3 server: exact slices of alignment and variant files, and tables of them.

#![forbid(unsafe_code)]

mod access;
mod auth;
mod base_url;
mod block;
#[cfg(test)]
mod captured_log;
mod catalog;
pub mod config;
mod containers;
mod content;
mod cors;
mod datasets;
mod decoding;
mod failure;
mod file_stamp;
mod listen;
mod metrics;
mod page;
mod recipient;
mod records;
mod render;
mod routes;
mod serve;
mod served;
mod signature;
mod spool;
mod state;
mod stopping;
mod table;
mod tickets;
mod tls;

pub use auth::{
    AllowedValues, Auth, AuthConfig, AuthConfigError, Caller, ClaimValue, GrantedRegion, KeysError,
    RegionParts, Rejection, Rule, RuleEndpoint, RuleError, TokenAlgorithm,
};
pub use serve::{ServeError, serve};
pub use tls::{Tls, TlsConfig, TlsError};

#[cfg(test)]
mod tests;
