//! A SAM line as a BAM record.
