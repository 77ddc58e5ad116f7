//! Keys by which agency systems identify themselves. A key is shown once, when it is issued; the
//! log has a digest of its secret.

use lienthong_domain::agency::Command;
use lienthong_domain::digest::{Digest, hex};
use lienthong_domain::dossier::PORTAL;

use super::order::Order;
use super::{Error, Runtime};

const PREFIX: &str = "ltk";

/// A new key: `ltk.<office>.<key id>.<secret>`. `Debug` does not show it.
pub struct AgencyKey(String);

impl AgencyKey {
    /// The key, for its agency.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for AgencyKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("***")
    }
}

impl Runtime {
    /// Issues a key to an office of the directory.
    ///
    /// # Errors
    /// If there is no such office, or it has too many keys.
    pub async fn issue_agency_key(&self, office: &str) -> Result<AgencyKey, Error> {
        let published = self.published();
        if office != PORTAL && published.current_directories().all(|it| it.office(office).is_none())
        {
            return Err(Error::Undecidable(format!("there is no office {office}")));
        }
        let mut random = [0; 36];
        self.shared.chance.fill(&mut random).map_err(|it| Error::Undecidable(it.to_string()))?;
        let (key, secret) = (hex(&random[..4]), hex(&random[4..]));
        let at = self.shared.clock.now().fixed_offset();
        let secret_digest = Digest::of(secret.as_bytes());
        let issue = Command::IssueKey { at, key: key.clone(), secret: secret_digest };
        self.change_agency(office, issue).await?;
        Ok(AgencyKey(format!("{PREFIX}.{office}.{key}.{secret}")))
    }

    /// Makes a key invalid at once.
    ///
    /// # Errors
    /// If there is no such key.
    pub async fn revoke_agency_key(&self, office: &str, key: &str) -> Result<(), Error> {
        let at = self.shared.clock.now().fixed_offset();
        self.change_agency(office, Command::RevokeKey { at, key: key.to_owned() }).await
    }

    /// The office whose key this is; `None` if it is nobody's.
    ///
    /// # Errors
    /// If the log can't be read.
    pub async fn agency_of_key(&self, presented: &str) -> Result<Option<String>, Error> {
        let Some((office, key, secret)) = parse(presented) else { return Ok(None) };
        let agency = self.shared.agency(office).await?;
        // What is compared are digests of 256 random bits: how long that takes tells nothing.
        let valid = agency.secret(key) == Some(&Digest::of(secret.as_bytes()));
        Ok(valid.then(|| office.to_owned()))
    }

    pub(super) async fn change_agency(&self, office: &str, change: Command) -> Result<(), Error> {
        let order = Order::Agency { office: office.to_owned(), change };
        self.shared.carry_out(order).await.map(drop)
    }
}

fn parse(presented: &str) -> Option<(&str, &str, &str)> {
    let rest = presented.strip_prefix(PREFIX)?.strip_prefix('.')?;
    let (rest, secret) = rest.rsplit_once('.')?;
    let (office, key) = rest.rsplit_once('.')?;
    Some((office, key, secret))
}
