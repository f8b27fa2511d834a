//! Reports of what calls of models cost.

use std::collections::BTreeMap;
use std::time::Duration;

use muster_base::{ChatId, MockClock, ModelConfigId};
use muster_llm::{Prices, Usage};
use muster_rbac::Role;
use muster_store::chat_messages::Usage as StoredUsage;
use muster_store::chat_messages::door::NewMessage;
use muster_store::{Error, Statement, params};
use serde_json::{Value, json};

use crate::harness::{Harness, Person};
use crate::usage::{CHATS, LIMITS, NOBODY, START, answer};

static OF_SYSTEM: Statement = Statement::new(
    "test/of_system",
    "update users set is_system = true where id = $1",
);

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % sides
    }

    fn some(&mut self, sides: u64) -> Option<u64> {
        (self.roll(8) > 0).then(|| self.roll(sides))
    }
}

/// Sums as the reports should have them.
#[derive(Default)]
struct Sums {
    cost: i64,
    messages: i64,
    priced: i64,
    input: i64,
    output: i64,
    cache_read: i64,
    cache_creation: i64,
}

impl Sums {
    fn add(&mut self, message: &NewMessage) {
        let StoredUsage {
            input_tokens,
            output_tokens,
            cache_read_tokens,
            cache_creation_tokens,
            ..
        } = message.usage;
        self.cost += message.total_cost_micros.unwrap_or(0);
        self.priced += i64::from(message.total_cost_micros.is_some());
        self.input += input_tokens.unwrap_or(0);
        self.output += output_tokens.unwrap_or(0);
        self.cache_read += cache_read_tokens.unwrap_or(0);
        self.cache_creation += cache_creation_tokens.unwrap_or(0);
        self.messages += i64::from(
            message.total_cost_micros.is_some()
                || input_tokens.is_some()
                || output_tokens.is_some()
                || cache_read_tokens.is_some()
                || cache_creation_tokens.is_some(),
        );
    }

    #[track_caller]
    fn check(&self, shown: &Value) {
        let number = |field: &str| shown[field].as_i64().unwrap();
        assert_eq!(number("total_cost_micros"), self.cost);
        assert_eq!(number("total_input_tokens"), self.input);
        assert_eq!(number("total_output_tokens"), self.output);
        assert_eq!(number("total_cache_read_tokens"), self.cache_read);
        assert_eq!(number("total_cache_creation_tokens"), self.cache_creation);
        match shown["message_count"].as_i64() {
            Some(count) => assert_eq!(count, self.messages),
            None => {
                assert_eq!(number("priced_message_count"), self.priced);
                let unpriced = self.messages - self.priced;
                assert_eq!(number("unpriced_message_count"), unpriced);
            }
        }
    }
}

/// Prices per million tokens as a model configuration has them; the last one lacks one.
const PRICES: [[&str; 4]; 3] = [
    ["3", "15", "0.3", "3.75"],
    ["0.123457", "1.000001", "0.012345", ""],
    ["5", "", "", ""],
];

fn document(prices: [&str; 4]) -> Value {
    let names = ["input", "output", "cache_read", "cache_write"];
    let given = names
        .into_iter()
        .zip(prices)
        .filter(|(_, price)| !price.is_empty());
    let cost =
        given.map(|(name, price)| (format!("{name}_price_per_million_tokens"), json!(price)));
    Value::Object(cost.collect())
}

/// What a call costs, without the code that is under test: in millionths of a micro-dollar,
/// rounded up.
fn expected_cost(prices: [&str; 4], tokens: [Option<u64>; 4]) -> Option<i64> {
    if tokens.iter().all(Option::is_none) {
        return None;
    }
    let parts = |price: &str| -> Option<u128> {
        let (whole, fraction) = price.split_once('.').unwrap_or((price, ""));
        let digits = format!("{whole}{fraction:0<6}");
        (!price.is_empty()).then(|| digits.parse().unwrap())
    };
    let input = parts(prices[0]);
    let mut sum = 0;
    for (index, tokens) in tokens.into_iter().enumerate() {
        let tokens = u128::from(tokens.unwrap_or(0));
        let price = match index {
            0 | 1 => parts(prices[index]),
            _ => parts(prices[index]).or(input),
        };
        match (tokens, price) {
            (0, _) => {}
            (_, None) => return None,
            (tokens, Some(price)) => sum += tokens * price,
        }
    }
    Some(i64::try_from(sum.div_ceil(1_000_000)).unwrap())
}

