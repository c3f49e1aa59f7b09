//! Against servers that misbehave.

mod parts;
mod random;
mod server;
mod tickets;

use std::io::Read;
use std::time::Duration;

use bioserde_htsget::{Format, Ticket, TicketUrl};

use crate::{Address, Client, Error, Settings, Wanted};
use server::{Asked, Reply};

/// Patience for tests.
fn settings() -> Settings {
    Settings {
        connect_timeout: Duration::from_secs(5),
        idle_timeout: Duration::from_secs(5),
        pause: Duration::from_millis(1),
        longest_pause: Duration::from_secs(2),
        ..Settings::default()
    }
}

/// Everything that `http://ORIGIN/reads/x` gives.
fn fetch_with(settings: Settings, origin: &str) -> Result<Vec<u8>, Error> {
    let address: Address = format!("{origin}/reads/x").parse().unwrap();
    read(Client::new(settings).unwrap().open(&address, &Wanted::All)?)
}

fn fetch(origin: &str) -> Result<Vec<u8>, Error> {
    fetch_with(settings(), origin)
}

fn read(mut stream: crate::Stream) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(e) => {
            let error = inner(&e);
            let again = stream.read(&mut [0]).unwrap_err();
            assert_eq!(inner(&again), error, "a failure is no end");
            Err(error)
        }
    }
}

fn inner(e: &std::io::Error) -> Error {
    assert_eq!(e.kind(), std::io::ErrorKind::Other);
    e.get_ref().unwrap().downcast_ref::<Error>().unwrap().clone()
}

/// A ticket whose parts are paths of the server that is asked.
fn ticket(asked: &Asked, paths: &[&str]) -> Reply {
    let url = |path: &&str| TicketUrl::http(format!("{}{path}", asked.origin()), []).unwrap();
    Reply::ok(Ticket::new(Format::Bam, paths.iter().map(url).collect()).to_json())
}
