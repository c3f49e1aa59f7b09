//! Serde models of alignment and variant records
