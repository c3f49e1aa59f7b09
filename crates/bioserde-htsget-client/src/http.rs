//! HTTP as htsget needs it: redirects, tries, and parts that are gone on with.

mod part;
mod range;
mod retry;
mod send;

pub(crate) use part::Part;
pub(crate) use retry::{Fault, Pauses};
#[cfg(test)]
pub(crate) use send::redirect_target;
pub(crate) use send::{Http, Request, check_coding, refusal};
