//! The sentence that says when something is due and why, made from recorded facts alone.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, TimeDelta, Timelike};

use super::basis::{Because, Due, Kind, SpecialDays, Stop, StopKind, Stopped};
use super::format::{Year, day, format_date, format_duration, format_moment, on, plural};
use super::measure::Measure;
use crate::language::Language;

/// A sentence tells this many stops; of the others it tells the number.
const STOPS_TOLD_MAX: usize = 3;

impl Due {
    /// One sentence: when, and why then.
    #[must_use]
    pub fn explain(&self, language: Language) -> String {
        let (when, reason) = (self.when(language), self.reason(language));
        match (self.basis.kind, language) {
            (Kind::Limit, Language::En) => format!("Due {when}: {reason}."),
            (Kind::Limit, Language::Vi) => format!("Hạn trả: {when}: {reason}."),
            (Kind::Window, Language::En) => format!("Until {when}: {reason}."),
            (Kind::Window, Language::Vi) => format!("Đến {when}: {reason}."),
        }
    }

    /// The moment as people say it: `Thu 26 Nov 2026 17:00`, or `the end of Thu 26 Nov 2026`
    /// (`hết thứ Năm 26/11/2026`) for a window.
    #[must_use]
    pub fn when(&self, language: Language) -> String {
        match (self.basis.kind, language) {
            (Kind::Limit, _) => format_moment(self.at, language),
            (Kind::Window, Language::En) => {
                format!("the end of {}", format_date(self.last_day(), language))
            }
            (Kind::Window, Language::Vi) => {
                format!("hết {}", format_date(self.last_day(), language))
            }
        }
    }

    /// Why then, without the moment itself and without a full stop.
    #[must_use]
    pub fn reason(&self, language: Language) -> String {
        let teller = Teller { language, year: self.last_day().year() };
        let basis = &self.basis;
        let mut clauses = vec![teller.start(self)];
        clauses.extend(basis.days.iter().map(|it| teller.special(it)));
        if let Some(stopped) = basis.stopped {
            clauses.push(teller.stopped(basis.measure, &basis.stops, stopped));
        }
        clauses.extend(basis.last_day_off.map(|it| teller.last_day_off(it)));
        if !basis.provisional.is_empty() {
            clauses.push(teller.provisional(&basis.provisional));
        }
        clauses.join("; ")
    }
}

impl StopKind {
    /// What the clock waits for, within a sentence: `waiting for a supplement`.
    #[must_use]
    pub fn text(self, language: Language) -> &'static str {
        match (language, self) {
            (Language::En, Self::Supplement) => "waiting for a supplement",
            (Language::En, Self::Consent) => "waiting for a consent",
            (Language::En, Self::Payment) => "waiting for a payment",
            (Language::En, Self::Draft) => "a draft being looked at",
            (Language::En, Self::Correction) => "waiting for a correction",
            (Language::En, Self::Outage) => "announced outage",
            (Language::Vi, Self::Supplement) => "chờ bổ sung hồ sơ",
            (Language::Vi, Self::Consent) => "chờ xác nhận đồng ý",
            (Language::Vi, Self::Payment) => "chờ nộp phí, lệ phí",
            (Language::Vi, Self::Draft) => "chờ kiểm tra bản nháp",
            (Language::Vi, Self::Correction) => "chờ đính chính kết quả",
            (Language::Vi, Self::Outage) => "sự cố hệ thống đã thông báo",
        }
    }
}

/// Tells facts in a language; years are left out where they are that of the end.
struct Teller {
    language: Language,
    year: i32,
}

impl Teller {
    fn day(&self, date: NaiveDate) -> String {
        day(date, self.year_of(date), self.language)
    }

    fn moment(&self, moment: DateTime<FixedOffset>) -> String {
        on(moment, self.year_of(moment.date_naive()), self.language)
    }

