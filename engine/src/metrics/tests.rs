//! What Prometheus reads is written as its format says.

use std::time::Duration;

use super::{Backlog, Ending, Metrics, Standing};
use crate::log::feeds::OpenDeliveries;

fn has(text: &str, lines: &str) {
    assert!(text.contains(lines), "{lines}\nis not in\n{text}");
}

#[test]
fn everything_is_there_before_anything_happens() {
    let text = Metrics::default().text();
    has(&text, "\nlienthong_commands_total{outcome=\"accepted\"} 0\n");
    has(&text, "\nlienthong_commit_seconds_bucket{le=\"+Inf\"} 0\n");
    has(&text, "\n# TYPE lienthong_timers_due gauge\nlienthong_timers_due 0\n");
    assert!(text.ends_with('\n') && !text.contains("\n\n"));
}

#[test]
fn commands_are_counted_by_their_endings() {
    let metrics = Metrics::default();
    for (times, ending) in (1..).zip(Ending::ALL) {
        (0..times).for_each(|_| metrics.command(ending));
    }
    let text = metrics.text();
    for (times, name) in [(1, "accepted"), (2, "refused"), (4, "other_content"), (7, "failed")] {
        has(&text, &format!("lienthong_commands_total{{outcome=\"{name}\"}} {times}\n"));
    }
}

#[test]
fn buckets_hold_everything_up_to_their_bounds() {
    let metrics = Metrics::default();
    for (commands, milliseconds) in [(1, 1), (2, 3), (3, 4), (5_000, 6_000)] {
        metrics.batch(commands, Duration::from_millis(milliseconds));
    }
    let text = metrics.text();
    has(
        &text,
        "# TYPE lienthong_batch_commands histogram\n\
         lienthong_batch_commands_bucket{le=\"1\"} 1\n\
         lienthong_batch_commands_bucket{le=\"2\"} 2\n\
         lienthong_batch_commands_bucket{le=\"5\"} 3\n",
    );
    has(
        &text,
        "lienthong_batch_commands_bucket{le=\"1000\"} 3\n\
         lienthong_batch_commands_bucket{le=\"+Inf\"} 4\n\
         lienthong_batch_commands_sum 5006\n\
         lienthong_batch_commands_count 4\n",
    );
    has(&text, "lienthong_commit_seconds_bucket{le=\"0.001\"} 1\n");
    has(&text, "lienthong_commit_seconds_bucket{le=\"5\"} 3\n");
}

#[test]
fn labels_are_escaped_and_the_last_standing_counts() {
    let metrics = Metrics::default();
    for (lag, pending) in [(3, 5), (2, 4)] {
        let subscription = "a\"\\\nb".to_owned();
        let standing = Standing { subscription, lag, is_paused: false, parked: 1 };
        let deliveries = OpenDeliveries { pending, parked: 6 };
        metrics.backlog(&Backlog { subscriptions: vec![standing], deliveries });
    }
    metrics.request("GET", "/dossiers/{id}", 200);
    metrics.request("GET", "/dossiers/{id}", 200);
    let text = metrics.text();
    has(&text, "lienthong_subscription_lag{subscription=\"a\\\"\\\\\\nb\"} 2\n");
    has(&text, "lienthong_deliveries_open 4\n");
    has(&text, "lienthong_deliveries_parked 6\n");
    has(
        &text,
        "lienthong_http_requests_total{method=\"GET\",route=\"/dossiers/{id}\",status=\"200\"} 2\n",
    );
}
