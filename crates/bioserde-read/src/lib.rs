//! Bytes to records to record batches: one folder a format, one batch loop.

mod formats;