fn random_answer(dice: &mut Dice, models: &[ModelConfigId]) -> NewMessage {
    let which = usize::try_from(dice.roll(3)).unwrap();
    let tokens = [
        dice.some(200_000),
        dice.some(9_000),
        dice.some(90_000),
        dice.some(3),
    ];
    let [input, output, cache_read, cache_creation] = tokens;
    let usage = Usage {
        input,
        output,
        cache_read,
        cache_creation,
        ..Usage::default()
    };
    let prices: Prices = serde_json::from_value(document(PRICES[which])).unwrap();
    let cost = prices.cost(&usage).map(|cost| cost.0);
    assert_eq!(cost, expected_cost(PRICES[which], tokens), "{usage:?}");
    let count = |tokens: Option<u64>| tokens.map(u64::cast_signed);
    NewMessage {
        usage: StoredUsage {
            input_tokens: count(input),
            output_tokens: count(output),
            cache_read_tokens: count(cache_read),
            cache_creation_tokens: count(cache_creation),
            ..StoredUsage::default()
        },
        ..answer(cost, Some(models[which]))
    }
}

/// Models with the prices of the table, in its order.
async fn priced_models(muster: &Harness, owner: &Person) -> Vec<ModelConfigId> {
    let mut models = Vec::new();
    let provider = json!({"provider": "openai", "api_key": "secret"});
    let providers = format!("{CHATS}/providers");
    muster.post(owner, &providers, provider).await.expect(201);
    for (number, prices) in PRICES.into_iter().enumerate() {
        let config = json!({
            "provider": "openai", "model": format!("m-{number}"), "context_limit": 1000,
            "display_name": if number == 0 { "First" } else { "" },
            "model_config": {"cost": document(prices)},
        });
        let made = muster
            .post(owner, &format!("{CHATS}/model-configs"), config)
            .await;
        let id = made.expect(201)["id"].as_str().unwrap().to_owned();
        models.push(id.parse::<ModelConfigId>().unwrap());
    }
    models
}

