//! The routes, without a network.

mod conformance;
mod fuzz;
mod site;
mod tickets;
