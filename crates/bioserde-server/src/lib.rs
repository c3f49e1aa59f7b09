//! An htsget 1.3 server: exact slices of alignment and variant files, and tables of them.

#![forbid(unsafe_code)]

pub mod config;
