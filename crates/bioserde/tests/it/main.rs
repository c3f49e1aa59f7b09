//! The crate as its users have it.

#[cfg(test)]
mod structs;
#[cfg(test)]
mod writing;

/// Says that a test was skipped, or fails where every tool has to be there.
#[cfg(test)]
fn skip(tool: &str) {
    assert!(std::env::var_os("BIOSERDE_REQUIRE_ORACLES").is_none(), "{tool} is not there");
    println!("skipped: {tool} is not there");
}
