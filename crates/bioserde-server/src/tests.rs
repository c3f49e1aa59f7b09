//! The routes, without a network.

mod access;
mod conformance;
mod fuzz;
mod page;
mod site;
mod tickets;
