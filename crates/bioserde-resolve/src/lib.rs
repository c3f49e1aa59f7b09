//! From a path to a format, an index and a slice plan