#[tokio::test]
async fn sums_of_ten_thousand_messages_are_right_to_the_micro_dollar() {
    const CHATS_MADE: usize = 100;
    const MESSAGES: usize = 100;
    let clock = MockClock::new(START);
    let muster = Harness::with_clock(&clock).await;
    let owner = muster.owner().await;
    let models = priced_models(&muster, &owner).await;
    let mut dice = Dice(7);
    let (mut all, mut inside) = (Sums::default(), Sums::default());
    let mut by_model: BTreeMap<String, Sums> = BTreeMap::new();
    let mut by_root: BTreeMap<String, Sums> = BTreeMap::new();
    let mut roots = Vec::new();
    for number in 0..CHATS_MADE {
        // Every third one is a root, and has two subagents.
        let parent = roots.last().copied().filter(|_| number % 3 > 0);
        let chat = muster.resting_chat(owner.id, parent, "c").await;
        if parent.is_none() {
            roots.push(chat);
        }
        let answers: Vec<_> = (0..MESSAGES)
            .map(|_| random_answer(&mut dice, &models))
            .collect();
        for answer in &answers {
            let model = answer.model_config_id.unwrap().to_string();
            all.add(answer);
            by_model.entry(model).or_default().add(answer);
            let root = parent.unwrap_or(chat).to_string();
            by_root.entry(root).or_default().add(answer);
            if number >= CHATS_MADE / 2 {
                inside.add(answer);
            }
        }
        muster.answers(chat, answers).await;
        clock.advance(Duration::from_secs(60));
    }
    let dates = "start_date=2026-03-01T12:00:00Z&end_date=2026-03-01T18:00:00Z";
    let summary = format!("{CHATS}/cost/me/summary?{dates}");
    let shown = muster.get(&owner, &summary).await.expect(200);
    all.check(&shown);
    assert_eq!(shown["usage_limit"], Value::Null);
    let models = shown["by_model"].as_array().unwrap();
    assert_eq!(models.len(), 3);
    for model in models {
        by_model[model["model_config_id"].as_str().unwrap()].check(model);
        assert_eq!(model["provider"], "openai");
        let name = &model["display_name"];
        assert!(name == "First" || *name == model["model"], "{name}");
    }
    let chats = shown["by_chat"].as_array().unwrap();
    assert_eq!(chats.len(), roots.len());
    for chat in chats {
        by_root[chat["root_chat_id"].as_str().unwrap()].check(chat);
    }
    let costs: Vec<_> = chats
        .iter()
        .map(|one| one["total_cost_micros"].as_i64())
        .collect();
    assert!(
        costs.is_sorted_by(|a, b| a >= b),
        "the most expensive first"
    );
    for root in &roots {
        let of_chat = muster.get(&owner, &format!("{CHATS}/{root}/cost")).await;
        by_root[&root.to_string()].check(&of_chat.expect(200));
    }
    let half = "start_date=2026-03-01T12:50:00Z&end_date=2026-03-01T18:00:00Z";
    let half = format!("{CHATS}/cost/owner/summary?{half}");
    inside.check(&muster.get(&owner, &half).await.expect(200));
    let users = muster
        .get(&owner, &format!("{CHATS}/cost/users?{dates}"))
        .await;
    let users = users.expect(200);
    all.check(&users["users"][0]);
    assert_eq!(users["users"][0]["chat_count"], roots.len());
    let limits = muster.get(&owner, LIMITS).await.expect(200);
    assert_eq!(limits["unpriced_model_count"], 1);
    muster.end().await;
}

#[tokio::test]
async fn subagents_cost_counts_with_the_chat_above_them() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let root = muster.resting_chat(owner.id, None, "root").await;
    let child = muster.resting_chat(owner.id, Some(root), "child").await;
    muster.spend(root, 5).await;
    muster.spend(child, 70).await;
    muster.answers(child, vec![answer(None, None)]).await;
    let cost = |chat: ChatId| format!("{CHATS}/{chat}/cost");
    let shown = muster.get(&owner, &cost(root)).await.expect(200);
    let model = json!({
        "model_config_id": "00000000-0000-0000-0000-000000000000",
        "display_name": "", "provider": "", "model": "",
        "total_cost_micros": 75, "message_count": 3,
        "total_input_tokens": 9, "total_output_tokens": 12, "total_cache_read_tokens": 0,
        "total_cache_creation_tokens": 0, "total_runtime_ms": 0,
    });
    let expected = json!({
        "chat_id": root, "total_cost_micros": 75, "own_cost_micros": 5,
        "priced_message_count": 2, "unpriced_message_count": 1,
        "total_input_tokens": 9, "total_output_tokens": 12, "total_cache_read_tokens": 0,
        "total_cache_creation_tokens": 0, "total_runtime_ms": 0, "by_model": [model],
    });
    assert_eq!(shown, expected);
    let shown = muster.get(&owner, &cost(child)).await.expect(200);
    assert_eq!(
        (&shown["total_cost_micros"], &shown["own_cost_micros"]),
        (&json!(70), &json!(70))
    );
    let summary = muster
        .get(&owner, &format!("{CHATS}/cost/me/summary"))
        .await;
    let summary = summary.expect(200);
    let chats = summary["by_chat"].as_array().unwrap();
    assert_eq!(chats.len(), 1);
    assert_eq!(chats[0]["chat_title"], "root");
    assert_eq!(chats[0]["total_cost_micros"], 75);
    muster.end().await;
}

