//! Who may do what: every route, page and server function against every kind of caller.

use std::collections::BTreeSet;

use domain::Permission;
use domain::api_keys::ApiKeyDraft;
use domain::batches::BatchDraft;
use domain::bulk::{BulkChoice, BulkKind};
use domain::executions::{ExecutionFilter, FilterDraft, Status};
use domain::ids::Id as _;
use domain::saved_filters::SavedFilterDraft;
use domain::schedules::ScheduleDraft;
use domain::secrets::SecretText;
use domain::tools::ToolDraft;
use domain::workspaces::{InvitationDraft, Role};
use leptos::server_fn::axum::server_fn_paths;

use super::routes::{LINES, Line};
use super::shop::{MARK, PASSWORD, Shop, Visitor, all_scopes};
use super::support::Reply;

both!(
    every_caller_gets_what_the_table_says,
    other_peoples_sessions_cannot_be_ended,
    an_admin_decides_nothing_about_owners,
    payloads_are_hidden_from_those_who_may_not_see_them,
    a_key_makes_only_lesser_keys,
    a_key_that_may_write_but_not_read_is_told_what_it_did,
);

const CALLERS: [&str; 8] =
    ["no one", "stranger", "viewer", "member", "admin", "owner", "key without", "key with"];
/// Calls that end sessions; whoever makes one signs in anew before and after.
const ENDS_SESSIONS: [&str; 6] = [
    "/auth/sign-out",
    "/auth/sessions/{id}",
    "/auth/password",
    "sign_out",
    "change_password",
    "revoke_other_sessions",
];

fn declared() -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    let document = serde_json::to_value(server::api::open_api()).expect("JSON");
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            all.insert((method.to_uppercase(), path.clone()));
        }
    }
    let plain = server::router::PLAIN_ROUTES.iter();
    all.extend(plain.map(|(method, path)| ((*method).to_owned(), (*path).to_owned())));
    for page in server::router::pages() {
        let methods = page.methods().map(|method| format!("{method:?}").to_uppercase());
        all.extend(methods.map(|method| (method, page.path().to_owned())));
    }
    all.extend(server_fn_paths().map(|(path, method)| (method.to_string(), path.to_owned())));
    all
}

#[test]
fn every_route_has_a_line_and_every_line_a_route() {
    let declared = declared();
    let lines: BTreeSet<_> =
        LINES.iter().map(|line| (line.method.to_owned(), line.path.to_owned())).collect();
    assert_eq!(lines.len(), LINES.len(), "a route has two lines");
    let missing: Vec<_> = declared.difference(&lines).collect();
    let stray: Vec<_> = lines.difference(&declared).collect();
    assert!(
        missing.is_empty() && stray.is_empty(),
        "add lines to routes.rs for {missing:?}; remove {stray:?}"
    );
    assert!(LINES.iter().all(|line| line.callers.len() == CALLERS.len()));
}

/// Everything the table asks about.
struct World {
    shop: Shop,
    agent: String,
    execution: String,
    people: Vec<Visitor>,
    full_key: String,
    stranger_key: String,
    made: std::cell::Cell<u32>,
}

impl World {
    async fn new() -> Self {
        let shop = Shop::furnished().await;
        let full_key = shop.full_key().await;
        let agent = shop.agent(&full_key).await;
        let execution = shop.run(&full_key, &agent, MARK).await["id"].as_str().expect("an id").to_owned();
        let mut people = vec![shop.add("stranger@example.com", Role::Owner, "away").await];
        people.push(shop.add("viewer@example.com", Role::Viewer, "home").await);
        people.push(shop.add("member@example.com", Role::Member, "home").await);
        people.push(shop.add("admin@example.com", Role::Admin, "home").await);
        people.push(shop.owner().await);
        let stranger_key = shop.key("away", &all_scopes()).await;
        Self { shop, agent, execution, people, full_key, stranger_key, made: std::cell::Cell::default() }
    }

    /// What stands for the id in a path: a thing of that kind.
    fn id_in(&self, path: &str) -> String {
        const KINDS: [(&str, &str); 9] = [
            ("/schedules/", "{schedule}"),
            ("/tools/", "{tool}"),
            ("/batches/", "{batch}"),
            ("/bulk/", "{bulk}"),
            ("/bulk-actions/", "{bulk}"),
            ("/saved-filters/", "{filter}"),
            ("/sessions/", "{session}"),
            ("/members/", "{spare}"),
            ("/invitations/", "{invitation}"),
        ];
        let kind = KINDS.iter().find(|(part, _)| path.contains(part)).map(|(_, kind)| (*kind).to_owned());
        kind.unwrap_or_else(|| match path {
            path if path.starts_with("/api/v1/agents/") => self.agent.clone(),
            path if path.contains("/api-keys/") => "{key}".to_owned(),
            path if path.contains("/executions/") => self.execution.clone(),
            _ => "{id}".to_owned(),
        })
    }

