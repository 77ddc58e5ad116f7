//! Signing in with a link that holds a token, and out again. Nothing is stored here: the token is
//! the session, in a cookie that scripts can't read and other sites can't post with.

use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::SET_COOKIE;
use axum::response::Redirect;
use serde::Deserialize;

use super::SESSION_COOKIE;
use crate::app::App;
use crate::http::Asking;
use crate::problem::{Problem, UNAUTHENTICATED};

#[derive(Deserialize)]
pub(super) struct SignIn {
    token: String,
    next: Option<String>,
}

type WithCookie = ([(HeaderName, String); 1], Redirect);

pub(super) async fn sign_in(
    State(app): State<App>,
    Asking(query): Asking<SignIn>,
) -> Result<WithCookie, Problem> {
    let now = app.clock().now();
    let person = app.tokens().verify(&query.token, now);
    let person = person.map_err(|_| Problem::new(&UNAUTHENTICATED))?;
    let seconds = (person.expires - now).num_seconds();
    // Not `Secure`: without an identity provider the server speaks on loopback alone.
    let cookie = format!(
        "{SESSION_COOKIE}={}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax",
        query.token
    );
    let next = query.next.filter(|it| is_local(it)).unwrap_or_else(|| "/dossiers".to_owned());
    Ok(([(SET_COOKIE, cookie)], Redirect::to(&next)))
}

pub(super) async fn sign_out() -> WithCookie {
    let cookie = format!("{SESSION_COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    ([(SET_COOKIE, cookie)], Redirect::to("/"))
}

/// Whether an address is a path of this site, for every browser's reading of it.
fn is_local(address: &str) -> bool {
    let plain = |it: u8| it.is_ascii_graphic() && it != b'\\';
    address.starts_with('/') && !address.starts_with("//") && address.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn only_paths_of_this_site_are_local() {
        for local in ["/", "/dossiers/1?lang=en"] {
            assert!(is_local(local), "{local}");
        }
        for foreign in
            ["", "https://a.example", "//a.example", "/\\a.example", "/\t/a.example", "dossiers"]
        {
            assert!(!is_local(foreign), "{foreign}");
        }
    }
}
