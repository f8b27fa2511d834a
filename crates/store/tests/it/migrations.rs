//! Migrations that move rows, on rows.

use muster_base::{Clock, GroupId, UserId};
use muster_rbac::{Actor, Purpose};
use muster_store::groups::GroupFilter;
use muster_store::users::{LoginType, NewUser, UserStatus};
use muster_store::{Engine, Error, Statement, Store};
use muster_testkit::db;

use crate::harness::on_both_engines;

/// Takes the schema back to what it was before groups.
static BEFORE_GROUPS: [Statement; 5] = [
    Statement::new("test/drop_members", "drop table group_members"),
    // A later table refers to the groups.
    Statement::new("test/drop_chat_acl_groups", "drop table chat_acl_groups"),
    Statement::new("test/drop_groups", "drop table groups"),
    Statement::new(
        "test/drop_limit",
        "alter table users drop column chat_spend_limit_micros",
    ),
    Statement::new(
        "test/forget",
        "delete from schema_migrations where version = 20261123040000",
    ),
];

async fn forget_groups(store: &Store) {
    let undone: Result<(), Error> = store
        .write("test.forget", |tx| {
            Box::pin(async move {
                for statement in &BEFORE_GROUPS {
                    tx.execute(statement, &[]).await?;
                }
                Ok(())
            })
        })
        .await;
    undone.unwrap();
}

async fn everybody_of_before_is_in_the_group_of_everybody(engine: Engine) {
    let clock = Clock::system();
    let database = db::fresh_on(engine).await;
    let store = database.store(&clock).await;
    let setup = Actor::system(Purpose::Setup);
    let organization = store.ensure_default_organization(&setup).await.unwrap();
    let ann = NewUser {
        id: UserId::new(&clock),
        username: "ann".to_owned(),
        email: "ann@example.com".to_owned(),
        name: String::new(),
        hashed_password: None,
        status: UserStatus::Active,
        roles: Vec::new(),
        login_type: LoginType::None,
    };
    let ann = store.create_user(&setup, ann).await.unwrap();
    forget_groups(&store).await;
    store.close().await;

    let store = database.store(&clock).await;
    let groups = store
        .list_groups(&setup, GroupFilter::default())
        .await
        .unwrap();
    let found: Vec<_> = groups
        .iter()
        .map(|one| (one.group.id, one.group.name.as_str(), one.members[0].id))
        .collect();
    assert_eq!(found, [(GroupId(organization.id.0), "Everyone", ann.id)]);
    store.close().await;
}

on_both_engines!(everybody_of_before_is_in_the_group_of_everybody);