    fn year_of(&self, date: NaiveDate) -> Year {
        if date.year() == self.year { Year::Left } else { Year::Shown }
    }

    /// The amount, from when it is counted, and why not from the receipt.
    fn start(&self, due: &Due) -> String {
        let basis = &due.basis;
        let amount = basis.measure.text(self.language);
        let received = self.moment(basis.received);
        let same_day = basis.measure == Measure::WorkingDays(0);
        let Some(moved) = &basis.moved else {
            return match (self.language, same_day) {
                (Language::En, false) => format!("{amount} from {received}"),
                (Language::Vi, false) => format!("{amount} kể từ {received}"),
                (Language::En, true) => format!("{amount}, received {received}"),
                (Language::Vi, true) => format!("{amount}, nhận lúc {received}"),
            };
        };
        let to = match basis.measure {
            Measure::WorkingDays(_) | Measure::CalendarDays(_) => self.day(moved.to.date_naive()),
            Measure::ElapsedMinutes(_) | Measure::ElapsedHours(_) | Measure::WorkingHours(_) => {
                self.moment(moved.to)
            }
        };
        let because = self.because(basis.received, &moved.because);
        match (self.language, same_day) {
            (Language::En, false) => format!("{amount} from {to} ({because})"),
            (Language::Vi, false) => format!("{amount} tính từ {to} ({because})"),
            (Language::En, true) => format!("{amount}, {to} ({because})"),
            (Language::Vi, true) => format!("{amount} {to} ({because})"),
        }
    }

    fn because(&self, received: DateTime<FixedOffset>, because: &Because) -> String {
        let mut at = self.moment(received);
        let why = match (self.language, because) {
            (_, Because::CutOff(cut_off)) => {
                let cut_off = cut_off.format("%H:%M").to_string();
                // "Received 15:00, after 15:00" would look wrong.
                if received.format("%H:%M").to_string() == cut_off && received.second() > 0 {
                    at = at.replacen(&cut_off, &received.format("%H:%M:%S").to_string(), 1);
                }
                let after = if self.language == Language::En { "after" } else { "sau" };
                format!("{after} {cut_off}")
            }
            (Language::En, Because::DayOff { name: None }) => "a day off".to_owned(),
            (Language::Vi, Because::DayOff { name: None }) => "ngày nghỉ".to_owned(),
            (Language::En, Because::DayOff { name: Some(name) }) => {
                format!("a day off: {}", name.en)
            }
            (Language::Vi, Because::DayOff { name: Some(name) }) => {
                format!("ngày nghỉ: {}", name.vi)
            }
            (Language::En, Because::ClosedEarly { at, name }) => {
                format!("after {}, when work ended ({})", at.format("%H:%M"), name.en)
            }
            (Language::Vi, Because::ClosedEarly { at, name }) => {
                format!("sau {}, khi hết giờ làm việc ({})", at.format("%H:%M"), name.vi)
            }
            (Language::En, Because::Closed) => "outside office hours".to_owned(),
            (Language::Vi, Because::Closed) => "ngoài giờ làm việc".to_owned(),
        };
        match self.language {
            Language::En => format!("received {at}, {why}"),
            Language::Vi => format!("nhận lúc {at}, {why}"),
        }
    }