    /// The path or body with things that exist in place of what stands in braces.
    async fn fill(&self, text: &str, path: &str, caller: usize) -> String {
        let mut text = text.replace("{workspace}", "home").replace("{slug}", "triage-zugspitze");
        text = text.replace("{tab}", "configuration").replace("{section}", "members").replace("{n}", "1");
        text = text.replace("{agent}", &self.agent).replace("{execution}", &self.execution);
        text = text.replace("{password}", &PASSWORD.replace(' ', "+")).replace("{*name}", "nothing/here");
        text = text.replace("{id}", &self.id_in(path));
        let system = self.shop.system("home").await;
        // New ones each time, because some lines end or delete them.
        if text.contains("{schedule}") {
            let draft = ScheduleDraft {
                name: "Nightly".to_owned(),
                agent: self.agent.clone(),
                cron: "0 3 * * *".to_owned(),
                ..ScheduleDraft::default()
            };
            let made = self.shop.services.schedules().create(&system, &draft).await.expect("a schedule");
            text = text.replace("{schedule}", &made.id.to_string());
        }
        text = text.replace("{made}", &self.made.replace(self.made.get() + 1).to_string());
        if text.contains("{tool}") {
            let draft = ToolDraft {
                name: format!("calculate_{}", self.made.replace(self.made.get() + 1)),
                kind: "builtin".to_owned(),
                builtin: "arithmetic".to_owned(),
                ..ToolDraft::default()
            };
            let made = self.shop.services.tools().create(&system, &draft).await.expect("a tool");
            text = text.replace("{tool}", &made.id.to_string());
        }
        if text.contains("{name}") {
            let value = SecretText::new("a secret value");
            self.shop.services.secrets().set_named(&system, "SPARE", value).await.expect("a secret");
            text = text.replace("{name}", "SPARE");
        }
        if text.contains("{bulk}") {
            let ended = ExecutionFilter { status: vec![Status::Succeeded], ..ExecutionFilter::default() };
            let bulk = self.shop.services.bulk();
            let bulk = bulk.start(&system, BulkKind::Cancel, &ended, BulkChoice::Original, None).await;
            text = text.replace("{bulk}", &bulk.expect("accepted").id.to_string());
        }
        if text.contains("{filter}") {
            let filter = FilterDraft { status: "failed".to_owned(), ..FilterDraft::default() };
            let draft = SavedFilterDraft { name: "Failed".to_owned(), filter, shared: true };
            // What earlier lines saved would count towards the most there may be.
            let saved = self.shop.services.saved_filters();
            for old in saved.list(&system).await.expect("lists") {
                saved.delete(&system, old.id).await.expect("deletes");
            }
            let made = saved.create(&system, &draft).await.expect("a filter");
            text = text.replace("{filter}", &made.id.to_string());
        }
        if text.contains("{batch}") {
            let data = "message\nHello\n".to_owned();
            let draft = BatchDraft { agent: self.agent.clone(), data, ..BatchDraft::default() };
            let made = self.shop.services.batches().create(&system, &draft).await.expect("a batch");
            text = text.replace("{batch}", &made.id.to_string());
        }
        if text.contains("{key}") {
            let draft = ApiKeyDraft {
                name: "spare".to_owned(),
                scopes: vec!["agents:read".to_owned()],
                expires_in_days: None,
                requests_per_minute: None,
            };
            let (key, _) = self.shop.services.api_keys().create(&system, draft).await.expect("a key");
            text = text.replace("{key}", &key.id.to_string());
        }
        let spare = format!("spare-{}@example.com", self.made.replace(self.made.get() + 1));
        if text.contains("{spare}") {
            let visitor = self.shop.add(&spare, Role::Viewer, "home").await;
            text = text.replace("{spare}", &visitor.signed_in.user.id.to_string());
        }
        if text.contains("{invitation}") {
            let draft = InvitationDraft { email: spare, role: "viewer".to_owned() };
            self.shop.services.workspaces().invite(&system, draft).await.expect("invites");
            let open = self.shop.services.workspaces().invitations(&system).await.expect("lists");
            text = text.replace("{invitation}", &open[0].id.to_string());
        }
        if text.contains("{session}") {
            let person = &self.people[caller.clamp(1, 5) - 1];
            let session = self.shop.sign_in(&person.signed_in.user.email).await;
            text = text.replace("{session}", &session.signed_in.session.to_string());
        }
        if text.contains("{refresh}") {
            let session = self.shop.owner().await;
            text = text.replace("{refresh}", session.signed_in.refresh.expose());
        }
        assert!(!text.contains("{key") && !text.contains("{id"), "{text}");
        text
    }

