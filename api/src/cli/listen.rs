//! Where a server may be reached. Who a citizen is comes from tokens that this system signs itself
//! until an identity provider does it; so nobody outside of this machine may be let in.

#[cfg(test)]
mod tests;

use std::net::{SocketAddr, ToSocketAddrs};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0} is not an address; write 127.0.0.1:8080, with 0 for any free port")]
    NotAnAddress(String),
    #[error(
        "{0} can be reached from other machines, and there is no identity provider to say who \
         comes from there; without one only the loopback interface is served: --listen \
         127.0.0.1:8080"
    )]
    BeyondLoopback(SocketAddr),
}

/// The address, if it is of the loopback interface. A name must mean nothing else.
pub(crate) fn loopback(address: &str) -> Result<SocketAddr, Error> {
    let not_an_address = || Error::NotAnAddress(address.to_owned());
    let found: Vec<SocketAddr> = address.to_socket_addrs().map_err(|_| not_an_address())?.collect();
    match found.iter().find(|it| !it.ip().to_canonical().is_loopback()) {
        Some(beyond) => Err(Error::BeyondLoopback(*beyond)),
        None => found.first().copied().ok_or_else(not_an_address),
    }
}
