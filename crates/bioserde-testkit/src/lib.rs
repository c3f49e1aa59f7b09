//! Fixtures, generators and oracles for bioserde's own tests
