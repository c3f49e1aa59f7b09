pub(crate) mod parquet;