    /// The key of a machine among the callers.
    async fn key(&self, line: &Line, caller: usize) -> String {
        let wanted: Vec<Permission> =
            line.scopes.split_whitespace().map(|scope| scope.parse().expect("a scope")).collect();
        match (caller, wanted.first()) {
            (1, _) => self.stranger_key.clone(),
            (_, None) => self.full_key.clone(),
            (6, Some(first)) => {
                let others: Vec<_> = all_scopes().into_iter().filter(|scope| scope != first).collect();
                self.shop.key("home", &others).await
            }
            _ => self.shop.key("home", &wanted).await,
        }
    }

    async fn send(&self, line: &Line, caller: usize) -> Reply {
        let mut path = self.fill(line.path, line.path, caller).await;
        if path.starts_with("/live/") || path.starts_with("/download/") {
            path.push_str("?w=home");
        }
        let body = self.fill(line.body, line.path, caller).await;
        let ask = self.shop.ask(line.method, &path).from([10, 0, 0, u8::try_from(caller).expect("small")]);
        let ask = if body.is_empty() {
            ask
        } else if line.path.starts_with("/fn/") || line.path == "/appearance" {
            ask.form(&body)
        } else {
            ask.json(&serde_json::from_str(&body).expect("JSON"))
        };
        let machine = line.path.starts_with("/api/");
        let is_page = line.method == "GET" && !machine;
        let ask = if is_page { ask.header("accept", "text/html") } else { ask };
        match caller {
            0 => ask.send().await,
            6 | 7 => ask.bearer(&self.key(line, caller).await).send().await,
            1 if machine => ask.bearer(&self.key(line, caller).await).send().await,
            _ => ask.cookie(&self.people[caller - 1].cookie).send().await,
        }
    }
}

/// What is wrong with an answer, if anything.
fn judge(line: &Line, expected: char, reply: &Reply) -> Option<String> {
    let location = reply.header("location");
    let right = match expected {
        'A' => {
            ![401, 403, 404].contains(&reply.status)
                && reply.status < 500
                && !location.starts_with("/sign-in?")
        }
        '>' => reply.status == 302 && location.starts_with("/sign-in"),
        '1' => reply.status == 401,
        '3' => reply.status == 403,
        '4' => reply.status == 404,
        other => panic!("{other} means nothing"),
    };
    let known = reply.status != 422 || line.path.contains("toolhouse");
    (!right || !known)
        .then(|| format!("{} {} instead of {expected}: {:.200}", reply.status, location, reply.text()))
}

