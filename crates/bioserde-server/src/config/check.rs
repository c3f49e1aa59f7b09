use super::error::Fault;
use super::{Config, Period, Size};

impl Config {
    /// Refuses what the types of the values cannot. The defaults pass, so whatever a layer alone does
    /// not pass with is its own fault.
    pub(super) fn check(&self) -> Result<(), Fault> {
        self.tickets.check()?;
        self.limits.check()
    }
}

/// Refuses a size outside of both bounds, which belong to the range.
pub(super) fn size(key: &str, value: Size, least: Size, most: Size) -> Result<(), Fault> {
    if value < least {
        return Err(Fault::value(key, format!("{value} is less than {least}")));
    }
    if value > most {
        return Err(Fault::value(key, format!("{value} is more than {most}")));
    }
    Ok(())
}

/// Refuses no time at all.
pub(super) fn some_time(key: &str, value: Period) -> Result<(), Fault> {
    if value == Period::from_millis(0) { Err(Fault::value(key, "is no time at all")) } else { Ok(()) }
}

/// Refuses zero.
pub(super) fn some(key: &str, value: usize) -> Result<(), Fault> {
    if value == 0 { Err(Fault::value(key, "is at least 1")) } else { Ok(()) }
}
