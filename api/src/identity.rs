//! Who a citizen is: a signed token that names an account, the person behind it and how surely
//! that is known. There is no sign-in here yet: tokens come from the command line and the demo.
//! Must not keep anything, and must not trust a word of a token before its signature.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, Mac as _};
use lienthong_domain::dossier::Citizen;
use lienthong_domain::personal::Personal;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// A token has at most this many bytes.
pub const TOKEN_BYTES_MAX: usize = 2_048;
/// An account's name has at most this many characters.
pub const ACCOUNT_CHARS_MAX: usize = 64;

const KEY_FILE: &str = "token.key";
/// What a signature is for, so that one made for a form is worth nothing as a token.
const TOKEN_USE: &[u8] = b"lienthong token 1\n";
const FORM_USE: &[u8] = b"lienthong form 1\n";
const OPERATOR_USE: &[u8] = b"lienthong operator 1\n";
const GATEWAY_USE: &[u8] = b"lienthong gateway 1\n";
/// A signed message is believed for so long, and so long before its time.
const SIGNED_WITHIN: TimeDelta = TimeDelta::minutes(5);
/// How the token of an operator begins.
pub const OPERATOR_PREFIX: &str = "lto.";

/// The person that a token vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// An opaque name: `A–Z a–z 0–9 . _ -`.
    pub account: String,
    /// Twelve digits.
    pub personal_id: Personal<String>,
    pub name: Personal<String>,
    /// How surely the person is known: 1 or 2.
    pub level: u8,
    /// From here on the token is worth nothing.
    pub expires: DateTime<Utc>,
}

impl Person {
    #[must_use]
    pub fn citizen(&self) -> Citizen {
        Citizen {
            account: self.account.clone(),
            personal_id: self.personal_id.clone(),
            identity_level: self.level,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("the token is not of the right shape")]
    Malformed,
    #[error("the token's signature is wrong")]
    Forged,
    #[error("the token has expired")]
    Expired,
}

/// What is signed, as JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    account: String,
    personal_id: String,
    name: String,
    level: u8,
    /// Seconds since 1970.
    exp: i64,
}

/// Makes and checks tokens: `base64url(claims).base64url(HMAC-SHA256)`.
#[derive(Clone)]
pub struct Tokens {
    key: [u8; 32],
}

impl Tokens {
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// # Errors
    /// If the person could not be verified again: a name or level out of range.
    pub fn issue(&self, person: &Person) -> Result<String, TokenError> {
        let claims = Claims {
            account: person.account.clone(),
            personal_id: person.personal_id.reveal().clone(),
            name: person.name.reveal().clone(),
            level: person.level,
            exp: person.expires.timestamp(),
        };
        if !claims.are_sound() {
            return Err(TokenError::Malformed);
        }
        let claims = serde_json::to_vec(&claims).map_err(|_| TokenError::Malformed)?;
        let claims = BASE64.encode(claims);
        let signature = self.sign(TOKEN_USE, claims.as_bytes());
        let token = format!("{claims}.{}", BASE64.encode(signature.finalize().into_bytes()));
        if token.len() > TOKEN_BYTES_MAX { Err(TokenError::Malformed) } else { Ok(token) }
    }

