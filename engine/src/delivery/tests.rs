//! Pauses grow to a bound, a message is given up in the end, and an office in trouble is left alone.

use lienthong_domain::dossier::MessageKind;

use super::*;
use crate::log::{OutboxRow, Outgoing};

fn now() -> DateTime<Utc> {
    "2026-11-25T02:00:00Z".parse().unwrap()
}

fn delivery(attempts: u32) -> Delivery {
    let message = OutboxRow {
        dossier_id: "d".to_owned(),
        message_id: "m".to_owned(),
        addressee: "office".to_owned(),
        kind: MessageKind::Dispatch.name().to_owned(),
        task: "t".to_owned(),
        sequence: 1,
        caused_at: now(),
    };
    Delivery {
        outgoing: Outgoing { partition: 0, position: 1, message },
        state: DeliveryState::Pending,
        attempts,
        next_at: now(),
        last_failure: None,
        owner: None,
        delivered_at: None,
    }
}

#[test]
fn pauses_are_jittered_and_grow_to_a_bound() {
    for (attempts, seconds) in [(0, 1), (1, 2), (4, 16), (9, 512), (10, 900), (398, 900)] {
        let again = |random| outcome(&delivery(attempts), &Sent::Failed("timeout"), now(), random);
        let longest = TimeDelta::seconds(seconds);
        assert_eq!(again(0).next_at, now());
        let milliseconds = u64::try_from(longest.num_milliseconds()).unwrap();
        assert_eq!(again(milliseconds).next_at, now() + longest, "after {attempts}");
        assert_eq!(again(milliseconds + 1).next_at, now(), "no longer than {seconds} s");
        assert_eq!(again(7).state, DeliveryState::Pending);
        assert_eq!(again(7).failure.as_deref(), Some("timeout"));
    }
}

#[test]
fn a_message_ends_delivered_or_parked() {
    let taken = outcome(&delivery(3), &Sent::Taken, now(), 9);
    assert_eq!((taken.state, taken.delivered_at), (DeliveryState::Delivered, Some(now())));
    assert_eq!((taken.attempts_before, taken.failure), (3, None));
    let gone = outcome(&delivery(0), &Sent::Gone("gone"), now(), 9);
    assert_eq!((gone.state, gone.delivered_at), (DeliveryState::Parked, None));
    let last = outcome(&delivery(ATTEMPTS_MAX - 1), &Sent::Refused("status-400"), now(), 9);
    assert_eq!(last.state, DeliveryState::Parked);
    let before = outcome(&delivery(ATTEMPTS_MAX - 2), &Sent::Refused("status-400"), now(), 9);
    assert_eq!(before.state, DeliveryState::Pending);
}

#[test]
fn an_office_in_trouble_is_left_alone_and_then_tried_with_one_message() {
    let mut gate = Gate::default();
    for left in (0..AT_ONCE).rev() {
        gate.begin();
        assert_eq!(gate.room(now()), left);
    }
    for failures in 1..=AT_ONCE {
        gate.end(&Sent::Failed("connect"), now());
        let has_room = gate.room(now()) > 0;
        assert_eq!(has_room, failures < FAILURES_MAX as usize, "after {failures}");
    }
    assert_eq!(gate.room(now() + REST - TimeDelta::seconds(1)), 0);
    assert_eq!(gate.room(now() + REST), 1);
    gate.begin();
    assert_eq!(gate.room(now() + REST), 0, "one message tries it");
    gate.end(&Sent::Failed("connect"), now() + REST);
    assert_eq!(gate.room(now() + REST), 0);
    gate.begin();
    gate.end(&Sent::Refused("status-400"), now() + REST * 2);
    assert_eq!(gate.room(now() + REST * 2), AT_ONCE, "it answers");
}
