//! What is said when a start cannot be stored.

use domain::agents::AgentDraft;
use domain::executions::StartDraft;
use domain::workspaces::Role;
use domain::{Actor, Kind};
use services::toolhouse::Upstream;
use toolhouse::{Endpoints, Timeouts};

use super::support::{House, OWNER, draft};

both!(only_a_taken_key_is_told_as_one);

async fn only_a_taken_key_is_told_as_one() {
    let upstream = || {
        let mut upstream = Upstream::new(Endpoints::default(), Timeouts::default());
        upstream.simulator = Some("http://127.0.0.1:9/".parse().expect("an address"));
        upstream
    };
    let house = House::with(upstream()).await;
    let owner = house.services.accounts().create_user(draft(OWNER), Role::Owner, None).await;
    let actor = Actor::system(owner.expect("an account").1.id);
    let agent = AgentDraft {
        title: "Triage".to_owned(),
        instructions: "Answer.".to_owned(),
        runtime: "toolhouse".to_owned(),
        ..AgentDraft::default()
    };
    let agent = house.services.agents().create(&actor, &agent).await.expect("an agent").id;
    let start =
        StartDraft { message: Some("Hi".to_owned()), version: "draft".to_owned(), ..StartDraft::default() };

    // Both draw the same identifiers, so the second execution cannot be stored.
    let (one, two) = (house.later(upstream()).await, house.later(upstream()).await);
    let first = one.executions().start(&actor, agent, &start, Some("a")).await.expect("starts");
    let twin = two.executions().start(&actor, agent, &start, Some("b")).await.expect_err("is there already");
    assert_eq!(twin.kind, Kind::Internal, "the key was not taken: {twin:?}");
    let again = house.services.executions().start(&actor, agent, &start, Some("a")).await.expect("is known");
    assert_eq!(again.row.id, first.row.id);
    let fresh = house.services.executions().start(&actor, agent, &start, Some("b")).await.expect("starts");
    assert_ne!(fresh.row.id, first.row.id, "the key of what was not stored is free");
}
