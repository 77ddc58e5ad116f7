//! The sentences that citizens read, in both languages.

use chrono::{DateTime, TimeDelta};

use super::super::{
    Counting, Due, Measure, Stop, StopKind, format_date, format_duration, format_moment,
    format_moment_short,
};
use super::{at, day, due, stop, vn};
use crate::language::Language;

#[track_caller]
fn assert_told(due: &Due, en: &str, vi: &str) {
    assert_eq!(due.explain(Language::En), en);
    assert_eq!(due.explain(Language::Vi), vi);
}

#[test]
fn hours() {
    assert_told(
        &due("24 hours", "2026-11-19 09:12", &[]),
        "Due Fri 20 Nov 2026 09:12: 24 hours from Thu 19 Nov 09:12.",
        "Hạn trả: 09:12 thứ Sáu 20/11/2026: 24 giờ kể từ 09:12 thứ Năm 19/11.",
    );
}

#[test]
fn working_days() {
    assert_told(
        &due("2 working days", "2026-11-19 14:00", &[]),
        "Due Mon 23 Nov 2026 17:00: 2 working days from Thu 19 Nov 14:00.",
        "Hạn trả: 17:00 thứ Hai 23/11/2026: 2 ngày làm việc kể từ 14:00 thứ Năm 19/11.",
    );
}

#[test]
fn after_the_cut_off_and_over_a_holiday() {
    assert_told(
        &due("2 working days", "2026-11-20 16:00", &[]),
        "Due Thu 26 Nov 2026 17:00: 2 working days from Mon 23 Nov (received Fri 20 Nov 16:00, \
         after 15:00); Tue 24 Nov is a public holiday (Vietnam Culture Day).",
        "Hạn trả: 17:00 thứ Năm 26/11/2026: 2 ngày làm việc tính từ thứ Hai 23/11 (nhận lúc 16:00 \
         thứ Sáu 20/11, sau 15:00); thứ Ba 24/11 nghỉ lễ (Ngày Văn hóa Việt Nam).",
    );
}

#[test]
fn seconds_after_the_cut_off_are_shown() {
    let received = DateTime::parse_from_rfc3339("2026-11-18T15:00:07+07:00").unwrap();
    let due = vn().due(Measure::WorkingDays(1), &Counting::default(), received, &[]).unwrap();
    assert_told(
        &due,
        "Due Fri 20 Nov 2026 17:00: 1 working day from Thu 19 Nov (received Wed 18 Nov 15:00:07, \
         after 15:00).",
        "Hạn trả: 17:00 thứ Sáu 20/11/2026: 1 ngày làm việc tính từ thứ Năm 19/11 (nhận lúc \
         15:00:07 thứ Tư 18/11, sau 15:00).",
    );
}

#[test]
fn on_a_day_off() {
    assert_told(
        &due("1 working day", "2026-11-22 10:00", &[]),
        "Due Wed 25 Nov 2026 17:00: 1 working day from Mon 23 Nov (received Sun 22 Nov 10:00, a \
         day off); Tue 24 Nov is a public holiday (Vietnam Culture Day).",
        "Hạn trả: 17:00 thứ Tư 25/11/2026: 1 ngày làm việc tính từ thứ Hai 23/11 (nhận lúc 10:00 \
         Chủ nhật 22/11, ngày nghỉ); thứ Ba 24/11 nghỉ lễ (Ngày Văn hóa Việt Nam).",
    );
    assert_told(
        &due("1 working day", "2026-11-24 10:00", &[]),
        "Due Thu 26 Nov 2026 17:00: 1 working day from Wed 25 Nov (received Tue 24 Nov 10:00, a \
         day off: Vietnam Culture Day).",
        "Hạn trả: 17:00 thứ Năm 26/11/2026: 1 ngày làm việc tính từ thứ Tư 25/11 (nhận lúc 10:00 \
         thứ Ba 24/11, ngày nghỉ: Ngày Văn hóa Việt Nam).",
    );
}

#[test]
fn over_a_long_holiday_with_its_weekend() {
    assert_told(
        &due("1 working day", "2027-02-04 10:00", &[]),
        "Due Mon 15 Feb 2027 17:00: 1 working day from Thu 4 Feb 10:00; Fri 5 Feb to Fri 12 Feb \
         are public holidays (Lunar New Year); the days off of 2027 are not announced yet, so \
         this may change.",
        "Hạn trả: 17:00 thứ Hai 15/2/2027: 1 ngày làm việc kể từ 10:00 thứ Năm 4/2; từ thứ Sáu \
         5/2 đến thứ Sáu 12/2 nghỉ lễ (Tết Nguyên đán); lịch nghỉ năm 2027 chưa được công bố nên \
         hạn này có thể thay đổi.",
    );
}

