//! The routes, without a network.

mod access;
mod conformance;
mod cram;
mod crypt4gh;
mod fuzz;
mod page;
mod site;
mod tickets;
