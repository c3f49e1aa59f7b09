//! The crate as its users have it.

#[cfg(test)]
mod structs;
#[cfg(test)]
mod writing;