#[test]
fn over_swapped_days() {
    assert_told(
        &due("7 working days", "2026-08-20 10:00", &[]),
        "Due Fri 28 Aug 2026 17:00: 7 working days from Thu 20 Aug 10:00; Sat 22 Aug is worked in \
         exchange for Mon 31 Aug.",
        "Hạn trả: 17:00 thứ Sáu 28/8/2026: 7 ngày làm việc kể từ 10:00 thứ Năm 20/8; thứ Bảy 22/8 \
         làm bù cho thứ Hai 31/8.",
    );
    assert_told(
        &due("1 working day", "2026-08-28 10:00", &[]),
        "Due Thu 3 Sep 2026 17:00: 1 working day from Fri 28 Aug 10:00; Mon 31 Aug is off in \
         exchange for Sat 22 Aug; Tue 1 Sep to Wed 2 Sep are public holidays (National Day).",
        "Hạn trả: 17:00 thứ Năm 3/9/2026: 1 ngày làm việc kể từ 10:00 thứ Sáu 28/8; thứ Hai 31/8 \
         nghỉ hoán đổi với thứ Bảy 22/8; từ thứ Ba 1/9 đến thứ Tư 2/9 nghỉ lễ (Quốc khánh).",
    );
}

#[test]
fn over_the_new_year() {
    assert_told(
        &due("18 working days", "2026-12-10 10:00", &[]),
        "Due Wed 6 Jan 2027 17:00: 18 working days from Thu 10 Dec 2026 10:00; Fri 1 Jan is a \
         public holiday (New Year's Day); the days off of 2027 are not announced yet, so this may \
         change.",
        "Hạn trả: 17:00 thứ Tư 6/1/2027: 18 ngày làm việc kể từ 10:00 thứ Năm 10/12/2026; thứ Sáu \
         1/1 nghỉ lễ (Tết Dương lịch); lịch nghỉ năm 2027 chưa được công bố nên hạn này có thể \
         thay đổi.",
    );
}

#[test]
fn stopped_hours() {
    let stops = [stop(StopKind::Supplement, "2026-11-16 16:00", "2026-11-18 09:00")];
    assert_told(
        &due("24 hours", "2026-11-16 10:00", &stops),
        "Due Thu 19 Nov 2026 03:00: 24 hours from Mon 16 Nov 10:00; not counted: waiting for a \
         supplement from Mon 16 Nov 16:00 to Wed 18 Nov 09:00 (41 hours).",
        "Hạn trả: 03:00 thứ Năm 19/11/2026: 24 giờ kể từ 10:00 thứ Hai 16/11; không tính thời gian \
         chờ bổ sung hồ sơ từ 16:00 thứ Hai 16/11 đến 09:00 thứ Tư 18/11 (41 giờ).",
    );
}

#[test]
fn stopped_working_hours() {
    let stops = [stop(StopKind::Outage, "2026-11-19 11:00", "2026-11-19 14:00")];
    assert_told(
        &due("2 working hours", "2026-11-19 06:00", &stops),
        "Due Thu 19 Nov 2026 09:30: 2 working hours from Thu 19 Nov 07:30 (received Thu 19 Nov \
         06:00, outside office hours).",
        "Hạn trả: 09:30 thứ Năm 19/11/2026: 2 giờ làm việc tính từ 07:30 thứ Năm 19/11 (nhận lúc \
         06:00 thứ Năm 19/11, ngoài giờ làm việc).",
    );
    assert_told(
        &due("2 working hours", "2026-11-19 10:30", &stops),
        "Due Thu 19 Nov 2026 15:30: 2 working hours from Thu 19 Nov 10:30; not counted: announced \
         outage from Thu 19 Nov 11:00 to Thu 19 Nov 14:00 (1 hour 30 minutes of working time).",
        "Hạn trả: 15:30 thứ Năm 19/11/2026: 2 giờ làm việc kể từ 10:30 thứ Năm 19/11; không tính \
         thời gian sự cố hệ thống đã thông báo từ 11:00 thứ Năm 19/11 đến 14:00 thứ Năm 19/11 (1 \
         giờ 30 phút làm việc).",
    );
}

#[test]
fn stopped_days() {
    let stops = [
        stop(StopKind::Correction, "2026-11-20 10:00", "2026-11-20 16:00"),
        stop(StopKind::Consent, "2026-11-23 08:00", "2026-11-23 09:00"),
    ];
    assert_told(
        &due("2 working days", "2026-11-19 14:00", &stops),
        "Due Thu 26 Nov 2026 17:00: 2 working days from Thu 19 Nov 14:00; Tue 24 Nov is a public \
         holiday (Vietnam Culture Day); not counted: waiting for a correction from Fri 20 Nov \
         10:00 to Fri 20 Nov 16:00 and waiting for a consent from Mon 23 Nov 08:00 to Mon 23 Nov \
         09:00 (2 working days).",
        "Hạn trả: 17:00 thứ Năm 26/11/2026: 2 ngày làm việc kể từ 14:00 thứ Năm 19/11; thứ Ba \
         24/11 nghỉ lễ (Ngày Văn hóa Việt Nam); không tính thời gian chờ đính chính kết quả từ \
         10:00 thứ Sáu 20/11 đến 16:00 thứ Sáu 20/11 và chờ xác nhận đồng ý từ 08:00 thứ Hai \
         23/11 đến 09:00 thứ Hai 23/11 (2 ngày làm việc).",
    );
}

