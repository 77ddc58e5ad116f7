//! Every key of the definition language. The JSON Schema for editors lists the same; a test
//! compares them.

/// A kind of object in a definition, and the keys that it may have.
pub(super) struct Shape {
    /// Its name in the JSON Schema for editors.
    #[cfg(test)]
    pub(super) name: &'static str,
    /// What it is called in messages, at the beginning of a sentence.
    pub(super) title: &'static str,
    pub(super) keys: &'static [&'static str],
}

macro_rules! shapes {
    ($($constant:ident = $name:literal, $title:literal: $($key:literal)*;)*) => {
        $(pub(super) static $constant: Shape =
            Shape { #[cfg(test)] name: $name, title: $title, keys: &[$($key),*] };)*
        #[cfg(test)]
        pub(super) static SHAPES: &[&Shape] = &[$(&$constant),*];
    };
}

shapes! {
    GROUP = "group", "A definition":
        "group" "version" "effective_from" "effective_to" "code" "law" "title" "form" "calendar"
        "directory" "subject" "applicant" "identity_level" "documents" "rules" "tasks" "routes"
        "watch" "sync" "duplicate" "adopts" "portal";
    SYNC = "sync", "The rule on handovers": "deliver" "acknowledge" "repair" "mismatch";
    ADOPTS = "adopts", "What is carried over": "version" "fields";
    DOCUMENT = "document", "A kind of document": "title" "required";
    RULE = "rule", "A rule": "at" "when" "must" "message";
    TASK = "task", "A task":
        "procedure" "title" "agency" "applicant" "person" "wait" "each" "needs" "any_of" "waits_for" "starts"
        "chosen" "when" "send" "limit" "extend" "consent" "remind" "cut_off" "supplement" "fee" "draft" "letters" "notice"
        "returns" "repeat" "ends" "silence" "deliver" "may_return" "corrected" "correction";
    APPLICANT = "applicant_task", "A task of the applicant": "provides" "within";
    PERSON = "person_task", "A task of another person": "of" "within" "lapse" "decline" "unreachable" "represented_by";
    ANY_OF = "any_of", "A choice of tasks": "count" "of";
    FEE = "fee", "A fee": "asked" "amounts" "within" "lapse" "refund";
    AMOUNT = "amount_of_money", "An amount": "when" "from" "is";
    DRAFT = "draft", "A draft": "within";
    REPEAT = "repeat", "A repetition": "when" "at_most";
    CONSENT = "consent", "A consent": "of" "when" "asked" "within" "lapse" "decline" "unreachable" "represented_by" "instead";
    CORRECTED = "corrected", "What becomes of a task": "in_progress" "completed";
    AGENCY = "agency", "An agency": "office" "at";
    LIMIT = "limit", "A limit": "when" "is" "from";
    SUPPLEMENT = "supplement", "A supplement": "notice" "within" "lapse" "clock";
    RETURN = "return", "A result": "type" "title" "later" "optional";
    LATER = "later", "A later name": "from" "title";
    LETTERS = "letters", "The numbers of forms": "receipt" "supplement" "refusal" "apology" "control" "notice";
    NOTICE = "notice", "A notice to others": "to" "says";
    ROUTE = "route", "A route": "by" "when" "to";
    WATCH = "watch", "A watched total": "title" "of" "limit" "cut_off";
    WATCH_LIMIT = "watch_limit", "A limit of a total": "when" "is";
}
