//! Rows by the hundred thousand, written straight into a migrated database: what a measurement
//! needs and no person would type.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use tokio_postgres::NoTls;
use uuid::Uuid;

/// The words of the titles; a search for one of them finds every fortieth chat or fewer.
const WORDS: [&str; 40] = [
    "login", "cache", "parser", "queue", "index", "router", "socket", "schema", "vault", "token",
    "worker", "stream", "report", "invoice", "search", "theme", "editor", "upload", "backup",
    "metric", "policy", "branch", "commit", "review", "deploy", "canary", "ledger", "widget",
    "locale", "avatar", "replica", "shard", "cursor", "banner", "digest", "webhook", "tenant",
    "budget", "journal", "sandbox",
];
/// Values of the label `team`.
pub const TEAMS: usize = 8;
/// Values of the label `repo`.
pub const REPOS: usize = 10;

/// Chats to be written, shared out evenly among their owners.
#[derive(Clone, Debug)]
pub struct Chats {
    /// People who exist.
    pub owners: Vec<Uuid>,
    /// Their organization.
    pub organization: Uuid,
    /// A configured model.
    pub model: Uuid,
    /// How many chats in all.
    pub count: usize,
}

/// The word in the titles of one chat of each owner in forty.
#[must_use]
pub fn word(number: usize) -> &'static str {
    let [first, ..] = WORDS;
    WORDS.get(number % WORDS.len()).copied().unwrap_or(first)
}

/// Where the rows go.
#[derive(Clone, Copy, Debug)]
pub enum Target<'t> {
    /// A file that no server has open.
    Sqlite(&'t Path),
    /// A server's address.
    Postgres(&'t str),
}

/// Writes the chats, three labels and two messages each.
///
/// # Errors
/// When the database refuses them.
pub async fn chats(target: Target<'_>, chats: &Chats) -> Result<()> {
    match target {
        Target::Sqlite(file) => {
            let connection = rusqlite::Connection::open(file).context("the file")?;
            connection.execute_batch(&script(chats, &SQLITE))?;
            Ok(())
        }
        Target::Postgres(url) => {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
            let script = script(chats, &POSTGRES);
            let write = async {
                let written = client.batch_execute(&script).await;
                drop(client);
                written
            };
            let (written, ended) = tokio::join!(write, connection);
            written?;
            Ok(ended?)
        }
    }
}

/// How an engine writes what is no common SQL.
struct Dialect {
    /// A number as an id.
    id: fn(&str) -> String,
    /// A known id.
    uuid: fn(&Uuid) -> String,
    /// A text as a document.
    json: fn(&str) -> String,
    /// What comes last.
    end: &'static str,
}

const SQLITE: Dialect = Dialect {
    id: |number| format!("unhex(printf('%032x', {number}))"),
    uuid: |id| format!("x'{}'", id.simple()),
    json: str::to_owned,
    end: "analyze;",
};

const POSTGRES: Dialect = Dialect {
    id: |number| format!("lpad(to_hex({number}), 32, '0')::uuid"),
    uuid: |id| format!("'{id}'::uuid"),
    json: |text| format!("({text})::jsonb"),
    end: "analyze chats; analyze chat_labels; analyze chat_messages;",
};

fn script(chats: &Chats, dialect: &Dialect) -> String {
    let (organization, model) = (
        (dialect.uuid)(&chats.organization),
        (dialect.uuid)(&chats.model),
    );
    let owners = chats.owners.len();
    let id = (dialect.id)("n.n + 1");
    let (team, repo) = labels(owners);
    let labels = (dialect.json)(&format!(
        "'{{\"kind\":\"bench\",\"repo\":\"' || {repo} || '\",\"team\":\"' || {team} || '\"}}'"
    ));
    let servers = (dialect.json)("'[]'");
    let content = (dialect.json)("'[{\"type\":\"text\",\"text\":\"Some words.\"}]'");
    let numbers = format!(
        "with recursive n(n) as (select 0 union all select n + 1 from n where n + 1 < {})",
        chats.count
    );
    let owner = format!("join seed_owners as o on o.n = n.n % {owners}");
    let words = WORDS.len();
    format!(
        "{tables}
         insert into chats (id, organization_id, owner_id, root_chat_id, last_model_config_id,
           title, title_folded, status, client_type, labels, mcp_server_ids, snapshot_version,
           history_version, queue_version, created_at, updated_at)
         {numbers}
         select {id}, {organization}, o.id, {id}, {model},
                'Mend the ' || w.word || ' ' || cast(n.n as text),
                'mend the ' || w.word || ' ' || cast(n.n as text),
                'waiting', 'api', {labels}, {servers}, 1, 1, 1, 1700000000000000 + n.n,
                1700000000000000 + n.n
           from n {owner} join seed_words as w on w.n = (n.n / {owners}) % {words};
         insert into chat_labels (chat_id, owner_id, key, value)
         {numbers}
         select {id}, o.id, 'team', {team} from n {owner}
         union all select {id}, o.id, 'repo', {repo} from n {owner}
         union all select {id}, o.id, 'kind', 'bench' from n {owner};
         insert into chat_messages (chat_id, owner_id, revision, role, visibility, created_at,
           content)
         {numbers}
         select {id}, o.id, 1, 'user', 'both', 1700000000000000 + n.n, {content} from n {owner}
         union all
         select {id}, o.id, 1, 'assistant', 'both', 1700000000000000 + n.n, {content}
           from n {owner};
         drop table seed_owners;
         drop table seed_words;
         {end}",
        tables = tables(chats, dialect),
        end = dialect.end,
    )
}

/// The values of the two labels: by the number of a chat among those of its owner.
fn labels(owners: usize) -> (String, String) {
    let team = format!("'t' || cast((n.n / {owners}) % {TEAMS} as text)");
    let repo = format!("'r' || cast((n.n / {owners} / {TEAMS}) % {REPOS} as text)");
    (team, repo)
}

fn tables(chats: &Chats, dialect: &Dialect) -> String {
    let nobody = (dialect.uuid)(&Uuid::nil());
    let mut sql = format!(
        "create table seed_owners as select 0 as n, {nobody} as id where 1 = 0;
         create table seed_words as select 0 as n, 'word' as word where 1 = 0;\n"
    );
    for (number, owner) in chats.owners.iter().enumerate() {
        let owner = (dialect.uuid)(owner);
        let _written = writeln!(
            sql,
            "insert into seed_owners (n, id) values ({number}, {owner});"
        );
    }
    for (number, word) in WORDS.iter().enumerate() {
        let _written = writeln!(
            sql,
            "insert into seed_words (n, word) values ({number}, '{word}');"
        );
    }
    sql
}