#[test]
fn many_stops_are_summed_up() {
    let down = |hour: u32| {
        let (from, until) = (at("2026-11-16 11:00"), at("2026-11-16 11:30"));
        let later = TimeDelta::hours(hour.into());
        Stop { kind: StopKind::Outage, from: from + later, until: until + later }
    };
    let stops: Vec<Stop> = (0..5).map(down).collect();
    let told = due("24 hours", "2026-11-16 10:00", &stops).explain(Language::En);
    assert!(
        told.ends_with("to Mon 16 Nov 13:30 and 2 other stops (2 hours 30 minutes)."),
        "{told}"
    );
    let told = due("24 hours", "2026-11-16 10:00", &stops[..4]).explain(Language::Vi);
    assert!(told.ends_with("đến 13:30 thứ Hai 16/11 và 1 lần dừng khác (2 giờ)."), "{told}");
}

#[test]
fn the_same_working_day() {
    assert_told(
        &due("same working day", "2026-08-27 10:00", &[]),
        "Due Thu 27 Aug 2026 17:00: the same working day, received Thu 27 Aug 10:00.",
        "Hạn trả: 17:00 thứ Năm 27/8/2026: trong ngày làm việc, nhận lúc 10:00 thứ Năm 27/8.",
    );
    assert_told(
        &due("same working day", "2026-08-26 16:00", &[]),
        "Due Thu 27 Aug 2026 17:00: the same working day, Thu 27 Aug (received Wed 26 Aug 16:00, \
         after 15:00).",
        "Hạn trả: 17:00 thứ Năm 27/8/2026: trong ngày làm việc thứ Năm 27/8 (nhận lúc 16:00 thứ Tư \
         26/8, sau 15:00).",
    );
}

#[test]
fn a_last_calendar_day_that_is_off() {
    assert_told(
        &due("8 days", "2026-11-16 10:00", &[]),
        "Due Wed 25 Nov 2026 17:00: 8 days from Mon 16 Nov 10:00; Tue 24 Nov is a public holiday \
         (Vietnam Culture Day); the last day, Tue 24 Nov, is a day off, so the next working day \
         takes its place.",
        "Hạn trả: 17:00 thứ Tư 25/11/2026: 8 ngày kể từ 10:00 thứ Hai 16/11; thứ Ba 24/11 nghỉ lễ \
         (Ngày Văn hóa Việt Nam); ngày cuối, thứ Ba 24/11, là ngày nghỉ nên tính đến ngày làm việc \
         tiếp theo.",
    );
}

#[test]
fn windows_last_to_the_end_of_a_day() {
    let due = vn().window(7, at("2026-11-16 16:00")).unwrap();
    assert_told(
        &due,
        "Until the end of Thu 26 Nov 2026: 7 working days from Mon 16 Nov 16:00; Tue 24 Nov is a \
         public holiday (Vietnam Culture Day).",
        "Đến hết thứ Năm 26/11/2026: 7 ngày làm việc kể từ 16:00 thứ Hai 16/11; thứ Ba 24/11 nghỉ \
         lễ (Ngày Văn hóa Việt Nam).",
    );
    assert_eq!(due.when(Language::En), "the end of Thu 26 Nov 2026");
    assert_eq!(due.when(Language::Vi), "hết thứ Năm 26/11/2026");
}

#[test]
fn when_and_reason_may_stand_apart() {
    let due = due("2 working days", "2026-11-19 14:00", &[]);
    assert_eq!(due.when(Language::Vi), "17:00 thứ Hai 23/11/2026");
    assert_eq!(due.reason(Language::Vi), "2 ngày làm việc kể từ 14:00 thứ Năm 19/11");
}

#[test]
fn moments_and_durations() {
    let moment = at("2026-09-06 07:05");
    assert_eq!(format_moment(moment, Language::En), "Sun 6 Sep 2026 07:05");
    assert_eq!(format_moment(moment, Language::Vi), "07:05 Chủ nhật 6/9/2026");
    assert_eq!(format_moment_short(moment, Language::En), "6 Sep 07:05");
    assert_eq!(format_moment_short(moment, Language::Vi), "6/9 07:05");
    assert_eq!(format_date(day("2026-11-24"), Language::En), "Tue 24 Nov 2026");
    assert_eq!(format_date(day("2026-11-24"), Language::Vi), "thứ Ba 24/11/2026");
    let minutes = |it| TimeDelta::minutes(it);
    assert_eq!(format_duration(minutes(288), Language::Vi), "4 giờ 48 phút");
    assert_eq!(format_duration(minutes(61), Language::En), "1 hour 1 minute");
    assert_eq!(format_duration(minutes(120), Language::En), "2 hours");
    assert_eq!(format_duration(TimeDelta::seconds(59), Language::En), "less than a minute");
    assert_eq!(format_duration(minutes(-5), Language::Vi), "dưới 1 phút");
}
