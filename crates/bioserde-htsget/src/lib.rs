//! The htsget 1.3.0 protocol: what is asked, what is answered, and nothing that moves bytes.
//!
//! A server hands a request's parts to [`Query::from_get`] or [`Query::from_post`], and writes a
//! [`Ticket`], a [`ServiceInfo`] or an [`Error`]. A client writes a [`Query`] and reads a [`Ticket`].
//! `docs/htsget.md` lists each rule of the specification with the test that holds it.

#![forbid(unsafe_code)]

mod endpoint;
mod error;
mod format;
pub mod media_type;
mod percent;
mod query;
mod region;
mod service_info;
mod ticket;

pub use endpoint::Endpoint;
pub use error::{Error, ErrorKind};
pub use format::Format;
pub use query::{Field, Fields, Query, Tag, TagSelection};
pub use region::{QueryRegion, Selected, merge};
pub use service_info::{InvalidTimestamp, Organization, ServiceInfo, Timestamp};
pub use ticket::{Class, InvalidDataUri, InvalidTicket, Ticket, TicketUrl, data_uri, parse_data_uri};

/// The version of the specification that this crate speaks.
pub const VERSION: &str = "1.3.0";
