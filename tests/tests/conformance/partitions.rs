//! The log can be spread over machines by partition: every unique key carries it, and so does
//! every statement that runs for each command or page. PostgreSQL itself is asked: by its
//! catalogue for the keys, by its plans for the statements.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;
use sqlx::{Connection, PgConnection, Row};

use crate::store::Store;

/// Tables of the store as a whole: a few rows each, on every machine.
const EVERYWHERE: [&str; 5] = ["meta", "engines", "reference", "shown", "_sqlx_migrations"];

/// Statements that look over the whole store, each with why it may.
const WHOLE_STORE: [(&str, &str); 13] = [
    ("select_unheld.sql", "an operator asks whether anything was forgotten"),
    ("beat.sql", "a sign of life, once a second"),
    ("select_members.sql", "who is there, once a second"),
    ("select_heads.sql", "all heads, once a second"),
    ("select_references.sql", "definitions, when an engine starts"),
    ("select_dossier_by_code.sql", "a person looks up a code, which says nothing of a partition"),
    ("select_dossiers_of_account.sql", "a person's dossiers lie anywhere"),
    ("select_asked.sql", "what a person is asked lies anywhere"),
    ("select_worklist.sql", "an office's tasks lie anywhere"),
    ("select_deliveries.sql", "an operator's list of what is parked"),
    ("select_due_deliveries.sql", "the offices that something waits for; the pages carry it"),
    ("skip.sql", "an operator's command on a parked dossier"),
    ("switch.sql", "an operator's command on a rebuilt subscription"),
];

pub(crate) async fn every_unique_key_carries_the_partition(address: &str) {
    let mut connection = PgConnection::connect(address).await.unwrap();
    let rows = sqlx::query(
        "SELECT tables.relname::text AS of, keys.relname::text AS name, \
                array_agg(columns.attname::text) AS columns \
           FROM pg_index \
           JOIN pg_class AS tables ON tables.oid = indrelid \
           JOIN pg_class AS keys ON keys.oid = indexrelid \
           JOIN pg_namespace ON pg_namespace.oid = tables.relnamespace AND nspname = 'public' \
           JOIN pg_attribute AS columns ON attrelid = indrelid AND attnum = ANY (indkey) \
          WHERE indisunique \
          GROUP BY 1, 2",
    );
    let keys: Vec<(String, String, Vec<String>)> = rows
        .fetch_all(&mut connection)
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get("of"), row.get("name"), row.get("columns")))
        .collect();
    assert!(keys.iter().any(|(of, _, _)| of == "events"), "{keys:?}");
    for (of, name, columns) in &keys {
        let spread = !EVERYWHERE.contains(&of.as_str());
        let carries = columns.iter().any(|it| it == "partition");
        assert!(!spread || carries, "the key {name} of {of} is {columns:?}");
    }
}

pub(crate) async fn every_statement_of_the_hot_path_carries_the_partition(address: &str) {
    let mut connection = PgConnection::connect(address).await.unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/src/log/postgres");
    let files = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let files = files.filter(|it| it.extension().is_some_and(|it| it == "sql"));
    let statements: BTreeMap<String, String> = files
        .map(|it| {
            let name = it.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(&it).unwrap())
        })
        .collect();
    let hot = statements.iter().filter(|(name, _)| WHOLE_STORE.iter().all(|it| it.0 != *name));
    let mut seen = 0;
    for (name, sql) in hot {
        let astray = reads_without_partition(&mut connection, sql).await;
        assert!(astray.is_empty(), "{name} reads {astray:?} over all partitions");
        seen += 1;
    }
    assert!(seen >= 20, "only {seen} statements");
    let careless =
        "SELECT task FROM tasks JOIN dossiers USING (dossier_id) WHERE tasks.partition = $1";
    assert_eq!(reads_without_partition(&mut connection, careless).await, ["dossiers"]);
}

/// The tables that a statement reads by something else than their partition, as it is planned.
async fn reads_without_partition(connection: &mut PgConnection, sql: &str) -> Vec<String> {
    let parameters = (1..).take_while(|it| sql.contains(&format!("${it}"))).count();
    let arguments = vec!["NULL"; parameters].join(", ");
    let arguments = if parameters > 0 { format!("({arguments})") } else { arguments };
    let prepare = format!("SET plan_cache_mode = force_generic_plan; PREPARE it AS {sql}");
    sqlx::raw_sql(&prepare).execute(&mut *connection).await.unwrap();
    let explain = format!("EXPLAIN (VERBOSE, FORMAT JSON) EXECUTE it{arguments}");
    let plan = sqlx::raw_sql(&explain).fetch_one(&mut *connection).await.unwrap();
    sqlx::raw_sql("DEALLOCATE it").execute(&mut *connection).await.unwrap();
    let plan: Json = plan.get(0);
    let mut astray = Vec::new();
    walk(&plan[0]["Plan"], &mut Vec::new(), &mut astray);
    astray
}

/// Goes down a plan with the conditions met on the way.
fn walk(node: &Json, conditions: &mut Vec<String>, astray: &mut Vec<String>) {
    let Some(members) = node.as_object() else { return };
    let before = conditions.len();
    let is_condition = |name: &str| name.ends_with("Cond") || name.ends_with("Filter");
    let own = members.iter().filter(|(name, _)| is_condition(name));
    conditions.extend(own.filter_map(|(_, it)| it.as_str()).map(str::to_owned));
    let is_scan = node["Node Type"].as_str().is_some_and(|it| it.ends_with("Scan"));
    if let Some(table) = node["Relation Name"].as_str().filter(|_| is_scan) {
        let column = format!("{}.partition", node["Alias"].as_str().unwrap_or(table));
        let carries = conditions.iter().any(|it| it.contains(&column));
        if !carries && !EVERYWHERE.contains(&table) {
            astray.push(table.to_owned());
        }
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        walk(child, conditions, astray);
    }
    conditions.truncate(before);
}

/// What both cases look at; `None` where PostgreSQL is not installed.
pub(crate) async fn laid_out() -> Option<String> {
    let store = Store::postgres().await?;
    store.open().await.close().await;
    store.address()
}
