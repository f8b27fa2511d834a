use super::*;

static KNOWN: &[Migration] = &[
    Migration {
        version: 3,
        name: "c",
        text: "three",
    },
    Migration {
        version: 1,
        name: "a",
        text: "one",
    },
];

fn applied(rows: &[(i64, &str, &str)]) -> Applied {
    let rows = rows.iter().map(|(version, name, text)| {
        let checksum = hex::encode(Sha256::digest(text));
        (*version, ((*name).to_owned(), checksum))
    });
    rows.collect()
}

fn versions(rows: &[(i64, &str, &str)], allow_newer: bool) -> Result<Vec<i64>, SchemaError> {
    let pending = pending(KNOWN, &applied(rows), allow_newer)?;
    Ok(pending.iter().map(|migration| migration.version).collect())
}

#[test]
fn pending_files_run_in_order_even_before_a_later_one() {
    assert_eq!(versions(&[], false), Ok(vec![1, 3]));
    assert_eq!(versions(&[(3, "c", "three")], false), Ok(vec![1]));
    assert_eq!(
        versions(&[(3, "c", "three"), (1, "a", "one")], false),
        Ok(vec![])
    );
}

#[test]
fn changed_file_is_refused_by_name() {
    let refused = versions(&[(1, "a", "other")], true).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "migration 1_a was changed after it had been applied"
    );
}

#[test]
fn unknown_version_is_refused_unless_allowed() {
    let newer = [(9, "later", "nine")];
    let name = "later".to_owned();
    assert_eq!(
        versions(&newer, false),
        Err(SchemaError::Newer { version: 9, name })
    );
    assert_eq!(versions(&newer, true), Ok(vec![1, 3]));
}

#[test]
fn fingerprint_is_short_and_stable() {
    assert_eq!(fingerprint().len(), 16);
    assert_eq!(fingerprint(), fingerprint());
}

#[test]
fn migration_that_leaves_a_dangling_reference_is_undone() {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch("create table schema_migrations (version, name, checksum, applied_at)")
        .unwrap();
    let bad = Migration {
        version: 5,
        name: "bad",
        text: "create table a (id {int} primary key) {strict};
            create table b (a {int} references a (id)) {strict};
            insert into b values (7);",
    };
    connection
        .pragma_update(None, "foreign_keys", false)
        .unwrap();
    let refused = sqlite_apply(&connection, &bad, Micros(0)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "migration 5_bad leaves dangling references in `b`"
    );
}
