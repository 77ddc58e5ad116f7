//! Which addresses are served.

use super::{Error, loopback};

#[test]
fn the_loopback_interface_is_served() {
    for address in ["127.0.0.1:8080", "127.9.9.9:0", "[::1]:80"] {
        assert_eq!(loopback(address).unwrap().to_string(), address);
    }
}

#[test]
fn whatever_others_can_reach_is_refused() {
    for address in ["0.0.0.0:80", "[::]:80", "192.0.2.1:80", "[2001:db8::1]:80", "10.0.0.1:0"] {
        assert!(matches!(loopback(address), Err(Error::BeyondLoopback(_))), "{address}");
    }
    assert!(matches!(loopback("[::ffff:192.0.2.1]:80"), Err(Error::BeyondLoopback(_))));
}

#[test]
fn what_is_no_address_is_called_that() {
    for address in ["", "8080", "127.0.0.1", "127.0.0.1:http"] {
        assert!(matches!(loopback(address), Err(Error::NotAnAddress(_))), "{address}");
    }
}
