//! The routes, without a network.

mod conformance;
mod fuzz;
mod page;
mod site;
mod tickets;