async fn every_caller_gets_what_the_table_says() {
    let mut world = World::new().await;
    let system = world.shop.system("home").await;
    let mut wrong = Vec::new();
    for line in LINES {
        for (caller, expected) in line.callers.chars().enumerate() {
            let renews =
                ENDS_SESSIONS.iter().any(|path| line.path.ends_with(path)) && (1..=5).contains(&caller);
            let disconnects = line.path.ends_with("/disconnect_toolhouse")
                || (line.method == "DELETE" && line.path.ends_with("/toolhouse"));
            let connected = disconnects.then_some(SecretText::new("th-nothing"));
            if let Some(key) = connected.clone() {
                world.shop.services.secrets().set(&system, "toolhouse_key", key).await.expect("connects");
            }
            let reply = world.send(line, caller).await;
            if connected.is_some() {
                // Gone already where the caller was allowed to.
                let _ = world.shop.services.secrets().remove(&system, "toolhouse_key").await;
            }
            if renews {
                let email = world.people[caller - 1].signed_in.user.email.clone();
                world.people[caller - 1] = world.shop.sign_in(&email).await;
            }
            let place = format!("{} {} as {}", line.method, line.path, CALLERS[caller]);
            wrong.extend(judge(line, expected, &reply).map(|what| format!("{place}: {what}")));
            let text = reply.text();
            if caller < 2 && (text.contains(MARK) || text.contains(&world.execution)) {
                wrong.push(format!("{place}: sees what is not theirs: {text:.200}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} answers are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

async fn other_peoples_sessions_cannot_be_ended() {
    let world = World::new().await;
    let owner = world.people[4].signed_in.session.to_string();
    for (place, person) in world.people[..4].iter().enumerate() {
        let ask = world.shop.ask("DELETE", &format!("/auth/sessions/{owner}")).cookie(&person.cookie);
        ask.send().await.problem(404, "not_found");
        let call = world.shop.call("accounts/revoke_session", Some(person), &format!("session={owner}"));
        assert_eq!(call.send().await.status, 404, "{place}");
    }
    world.shop.ask("GET", "/auth/sessions").cookie(&world.people[4].cookie).send().await.json(200);
}

async fn an_admin_decides_nothing_about_owners() {
    let world = World::new().await;
    let owner = world.people[4].signed_in.user.id.to_string();
    let admin = Some(&world.people[3]);
    for (function, form) in [
        ("change_role", format!("workspace=home&user={owner}&role=viewer")),
        ("remove_member", format!("workspace=home&user={owner}")),
        ("invite_member", "workspace=home&invitation[email]=o@example.com&invitation[role]=owner".to_owned()),
    ] {
        let call = world.shop.call(&format!("workspaces/{function}"), admin, &form);
        call.send().await.refusal(403, "forbidden");
    }
}

async fn payloads_are_hidden_from_those_who_may_not_see_them() {
    let world = World::new().await;
    let narrow = world.shop.key("home", &[Permission::ExecutionsRead]).await;
    for path in ["/api/v1/executions", "/api/v1/executions/{id}", "/api/v1/executions/{id}/events"] {
        let path = path.replace("{id}", &world.execution);
        let text = world.shop.ask("GET", &path).bearer(&narrow).send().await.text();
        let hidden = text.replace(&format!("Triage {MARK}"), "").replace("triage-zugspitze", "");
        assert!(!hidden.contains(MARK), "{path}: {text}");
    }
    let search = world.shop.ask("GET", "/api/v1/executions?q=Zugspitze").bearer(&narrow);
    search.send().await.problem(403, "forbidden");
}

async fn a_key_makes_only_lesser_keys() {
    let world = World::new().await;
    let key = world.shop.key("home", &[Permission::KeysWrite]).await;
    let ask_for = |body: &str| {
        world
            .shop
            .ask("POST", "/api/v1/api-keys")
            .bearer(&key)
            .json(&serde_json::from_str(body).expect("JSON"))
    };
    ask_for(r#"{"name": "x", "scopes": ["agents:read"]}"#).send().await.problem(403, "forbidden");
    let made =
        ask_for(r#"{"name": "x", "scopes": ["keys:write"], "expires_in_days": 1}"#).send().await.json(201);
    let child = made["value"].as_str().expect("the value");
    let ask = world.shop.ask("POST", "/api/v1/api-keys").bearer(child);
    let ask = ask.json(&serde_json::json!({"name": "y", "scopes": ["keys:write"], "expires_in_days": 2}));
    ask.send().await.problem(403, "forbidden");
    let listed = world.shop.ask("GET", "/api/v1/api-keys").bearer(&key).send().await;
    assert!(!listed.text().contains(child), "a key is shown once");
    let nobody = domain::ids::ApiKeyId::from_bytes([9; 16]);
    world
        .shop
        .ask("DELETE", &format!("/api/v1/api-keys/{nobody}"))
        .bearer(&key)
        .send()
        .await
        .problem(404, "not_found");
}

/// The answer to what one just did needs no right to read; payloads stay out of it.
async fn a_key_that_may_write_but_not_read_is_told_what_it_did() {
    let world = World::new().await;
    let [agents, executions, _] = world.shop.size(&world.full_key).await;
    let key = world.shop.key("home", &[Permission::ExecutionsWrite]).await;
    let start = world.shop.ask("POST", &format!("/api/v1/agents/{}/executions", world.agent)).bearer(&key);
    let started = start.json(&serde_json::json!({"message": "Hi"})).send().await.json(202);
    assert_eq!(started["payloads_visible"], false, "{started}");
    assert!(started["input"].is_null() && started["title"].is_null(), "{started}");
    let id = started["id"].as_str().expect("an id");
    world
        .shop
        .ask("GET", &format!("/api/v1/executions/{id}"))
        .bearer(&key)
        .send()
        .await
        .problem(403, "forbidden");
    let key = world.shop.key("home", &[Permission::AgentsWrite]).await;
    let publish = world.shop.ask("POST", &format!("/api/v1/agents/{}/publish", world.agent)).bearer(&key);
    assert_eq!(publish.send().await.json(200)["number"], 2);
    let [still, more, _] = world.shop.size(&world.full_key).await;
    assert_eq!((still, more), (agents, executions + 1));
    let agent = world.shop.ask("GET", &format!("/api/v1/agents/{}", world.agent)).bearer(&world.full_key);
    assert_eq!(agent.send().await.json(200)["published_version"], 2);
}
