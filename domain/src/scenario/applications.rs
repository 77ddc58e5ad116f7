//! Everybody who applies in a scenario, as the runtime takes applications in: what is unique is
//! claimed first, and a command that comes again leads to the dossier that it led to.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use uuid::Uuid;

use super::compare;
use super::play::file;
use super::read::{Anew, Applicant, Applies, Given, Step, changed};
use crate::catalogue::Catalogue;
use crate::claim::{Claim, Held, Take};
use crate::dossier::{
    Action, Actor, Channel, Citizen, Command, Dossier, DossierCode, DuplicateOf, Error, Event,
    Moment, Refusal, Submit, claimed, decide, named_files, vet,
};
use crate::personal::Personal;

const FIRST: Uuid = Uuid::from_u128(1);

/// The scenario's own application and all others.
pub(super) struct Applications {
    group: String,
    application: Json,
    applicant: Citizen,
    claims: BTreeMap<String, Claim>,
    /// All dossiers but the first.
    others: BTreeMap<Uuid, Dossier>,
}

impl Applications {
    pub(super) fn new(group: &str, application: &Json, applicant: &Applicant) -> Self {
        Self {
            group: group.to_owned(),
            application: application.clone(),
            applicant: citizen(applicant, "applicant"),
            claims: BTreeMap::new(),
            others: BTreeMap::new(),
        }
    }

    pub(super) fn applicant(&self) -> &Citizen {
        &self.applicant
    }

    /// The scenario's own application.
    pub(super) fn first(&mut self, at: Moment, catalogue: &Catalogue) -> Result<Vec<Event>, Error> {
        self.take_in(self.own(at), &Dossier::default(), catalogue)
    }

    fn own(&self, at: Moment) -> Application {
        let (by, content) = (self.applicant.clone(), self.application.clone());
        Application { dossier: FIRST, at, by, content }
    }

    /// What differs from how a step says that another application comes out.
    pub(super) fn step(
        &mut self,
        step: &Step,
        applies: &Applies,
        first: &Dossier,
        catalogue: &Catalogue,
    ) -> Result<Vec<String>, String> {
        let outcome = match applies {
            // Its dossier is there and stands in nobody's way but others': nothing happens again.
            Applies::Again(_) => match self.take_in(self.own(step.at), first, catalogue) {
                Err(Error::Refused(Refusal::AlreadySubmitted)) => Ok(Given::First),
                outcome => outcome.map(|_| Given::Another),
            },
            Applies::Anew(anew) => {
                let application = self.another(step.at, anew)?;
                let dossier = application.dossier;
                self.take_in(application, first, catalogue).map(|events| {
                    let other = self.others.entry(dossier).or_default();
                    events.iter().for_each(|it| other.evolve(it));
                    Given::Another
                })
            }
        };
        Ok(compare::application(step, &outcome))
    }

    fn another(&self, at: Moment, anew: &Anew) -> Result<Application, String> {
        let own = || self.applicant.clone();
        let by = |it: &Applicant| citizen(it, &format!("account of {}", it.personal_id));
        let number = self.others.len() as u128 + 2;
        Ok(Application {
            dossier: Uuid::from_u128(number),
            at,
            by: anew.by.as_ref().map_or_else(own, by),
            content: changed(self.application.clone(), &anew.change)?,
        })
    }

    fn take_in(
        &mut self,
        application: Application,
        first: &Dossier,
        catalogue: &Catalogue,
    ) -> Result<Vec<Event>, Error> {
        let Application { dossier, at, by, content } = application;
        let files = named_files(&content);
        let mut submit = Submit {
            dossier,
            code: String::new(),
            group: self.group.clone(),
            channel: Channel::Online,
            application: content,
            attachments: files.into_iter().map(|(kind, digest)| file(&kind, digest)).collect(),
            duplicate_of: None,
            vetted: None,
        };
        let actor = Actor::Citizen(by);
        let mut command = Command { at, actor, action: Action::Elapse };
        let (agency, _) = vet(&command, &submit, catalogue)?;
        if let Some(claim) = claimed(&submit, at, catalogue) {
            submit.duplicate_of = self.claim(claim, dossier, &command, first);
        }
        let serial = u64::try_from(dossier.as_u128()).unwrap_or(u64::MAX);
        submit.code = DossierCode { agency, day: at.date_naive(), serial }.to_string();
        command.action = Action::Submit(submit);
        let before = if dossier == FIRST { first } else { &Dossier::default() };
        decide(before, &command, catalogue)
    }

    /// The dossier that holds what another claims, if it stands in its way.
    fn claim(
        &mut self,
        claim: String,
        dossier: Uuid,
        command: &Command,
        first: &Dossier,
    ) -> Option<DuplicateOf> {
        let claim = self.claims.entry(claim).or_default();
        let mut displaces = None;
        loop {
            let at = command.at.to_utc();
            match claim.decide(Take { dossier, displaces, at }) {
                Ok(taken) => {
                    taken.iter().for_each(|it| claim.evolve(it));
                    return None;
                }
                Err(Held { by, .. }) => {
                    let holder = if by == FIRST { Some(first) } else { self.others.get(&by) };
                    if let Some(holder) = holder.filter(|it| it.stands()) {
                        return Some(DuplicateOf::seen_by(holder, &command.actor));
                    }
                    displaces = Some(by);
                }
            }
        }
    }
}

struct Application {
    dossier: Uuid,
    at: Moment,
    by: Citizen,
    content: Json,
}

fn citizen(applicant: &Applicant, account: &str) -> Citizen {
    Citizen {
        account: account.to_owned(),
        personal_id: Personal::new(applicant.personal_id.clone()),
        identity_level: applicant.level,
    }
}

/// Whether a refusal tells the code of the first dossier.
pub(super) fn tells_code(error: &Error) -> bool {
    matches!(error, Error::Refused(Refusal::Duplicate(Some(_))))
}
