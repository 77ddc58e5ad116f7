//! `lienthong token`: a token that stands for a signed-in citizen, for trials and demonstrations, or
//! for an operator; or the secret of a payment gateway.
//! Whoever can read the data directory can be anybody; sign-in by an identity provider comes later.

use std::path::PathBuf;

use chrono::{TimeDelta, Utc};
use lienthong_api::identity::{self, Person, Tokens};
use lienthong_domain::personal::Personal;

use super::output::say;

const HOURS_MAX: i64 = 24 * 30;

#[derive(clap::Args)]
pub(crate) struct Token {
    /// The server's data directory
    #[arg(long)]
    data: PathBuf,
    /// Instead of a citizen: somebody who runs the system, by a name that is recorded
    #[arg(long, conflicts_with_all = ["account", "personal_id", "name"])]
    operator: Option<String>,
    /// Instead of a citizen: the secret of a payment gateway, by a name that is recorded
    #[arg(long, conflicts_with_all = ["account", "personal_id", "name", "operator"])]
    gateway: Option<String>,
    /// The account: an opaque name of letters, digits, `.`, `_` and `-`
    #[arg(long, required_unless_present_any = ["operator", "gateway"])]
    account: Option<String>,
    /// The person's identity number, twelve digits
    #[arg(long, required_unless_present_any = ["operator", "gateway"])]
    personal_id: Option<String>,
    /// The person's name
    #[arg(long, required_unless_present_any = ["operator", "gateway"])]
    name: Option<String>,
    /// How surely the person is known
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=2))]
    level: u8,
    /// For how long the token is good
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(i64).range(1..=HOURS_MAX))]
    hours: i64,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the data directory {path} can't be used: {cause}")]
    Data { path: String, cause: std::io::Error },
    #[error(
        "no such person can sign in: an account is up to 64 letters, digits, `.`, `_` and `-`, an \
         identity number twelve digits"
    )]
    Person,
}

impl Token {
    pub(crate) fn run(self) -> Result<(), Error> {
        let cause = |cause| Error::Data { path: self.data.display().to_string(), cause };
        let tokens = Tokens::new(identity::token_key(&self.data).map_err(cause)?);
        if let Some(gateway) = &self.gateway {
            say!("{}", tokens.gateway_secret(gateway).map_err(|_| Error::Person)?);
            return Ok(());
        }
        let expires = Utc::now() + TimeDelta::hours(self.hours);
        if let Some(operator) = &self.operator {
            say!("{}", tokens.issue_operator(operator, expires).map_err(|_| Error::Person)?);
            return Ok(());
        }
        let person = Person {
            account: self.account.unwrap_or_default(),
            personal_id: Personal::new(self.personal_id.unwrap_or_default()),
            name: Personal::new(self.name.unwrap_or_default()),
            level: self.level,
            expires,
        };
        say!("{}", tokens.issue(&person).map_err(|_| Error::Person)?);
        Ok(())
    }
}