    /// # Errors
    /// If nobody should believe the token at this moment.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Person, TokenError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::Malformed);
        }
        let (claims, signature) = token.split_once('.').ok_or(TokenError::Malformed)?;
        let signature = BASE64.decode(signature).map_err(|_| TokenError::Malformed)?;
        let expected = self.sign(TOKEN_USE, claims.as_bytes());
        expected.verify_slice(&signature).map_err(|_| TokenError::Forged)?;
        let claims = BASE64.decode(claims).map_err(|_| TokenError::Malformed)?;
        let claims: Claims = serde_json::from_slice(&claims).map_err(|_| TokenError::Malformed)?;
        let expires = DateTime::from_timestamp(claims.exp, 0).ok_or(TokenError::Malformed)?;
        if !claims.are_sound() {
            return Err(TokenError::Malformed);
        }
        if now >= expires {
            return Err(TokenError::Expired);
        }
        Ok(Person {
            account: claims.account,
            personal_id: Personal::new(claims.personal_id),
            name: Personal::new(claims.name),
            level: claims.level,
            expires,
        })
    }

    /// A token for somebody who runs the system, by a name that is recorded with what they do.
    ///
    /// # Errors
    /// If the name is not made of letters, digits, `.`, `_` and `-`, or is too long.
    pub fn issue_operator(&self, name: &str, expires: DateTime<Utc>) -> Result<String, TokenError> {
        if !is_plain(name) {
            return Err(TokenError::Malformed);
        }
        let claims = BASE64.encode(format!("{} {name}", expires.timestamp()));
        let signature = self.sign(OPERATOR_USE, claims.as_bytes()).finalize().into_bytes();
        Ok(format!("{OPERATOR_PREFIX}{claims}.{}", BASE64.encode(signature)))
    }

    /// The name of the operator for whom a token stands.
    ///
    /// # Errors
    /// If nobody should believe the token at this moment.
    pub fn verify_operator(&self, token: &str, now: DateTime<Utc>) -> Result<String, TokenError> {
        let token = token.strip_prefix(OPERATOR_PREFIX).ok_or(TokenError::Malformed)?;
        let (claims, signature) = token.split_once('.').ok_or(TokenError::Malformed)?;
        let signature = BASE64.decode(signature).map_err(|_| TokenError::Malformed)?;
        let expected = self.sign(OPERATOR_USE, claims.as_bytes());
        expected.verify_slice(&signature).map_err(|_| TokenError::Forged)?;
        let claims = BASE64.decode(claims).map_err(|_| TokenError::Malformed)?;
        let claims = String::from_utf8(claims).map_err(|_| TokenError::Malformed)?;
        let (expires, name) = claims.split_once(' ').ok_or(TokenError::Malformed)?;
        let expires: i64 = expires.parse().map_err(|_| TokenError::Malformed)?;
        if now.timestamp() >= expires {
            return Err(TokenError::Expired);
        }
        Ok(name.to_owned())
    }

    /// What a payment gateway signs its messages with, as Standard Webhooks writes it: `whsec_…`.
    ///
    /// # Errors
    /// If the name is not made of letters, digits, `.`, `_` and `-`, or is too long.
    pub fn gateway_secret(&self, name: &str) -> Result<String, TokenError> {
        if !is_plain(name) {
            return Err(TokenError::Malformed);
        }
        Ok(format!("whsec_{}", STANDARD.encode(self.gateway_key(name))))
    }

    fn gateway_key(&self, name: &str) -> [u8; 32] {
        self.sign(GATEWAY_USE, name.as_bytes()).finalize().into_bytes().into()
    }

    /// Whether a gateway signed a message, by its id, its time in seconds since 1970 and its body,
    /// a moment ago (Standard Webhooks).
    #[must_use]
    pub fn signed_by_gateway(
        &self,
        name: &str,
        (id, at, body): (&str, i64, &[u8]),
        signatures: &str,
        now: DateTime<Utc>,
    ) -> bool {
        let is_recent =
            DateTime::from_timestamp(at, 0).is_some_and(|it| (now - it).abs() <= SIGNED_WITHIN);
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.gateway_key(name)) else {
            return false;
        };
        mac.update(format!("{id}.{at}.").as_bytes());
        mac.update(body);
        let mut given = signatures.split(' ').filter_map(|it| it.strip_prefix("v1,"));
        is_recent
            && is_plain(name)
            && given
                .any(|it| STANDARD.decode(it).is_ok_and(|it| mac.clone().verify_slice(&it).is_ok()))
    }

    /// What a form must bring back to prove that this session's page made it.
    #[must_use]
    pub fn form_proof(&self, session: &str) -> String {
        BASE64.encode(self.sign(FORM_USE, session.as_bytes()).finalize().into_bytes())
    }

    #[must_use]
    pub fn proves_form(&self, session: &str, proof: &str) -> bool {
        let Ok(proof) = BASE64.decode(proof) else { return false };
        self.sign(FORM_USE, session.as_bytes()).verify_slice(&proof).is_ok()
    }

    fn sign(&self, purpose: &[u8], text: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        mac.update(purpose);
        mac.update(text);
        mac
    }
}

impl Claims {
    fn are_sound(&self) -> bool {
        is_plain(&self.account)
            && self.personal_id.len() == 12
            && self.personal_id.bytes().all(|it| it.is_ascii_digit())
            && (1..=2).contains(&self.level)
    }
}

fn is_plain(name: &str) -> bool {
    let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-');
    (1..=ACCOUNT_CHARS_MAX).contains(&name.len()) && name.chars().all(plain)
}

/// The key of this store's tokens, made at the first start and readable by its owner alone.
///
/// # Errors
/// If it can't be read or made, has the wrong length, or others may read it.
pub fn token_key(data: &Path) -> io::Result<[u8; 32]> {
    let path = data.join(KEY_FILE);
    match fs::read(&path) {
        Ok(bytes) => {
            if fs::metadata(&path)?.permissions().mode() & 0o077 != 0 {
                return Err(unfit("others than its owner may read it"));
            }
            bytes.try_into().map_err(|_| unfit("it has not 32 bytes"))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => make_key(&path),
        Err(error) => Err(error),
    }
}

fn make_key(path: &Path) -> io::Result<[u8; 32]> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    let unfinished = path.with_extension("new");
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(&key)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    Ok(key)
}

fn unfit(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{KEY_FILE}: {why}"))
}

#[cfg(test)]
mod tests;
