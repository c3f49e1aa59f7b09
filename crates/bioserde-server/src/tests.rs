//! The routes, without a network.

mod access;
mod conformance;
mod fuzz;
mod site;
mod tickets;
