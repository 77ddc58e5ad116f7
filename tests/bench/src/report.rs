//! The figures as a table for people and as JSON for machines. One measurement is printed in both;
//! nothing is computed here but medians, ratios and units.

use serde_json::{Value as Json, json};

use crate::Options;
use crate::cost::{Who, processors};
use crate::error::Error;
use crate::flat::Flat;
use crate::overload::Overload;
use crate::part::Figures;
use crate::rounds::{Loads, Round, Rounds, Way, median};
use crate::verify::Verified;

const KIB: f64 = 1_024.0;
const MIB: f64 = KIB * KIB;
/// Columns of the names and of each figure.
const NAME: usize = 44;
const FIGURE: usize = 16;

type Settings = Vec<(String, String)>;

/// One line of the table.
struct Line {
    key: &'static str,
    name: &'static str,
    digits: usize,
    /// By way, the median of the rounds.
    figures: Vec<Option<f64>>,
}

pub(crate) fn show(options: &Options, settings: Settings, all: &[Rounds]) -> Result<(), Error> {
    let ways = options.ways();
    if options.json {
        let stores: Vec<Json> = all.iter().map(|it| json_of(it, &ways)).collect();
        let report = json!({ "machine": machine(settings), "stores": stores });
        println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    println!("{}", told(&machine(settings)));
    for rounds in all {
        println!("\n{}", title(rounds));
        let heads = ways.iter().map(|it| match it {
            Way::InProcess => "in process",
            Way::OverHttp => "over HTTP",
        });
        println!("{:NAME$}{}", "", heads.map(|it| format!("{it:>FIGURE$}")).collect::<String>());
        for line in lines(rounds, &ways) {
            println!("{}", line.text());
        }
        if let Some(why) = rounds.void() {
            println!("VOID: {why}");
        }
    }
    Ok(())
}

/// What the figures depend on.
fn machine(settings: Settings) -> Json {
    let processors = processors();
    let settings: serde_json::Map<String, Json> =
        settings.into_iter().map(|(name, value)| (name, value.into())).collect();
    json!({ "processors": processors, "postgres": settings })
}

fn told(machine: &Json) -> String {
    let settings = machine["postgres"].as_object().into_iter().flatten();
    let settings = settings.map(|(name, value)| format!("{name} {}", value.as_str().unwrap_or("")));
    let postgres = settings.collect::<Vec<_>>().join(", ");
    let processors = &machine["processors"];
    if postgres.is_empty() {
        format!("{processors} processors")
    } else {
        format!("{processors} processors; PostgreSQL: {postgres}")
    }
}

fn title(rounds: &Rounds) -> String {
    let count = rounds.rounds.len();
    let mut title = format!("{}: medians of {count} round(s)", rounds.kind.name());
    let mut add = |what: &str, figure: Option<f64>| {
        if let Some(figure) = figure {
            title.push_str(&format!("; {what} {figure:.0}/s"));
        }
    };
    add("fdatasync", rounds.median(|it| Some(it.fdatasyncs_per_second)));
    add("plain cqrs-es, dossiers", rounds.median(|it| Some(it.plain?.dossiers_per_second)));
    add("bare inserts, events", rounds.median(|it| Some(it.ceiling?.events_per_second)));
    title
}

fn json_of(rounds: &Rounds, ways: &[Way]) -> Json {
    let mut medians = serde_json::Map::new();
    for (place, way) in ways.iter().enumerate() {
        let figures = lines(rounds, ways).into_iter();
        let figures: serde_json::Map<String, Json> =
            figures.map(|it| (it.key.to_owned(), json!(it.figures[place]))).collect();
        medians.insert(json!(way).as_str().unwrap_or_default().to_owned(), figures.into());
    }
    json!({
        "store": rounds.kind,
        "void": rounds.void(),
        "medians": medians,
        "rounds": rounds.rounds,
    })
}

fn lines(rounds: &Rounds, ways: &[Way]) -> Vec<Line> {
    type Figure = fn(&Round, &Loads) -> Option<f64>;
    let all: [(&str, &str, usize, Figure); 15] = [
        ("dossiers_per_second", "dossiers a second", 0, |_, it| {
            Some(it.saturated.dossiers_per_second)
        }),
        ("times_plain", "  times plain cqrs-es", 2, |round, it| {
            Some(it.saturated.dossiers_per_second / round.plain?.dossiers_per_second)
        }),
        ("events_per_second", "events a second", 0, |_, it| Some(it.saturated.events_per_second)),
        ("percent_of_ceiling", "  % of bare inserts", 1, |round, it| {
            Some(100.0 * it.saturated.events_per_second / round.ceiling?.events_per_second)
        }),
        ("half_answered_p50_ms", "half load: submission answered, p50 ms", 1, |_, it| {
            Some(it.half.answered_ms.p50)
        }),
        ("half_answered_p99_ms", "half load: submission answered, p99 ms", 1, |_, it| {
            Some(it.half.answered_ms.p99)
        }),
        ("half_visible_p50_ms", "half load: first office has it, p50 ms", 1, |_, it| {
            Some(it.half.visible_ms.p50)
        }),
        ("half_visible_p99_ms", "half load: first office has it, p99 ms", 1, |_, it| {
            Some(it.half.visible_ms.p99)
        }),
        ("engine_cpu_us", "a dossier: processor of the engine, µs", 0, |_, it| {
            cpu(&it.saturated, Who::Engine)
        }),
        ("store_cpu_us", "a dossier: processor of the store, µs", 0, |_, it| {
            cpu(&it.saturated, Who::Store)
        }),
        ("driver_cpu_us", "a dossier: processor of the driver, µs", 0, |_, it| {
            cpu(&it.saturated, Who::Driver)
        }),
        ("written_kib", "a dossier: written, KiB", 1, |_, it| {
            Some(it.saturated.cost.written_bytes / KIB)
        }),
        ("flushes", "a dossier: flushes of the disk", 3, |_, it| it.saturated.cost.flushes),
        ("engine_resident_mib", "memory of the engine, MiB", 0, |_, it| {
            Some(resident(&it.saturated))
        }),
        ("others_percent", "processor taken by others, %", 1, |_, it| {
            Some(it.saturated.cost.others_percent)
        }),
    ];
    let line = |(key, name, digits, figure): (_, _, _, Figure)| {
        let of = |way| rounds.median(|round| figure(round, round.ways.get(way)?));
        Line { key, name, digits, figures: ways.iter().map(of).collect() }
    };
    all.into_iter().map(line).collect()
}

fn cpu(figures: &Figures, who: Who) -> Option<f64> {
    figures.cost.cpu_us.get(&who).copied()
}

#[expect(clippy::cast_precision_loss, reason = "memory is far below 2^53 bytes")]
fn resident(figures: &Figures) -> f64 {
    figures.cost.engine_resident_bytes as f64 / MIB
}

impl Line {
    fn text(&self) -> String {
        let figures = self.figures.iter().map(|it| match it {
            Some(figure) => format!("{figure:>FIGURE$.0$}", self.digits),
            None => format!("{:>FIGURE$}", "-"),
        });
        format!("{:NAME$}{}", self.name, figures.collect::<String>())
    }
}

pub(crate) fn show_flat(options: &Options, settings: Settings, all: &[Flat]) -> Result<(), Error> {
    if options.json {
        let report = json!({ "machine": machine(settings), "stores": all });
        println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    println!("{}", told(&machine(settings)));
    for flat in all {
        let (name, count) = (flat.store.name(), flat.empty.len());
        println!(
            "\n{name}: {} completed dossiers, {} open; {count} round(s)",
            flat.completed, flat.open
        );
        for (name, digits, figure) in flat_lines(flat) {
            match figure {
                Some(figure) => println!("{name:NAME$}{figure:>FIGURE$.digits$}"),
                None => println!("{name:NAME$}{:>FIGURE$}", "-"),
            }
        }
    }
    Ok(())
}

pub(crate) fn show_overload(
    options: &Options,
    settings: Settings,
    all: &[Overload],
) -> Result<(), Error> {
    if options.json {
        let report = json!({ "machine": machine(settings), "stores": all });
        println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    println!("{}", told(&machine(settings)));
    for overload in all {
        let (name, count) = (overload.store.name(), overload.flooded.len());
        println!("\n{name}: over HTTP, {} times its load; {count} round(s)", overload.times);
        for (name, digits, figure) in overload_lines(overload) {
            println!("{name:NAME$}{:>FIGURE$.digits$}", figure.unwrap_or_default());
        }
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^53")]
fn overload_lines(overload: &Overload) -> Vec<(&'static str, usize, Option<f64>)> {
    let middle = |figures: &[Figures], of: fn(&Figures) -> f64| {
        median(&mut figures.iter().map(of).collect::<Vec<_>>())
    };
    let alone = middle(&overload.saturated, |it| it.dossiers_per_second);
    let goodput = middle(&overload.flooded, |it| it.dossiers_per_second);
    let refused = |it: &Figures| 100.0 * it.refused as f64 / (it.refused + it.completed) as f64;
    vec![
        ("dossiers a second, at saturation", 0, alone),
        ("dossiers a second, flooded", 0, goodput),
        ("  % of saturation", 1, goodput.zip(alone).map(|(part, whole)| 100.0 * part / whole)),
        ("applications told to come again, %", 1, middle(&overload.flooded, refused)),
        (
            "accepted application answered, p50 ms",
            1,
            middle(&overload.flooded, |it| it.answered_ms.p50),
        ),
        (
            "accepted application answered, p99 ms",
            1,
            middle(&overload.flooded, |it| it.answered_ms.p99),
        ),
    ]
}

fn flat_lines(flat: &Flat) -> Vec<(&'static str, usize, Option<f64>)> {
    let middle = |figures: &[Figures], of: fn(&Figures) -> f64| {
        median(&mut figures.iter().map(of).collect::<Vec<_>>())
    };
    let rate = |figures: &[Figures]| middle(figures, |it| it.dossiers_per_second);
    let (empty, full, reach) = (rate(&flat.empty), rate(&flat.full), rate(&flat.reach));
    let mut verified: Vec<f64> = flat.verified.iter().map(Verified::per_second).collect();
    let share = |part: Option<f64>| part.zip(empty).map(|(part, whole)| 100.0 * part / whole);
    vec![
        ("dossiers a second, empty", 0, empty),
        ("dossiers a second, full", 0, full),
        ("  % of empty", 1, share(full)),
        ("dossiers a second, any open one", 0, reach),
        ("  % of empty", 1, share(reach)),
        ("memory of the engine, full, MiB", 0, middle(&flat.full, resident)),
        ("memory of the engine, any open one, MiB", 0, middle(&flat.reach, resident)),
        ("a dossier and its events, p50 ms", 2, Some(flat.queries.dossier_ms.p50)),
        ("a dossier and its events, p99 ms", 2, Some(flat.queries.dossier_ms.p99)),
        ("a page of a worklist, p50 ms", 2, Some(flat.queries.worklist_ms.p50)),
        ("a page of a worklist, p99 ms", 2, Some(flat.queries.worklist_ms.p99)),
        ("an account's dossiers, p99 ms", 2, Some(flat.queries.account_ms.p99)),
        ("events verified a second", 0, median(&mut verified)),
        ("from start to ready, s", 2, median(&mut flat.ready_after.clone())),
    ]
}