#[tokio::test]
async fn people_are_listed_by_what_they_spent_and_counted_on_every_page() {
    let clock = MockClock::new(START);
    let muster = Harness::with_clock(&clock).await;
    let owner = muster.owner().await;
    let page = |query: &str| format!("{CHATS}/cost/users?{query}");
    let empty = muster.get(&owner, &page("")).await.expect(200);
    let nobody = json!({
        "start_date": "2026-01-30T12:00:00Z", "end_date": "2026-03-01T12:00:00Z",
        "count": 0, "users": [],
    });
    assert_eq!(empty, nobody);
    for (number, name) in ["ann", "bob", "carl"].into_iter().enumerate() {
        let person = muster.person(name, &[]).await;
        let chat = muster.resting_chat(person.id, None, "c").await;
        muster.spend(chat, 10 + number as i64).await;
    }
    let robot = muster.person("robot", &[]).await;
    let chat = muster.resting_chat(robot.id, None, "c").await;
    muster.spend(chat, 1_000).await;
    let hidden: Result<(), Error> = muster
        .store()
        .write("test.of_system", move |tx| {
            Box::pin(async move { tx.execute(&OF_SYSTEM, &params![robot.id]).await.map(drop) })
        })
        .await;
    hidden.unwrap();
    clock.advance(Duration::from_secs(1));
    let names = |page: &Value| -> Vec<String> {
        let users = page["users"].as_array().unwrap().iter();
        users
            .map(|one| one["username"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = muster.get(&owner, &page("limit=2")).await.expect(200);
    assert_eq!(
        (names(&first), &first["count"]),
        (vec!["carl".into(), "bob".into()], &json!(3))
    );
    let next = muster
        .get(&owner, &page("limit=2&offset=2"))
        .await
        .expect(200);
    assert_eq!(
        (names(&next), &next["count"]),
        (vec!["ann".into()], &json!(3))
    );
    let beyond = muster
        .get(&owner, &page("limit=2&offset=9"))
        .await
        .expect(200);
    assert_eq!((names(&beyond), &beyond["count"]), (vec![], &json!(3)));
    let found = muster.get(&owner, &page("username=AR")).await.expect(200);
    assert_eq!(
        (names(&found), &found["count"]),
        (vec!["carl".into()], &json!(1))
    );
    let wild = muster.get(&owner, &page("username=%25")).await.expect(200);
    assert_eq!(wild["count"], 0, "a wildcard is a letter here");
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("offset=-1", "offset"),
        ("start_date=soon", "start_date"),
        ("end_date=2026-02-30T00:00:00Z", "end_date"),
        (
            "start_date=2026-03-01T00:00:00Z&end_date=2026-03-01T00:00:00Z",
            "start_date",
        ),
    ] {
        let answer = muster.get(&owner, &page(query)).await;
        assert_eq!(answer.fields(), [field], "{query}");
        answer.expect(400);
    }
    muster.get(&owner, &page("limit=100")).await.expect(200);
    muster.end().await;
}

#[tokio::test]
async fn what_others_spent_is_for_owners_and_auditors() {
    let muster = Harness::start().await;
    let ann = muster.person("ann", &[Role::AgentsAccess]).await;
    let member = muster.person("mel", &[]).await;
    let keeper = muster.person("ken", &[Role::UserAdmin]).await;
    let auditor = muster.person("audrey", &[Role::Auditor]).await;
    let of = |name: &str| format!("{CHATS}/cost/{name}/summary");
    for own in ["me", "ann", "ANN", &ann.id.to_string()] {
        muster.get(&ann, &of(own)).await.expect(200);
    }
    for name in ["mel", "nobody", NOBODY] {
        muster.get(&ann, &of(name)).await.expect(403);
    }
    muster.get(&keeper, &of("ann")).await.expect(403);
    muster.get(&member, &of("me")).await.expect(403);
    muster.get(&auditor, &of("ann")).await.expect(200);
    muster.get(&auditor, &of("nobody")).await.expect(404);
    let backwards = "start_date=2026-03-02T00:00:00Z&end_date=2026-03-01T00:00:00Z";
    let backwards = format!("{}?{backwards}", of("me"));
    assert_eq!(muster.get(&ann, &backwards).await.fields(), ["start_date"]);
    let chat = muster.resting_chat(ann.id, None, "c").await;
    let cost = format!("{CHATS}/{chat}/cost");
    muster.get(&ann, &cost).await.expect(200);
    muster.get(&auditor, &cost).await.expect(404);
    muster.end().await;
}