    fn special(&self, special: &SpecialDays) -> String {
        match special {
            SpecialDays::Holiday { from, until, name } => {
                let name = name.get(self.language);
                let (first, last) = (self.day(*from), self.day(*until));
                match (self.language, from == until) {
                    (Language::En, true) => format!("{first} is a public holiday ({name})"),
                    (Language::Vi, true) => format!("{first} nghỉ lễ ({name})"),
                    (Language::En, false) => {
                        format!("{first} to {last} are public holidays ({name})")
                    }
                    (Language::Vi, false) => format!("từ {first} đến {last} nghỉ lễ ({name})"),
                }
            }
            SpecialDays::SwappedOff { date, worked_on } => {
                let (date, other) = (self.day(*date), self.day(*worked_on));
                match self.language {
                    Language::En => format!("{date} is off in exchange for {other}"),
                    Language::Vi => format!("{date} nghỉ hoán đổi với {other}"),
                }
            }
            SpecialDays::HalfDay { date, until, name } => {
                let (day, until) = (self.day(*date), until.format("%H:%M"));
                let name = name.get(self.language);
                match self.language {
                    Language::En => format!("work ends at {until} on {day} ({name})"),
                    Language::Vi => format!("{day} chỉ làm việc đến {until} ({name})"),
                }
            }
            SpecialDays::SwappedWorking { date, instead_of } => {
                let (date, other) = (self.day(*date), self.day(*instead_of));
                match self.language {
                    Language::En => format!("{date} is worked in exchange for {other}"),
                    Language::Vi => format!("{date} làm bù cho {other}"),
                }
            }
        }
    }

    fn stopped(&self, measure: Measure, stops: &[Stop], stopped: Stopped) -> String {
        let mut told: Vec<String> =
            stops.iter().take(STOPS_TOLD_MAX).map(|it| self.stop(it)).collect();
        match (stops.len().saturating_sub(STOPS_TOLD_MAX), self.language) {
            (0, _) => {}
            (1, Language::En) => told.push("one other stop".to_owned()),
            (others, Language::En) => told.push(format!("{others} other stops")),
            (others, Language::Vi) => told.push(format!("{others} lần dừng khác")),
        }
        let amount = self.stopped_amount(measure, stopped);
        match self.language {
            Language::En => format!("not counted: {} ({amount})", told.join(" and ")),
            Language::Vi => format!("không tính thời gian {} ({amount})", told.join(" và ")),
        }
    }

    fn stop(&self, stop: &Stop) -> String {
        let kind = stop.kind.text(self.language);
        let (from, until) = (self.moment(stop.from), self.moment(stop.until));
        match self.language {
            Language::En => format!("{kind} from {from} to {until}"),
            Language::Vi => format!("{kind} từ {from} đến {until}"),
        }
    }

    fn stopped_amount(&self, measure: Measure, stopped: Stopped) -> String {
        let working = matches!(measure, Measure::WorkingHours(_) | Measure::WorkingDays(_));
        match (stopped, self.language) {
            (Stopped::Seconds(seconds), language) => {
                let length = i64::try_from(seconds).ok().and_then(TimeDelta::try_seconds);
                let length = format_duration(length.unwrap_or(TimeDelta::MAX), language);
                match (working, language) {
                    (false, _) => length,
                    (true, Language::En) => format!("{length} of working time"),
                    (true, Language::Vi) => format!("{length} làm việc"),
                }
            }
            (Stopped::Days(days), Language::En) => {
                let unit = if working { "working day" } else { "day" };
                format!("{days} {unit}{}", plural(days.into()))
            }
            (Stopped::Days(days), Language::Vi) => {
                let unit = if working { "ngày làm việc" } else { "ngày" };
                format!("{days} {unit}")
            }
        }
    }

    fn last_day_off(&self, date: NaiveDate) -> String {
        let date = self.day(date);
        match self.language {
            Language::En => {
                format!(
                    "the last day, {date}, is a day off, so the next working day takes its place"
                )
            }
            Language::Vi => {
                format!("ngày cuối, {date}, là ngày nghỉ nên tính đến ngày làm việc tiếp theo")
            }
        }
    }

    fn provisional(&self, years: &[i32]) -> String {
        let years: Vec<String> = years.iter().map(ToString::to_string).collect();
        let years = years.join(", ");
        match self.language {
            Language::En => {
                format!("the days off of {years} are not announced yet, so this may change")
            }
            Language::Vi => {
                format!("lịch nghỉ năm {years} chưa được công bố nên hạn này có thể thay đổi")
            }
        }
    }
}
