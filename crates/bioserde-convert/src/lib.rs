//! The engine: plan, parallel read, ordered bounded queue, sink, summary
