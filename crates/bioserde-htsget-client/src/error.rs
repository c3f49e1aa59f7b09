use bioserde_htsget::{Format, InvalidDataUri, InvalidTicket};
use reqwest::Url;
use thiserror::Error as ThisError;

/// Why a server's data could not be had: the place and the reason.
///
/// No message has the query of a URL, a user in it, or a header's value, which may be credentials
/// (htsget §"Security considerations").
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[error("{place}: {kind}")]
pub struct Error {
    place: String,
    kind: Box<ErrorKind>,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Requests cannot be made at all.
    #[error("HTTP and TLS cannot be used: {what}")]
    Setup {
        /// The reason in words.
        what: String,
    },
    /// Encrypted data are asked for, and nothing tells for whom.
    #[error("`encryptionScheme` asks for encrypted data, and there is no key to encrypt them for")]
    NoPublicKey,
    /// There was no answer.
    #[error("no answer after {tries} tries: {what}")]
    Unreachable {
        /// What the last try met.
        what: String,
        /// How many there were.
        tries: u32,
    },
    /// The answer is none with data.
    #[error("the server answers {status}{}{}", .reason.map(|r| format!(" {r}")).unwrap_or_default(), .error.as_ref().map(|e| format!(": {e}")).unwrap_or_default())]
    Status {
        /// The HTTP status.
        status: u16,
        /// Its name in HTTP.
        reason: Option<&'static str>,
        /// What the server says about it, where it speaks htsget.
        error: Option<bioserde_htsget::Error>,
    },
    /// The server wants to be asked later than anyone would wait.
    #[error("the server answers {status} and wants to be asked again in {seconds} s")]
    Wait {
        /// The HTTP status.
        status: u16,
        /// From then on.
        seconds: u64,
    },
    /// A redirect leads nowhere.
    #[error("the server redirects {what}")]
    Redirect {
        /// Where to, in words.
        what: &'static str,
    },
    /// The answer breaks a rule of HTTP without which its bytes mean nothing.
    #[error("the server's answer cannot be used: {what}")]
    Answer {
        /// The rule.
        what: String,
    },
    /// What is fetched became something else meanwhile.
    #[error("the data changed while they were fetched, {position} bytes from their start")]
    Changed {
        /// Bytes that were fetched before.
        position: u64,
    },
    /// A part broke off, and could not be gone on with.
    #[error("the data break off {position} bytes from their start, after {tries} tries: {what}")]
    Broken {
        /// Bytes that were fetched.
        position: u64,
        /// How many tries there were without getting on.
        tries: u32,
        /// What the last one met.
        what: String,
    },
    /// The ticket is larger than one can be.
    #[error("the ticket has more than {limit} bytes")]
    TicketSize {
        /// In bytes.
        limit: u64,
    },
    /// The answer is no ticket.
    #[error("the answer is no htsget ticket: {}", chain(.0))]
    Ticket(InvalidTicket),
    /// The server has the data in a form that no stream of records is read from.
    #[error("the server gives {0}, which is not read here")]
    Format(Format),
    /// A part that stands in the ticket cannot be read.
    #[error(transparent)]
    DataUri(#[from] InvalidDataUri),
    /// A URL of the ticket is none.
    #[error("the URL cannot be used: {what}")]
    Url {
        /// The reason in words.
        what: String,
    },
    /// The joined parts are not those that the ticket promises.
    #[error("the data do not have the MD5 digest of the ticket")]
    Md5,
}

impl Error {
    pub(crate) fn new(place: impl Into<String>, kind: impl Into<ErrorKind>) -> Self {
        Self { place: place.into(), kind: Box::new(kind.into()) }
    }

    /// What is wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Whether the server knows no such file, or no such reference sequence in it.
    pub fn is_not_found(&self) -> bool {
        matches!(*self.kind, ErrorKind::Status { status: 404, .. })
    }

    /// A short piece of advice, where there is one.
    pub fn hint(&self) -> Option<&'static str> {
        const LOOKS_WRONG: &str = "an htsget URL ends with /reads/ID or /variants/ID";
        match &*self.kind {
            ErrorKind::NoPublicKey => {
                Some("--decrypt-key FILE names your secret key; its public key is sent")
            }
            ErrorKind::Status { error: Some(error), .. } if !self.is_of_part() => match error.kind() {
                bioserde_htsget::ErrorKind::PayloadTooLarge => Some("ask for fewer regions at once"),
                bioserde_htsget::ErrorKind::UnsupportedFormat => {
                    Some("BAM, CRAM, VCF and BCF are read; the server has the records as none of them")
                }
                bioserde_htsget::ErrorKind::InvalidAuthentication => {
                    Some("give a token that the server accepts: --token-file FILE, or BIOSERDE_TOKEN")
                }
                _ => None,
            },
            ErrorKind::Status { status: 401 | 403, .. } if self.is_of_part() => {
                Some("the URLs of a ticket expire: ask again")
            }
            ErrorKind::Status { status: 401, .. } => {
                Some("give a token that the server accepts: --token-file FILE, or BIOSERDE_TOKEN")
            }
            ErrorKind::Status { status: 405 | 413 | 415, .. } => {
                Some("several regions are asked for by POST, which not every server takes: ask for one")
            }
            ErrorKind::Status { status: 404, error: None, .. } | ErrorKind::Ticket(_) => Some(LOOKS_WRONG),
            ErrorKind::Format(_) => Some("fetch it with a program such as curl: it is a table already"),
            ErrorKind::Unreachable { .. } if self.place.starts_with("https:") => {
                Some("htsget:// is https; write htsget+http:// for a server without TLS")
            }
            _ => None,
        }
    }

    fn is_of_part(&self) -> bool {
        self.place.starts_with(PART)
    }
}

impl From<InvalidTicket> for ErrorKind {
    fn from(e: InvalidTicket) -> Self {
        Self::Ticket(e)
    }
}

const PART: &str = "part ";

/// The name of a URL of a ticket: no path, since that of a signed one is as good as a password.
pub(crate) fn part_place(number: usize, count: usize, url: Option<&Url>) -> String {
    let origin = url.map(|url| format!(" at {}", url.origin().ascii_serialization()));
    format!("{PART}{number} of {count}{}", origin.unwrap_or_default())
}

/// An error with its causes.
fn chain(e: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(e), |e| e.source()).map(ToString::to_string);
    causes.collect::<Vec<_>>().join(": ")
}

/// The first cause of a failure of HTTP: what comes after it only says that there was one.
pub(crate) fn root_cause(e: &(dyn std::error::Error + 'static)) -> String {
    let root = std::iter::successors(Some(e), |e| e.source()).last();
    root.map(ToString::to_string).unwrap_or_default()
}
