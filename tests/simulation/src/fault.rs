//! What can go wrong. Each time that it does is counted: what never came about proves nothing.

use serde::Serialize;

macro_rules! faults {
    ($($fault:ident = $words:literal,)*) => {
        /// A kind of fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Fault { $(#[doc = $words] $fault,)* }

        impl Fault {
            pub const ALL: &[Self] = &[$(Self::$fault,)*];

            /// What it is, in words.
            #[must_use]
            pub fn words(self) -> &'static str {
                match self { $(Self::$fault => $words,)* }
            }
        }
    };
}

faults! {
    RequestLost = "a request to the store never arrives",
    RequestRefused = "the store turns a request away",
    RequestLate = "a request arrives when its sender has given up",
    RequestOfTheDead = "a request arrives after its process has died",
    AnswerLost = "what a request did stands, and its answer gets lost",
    StoreAway = "nobody reaches the store for a while",
    Crash = "a process dies",
    Stopped = "a process stops and goes on later, as by SIGSTOP",
    TakenOver = "a process dies shortly before a timer is due",
    ShutDown = "a process is shut down",
    Joined = "one more process joins",
    PeerMessageLost = "a message to another process gets lost",
    PeerAnswerLost = "the answer of another process gets lost",
    ClockBack = "the clock jumps back by up to an hour",
    ClockAhead = "the clock jumps ahead while commands are under way",
    NoAnswer = "a sender gets no answer and goes away",
    ToldNothing = "an answer does not reach the sender, who sends again",
    SentTwice = "a command is sent twice at a time, to two processes",
    SentAgain = "a command is sent once more, long after",
    OtherContent = "an id that was used is used for something else",
    WrongApplication = "an application is wrong",
    Stranger = "somebody asks for another's dossier",
    NothingSupplied = "an applicant does not supply what is asked for",
    Withdrawn = "an applicant withdraws",
    AnswersLate = "an office answers days later",
    AnswersNever = "an office does not answer until the storm is over",
    AnswersAgain = "an office sends an answer once more",
    AnswersOtherwise = "an office completes and refuses at the same time",
    AnswersInDisorder = "an office delivers what it has not completed",
    WrongDispatch = "an answer names another dispatch",
    WrongOffice = "an office answers in place of another",
    NoResults = "a completion lacks its results",
}
