pub(crate) mod arrow;
pub(crate) mod csv;
pub(crate) mod jsonl;
mod lines;
mod output;
pub(crate) mod parquet;
pub(crate) mod sqlite;
pub(crate) mod table;
pub(crate) mod tsv;
