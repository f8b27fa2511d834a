use super::*;

/// Expands a statement on both engines.
fn check(source: &str, postgres: &str, sqlite: &str) {
    assert_eq!(statement(Engine::Postgres, source).sql, postgres);
    assert_eq!(statement(Engine::Sqlite, source).sql, sqlite);
}

#[test]
fn row_locks_exist_on_the_server_only() {
    check(
        "select 1 /*lock*/",
        "select 1 for update",
        "select 1 /*lock*/",
    );
    check(
        "select 1 /*skip*/",
        "select 1 for update skip locked",
        "select 1 /*skip*/",
    );
}

#[test]
fn lists_become_sub_selects() {
    check(
        "x in /*in:text:$1*/",
        "x in (select e from jsonb_array_elements_text($1) as e)",
        "x in (select value from json_each($1))",
    );
    check(
        "x in /*in:int:$1*/",
        "x in (select e::bigint from jsonb_array_elements_text($1) as e)",
        "x in (select value from json_each($1))",
    );
    check(
        "x in /*in:uuid:$12*/",
        "x in (select e::uuid from jsonb_array_elements_text($12) as e)",
        "x in (select unhex(value) from json_each($12))",
    );
}

#[test]
fn pairs_are_the_texts_of_a_document() {
    check(
        "from /*pairs:$2*/ as w",
        "from (select key, value from jsonb_each_text($2)) as w",
        "from (select key, value from json_each($2)) as w",
    );
}

#[test]
fn typed_parameters_are_cast_on_the_server_only() {
    check("/*p:uuid:$1*/ is null", "$1::uuid is null", "$1 is null");
    check(
        "/*p:int:$1*/ /*p:text:$2*/ /*p:bool:$3*/ /*p:json:$4*/",
        "$1::bigint $2::text $3::boolean $4::jsonb",
        "$1 $2 $3 $4",
    );
}

#[test]
fn what_is_no_token_stays_a_comment() {
    for source in [
        "/* why */ 1",
        "x in /*in:date:$1*/",
        "/*p:uuid*/",
        "/* open",
    ] {
        check(source, source, source);
    }
}

#[test]
fn parameters_are_numbered_by_appearance_outside_of_texts_and_comments() {
    let order = |source| statement(Engine::Sqlite, source).order;
    assert_eq!(order("$2, $1, $2, $10"), [2, 1, 10]);
    assert_eq!(
        order("'$1 it''s $2' \"$3\" -- $4\n$5 /* $6 * */ $7"),
        [5, 7]
    );
    assert!(order("select 1").is_empty());
}

#[test]
fn schema_tokens_name_each_engines_types() {
    let source = "create {unlogged} table t (a {serial}, b {uuid}, c {int}, d {bool}, e {real}, \
                  f {text}, g {bytes}, h {json}) {strict}";
    assert_eq!(
        ddl(Engine::Postgres, source),
        "create unlogged table t (a bigint generated always as identity primary key, b uuid, \
         c bigint, d boolean, e double precision, f text collate \"C\", g bytea, h jsonb) \n"
    );
    assert_eq!(
        ddl(Engine::Sqlite, source),
        "create  table t (a integer primary key autoincrement, b blob, c integer, d integer, \
         e real, f text, g blob, h text) strict\n"
    );
}

#[test]
fn each_engine_keeps_its_own_blocks() {
    let source = "a\n-- only: postgres\nb\n-- end\nc\n-- only: sqlite\nd\n-- end\ne\n";
    assert_eq!(ddl(Engine::Postgres, source), "a\nb\nc\ne\n");
    assert_eq!(ddl(Engine::Sqlite, source), "a\nc\nd\ne\n");
}
