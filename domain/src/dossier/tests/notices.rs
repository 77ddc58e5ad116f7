//! An agency says in time, once and completely, that something is missing; or it is marked.

use super::fixture::*;
use crate::dossier::{Fact, Item, RequestFault};

const ARTICLE: &str = "supplement: { notice: 24 hours, within: 7 working days";

fn marriage() -> Item {
    Item::Document("marriage_certificate".into())
}

fn faults(story: &Story) -> Vec<Vec<RequestFault>> {
    let requests = story.events.iter().filter_map(|it| match &it.fact {
        Fact::SupplementRequested { faults, .. } => Some(faults.clone()),
        _ => None,
    });
    requests.collect()
}

#[test]
fn a_request_in_time_is_marked_with_nothing() {
    let mut story = Story::begin();
    story.accept(&story.acknowledge("registration", "2026-11-19T09:20:00+07:00"));
    let notice = story.task("registration").notice.clone();
    assert_eq!(notice.map(|it| it.at), Some(moment("2026-11-20T09:12:00+07:00")));
    story.accept(&story.request("registration", "2026-11-20T09:12:00+07:00", &[marriage()]));
    assert_eq!(faults(&story), [vec![]]);
}

#[test]
fn a_request_after_the_notice_is_marked_as_late() {
    let slow = |_: &str, text: &str| text.replace(ARTICLE, &ARTICLE.replace("24 hours", "2 hours"));
    let mut story = Story::on(catalogue_with(slow));
    story.accept(&story.request("registration", "2026-11-19T11:12:01+07:00", &[marriage()]));
    assert_eq!(faults(&story), [vec![RequestFault::Late]]);
}

#[test]
fn a_second_request_for_something_else_is_marked_as_avoidable() {
    let mut story = Story::begin();
    let first = story.request("registration", "2026-11-19T10:00:00+07:00", &[marriage()]);
    story.accept(&first);
    let supply =
        Story::supply("registration", "2026-11-19T11:00:00+07:00", &["marriage_certificate"]);
    story.accept(&supply);
    let again = story.request("registration", "2026-11-19T14:00:00+07:00", &[marriage()]);
    story.accept(&again);
    let supply =
        Story::supply("registration", "2026-11-19T15:00:00+07:00", &["marriage_certificate"]);
    story.accept(&supply);
    let items = [Item::Field("child.full_name".into())];
    story.accept(&story.request("registration", "2026-11-19T16:00:00+07:00", &items));
    assert_eq!(faults(&story), [vec![], vec![], vec![RequestFault::Avoidable]]);
}
