//! An htsget 1.3 server: exact slices of alignment and variant files, and tables of them.

#![forbid(unsafe_code)]

mod auth;
#[cfg(test)]
mod captured_log;
mod file_stamp;
mod tls;

pub use auth::{
    AllowedValues, Auth, AuthConfig, AuthConfigError, Caller, ClaimValue, GrantedRegion, KeysError,
    RegionParts, Rejection, Rule, RuleEndpoint, RuleError, TokenAlgorithm,
};
pub use tls::{Tls, TlsConfig, TlsError};
