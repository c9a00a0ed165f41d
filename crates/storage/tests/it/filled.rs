//! Executions made to measure with read like real ones, on both databases.

use domain::agents::TEMPLATES;
use domain::executions::{ExecutionFilter, Status};
use domain::ids::{AgentId, Id as _};
use domain::paging::PageRequest;
use storage::Store;
use storage::agents::NewAgent;

use crate::it::support::{NOW, nth, person, workspace};

async fn made_executions_can_be_read(store: Store) {
    let owner = person(&store, 1).await;
    let workspace = workspace(&store, 1, owner).await;
    let agent: AgentId = nth(2);
    let config = TEMPLATES[0].draft().parse().expect("a configuration");
    let tx = store.begin().await.expect("begins");
    let new = NewAgent {
        id: agent,
        slug: "a",
        config: &config,
        imported: &serde_json::Map::new(),
        at: NOW,
        by: "me",
    };
    storage::agents::insert(&tx, workspace, &new).await.expect("inserts");
    tx.commit().await.expect("commits");
    storage::scratch::fill(&store, workspace, agent, 45).await.expect("fills");
    let page = PageRequest { after: None, limit: 100 };
    let failed = ExecutionFilter { status: vec![Status::Failed], ..ExecutionFilter::default() };
    let failed = storage::executions::list(&store, workspace, &failed, page).await.expect("lists");
    assert_eq!(failed.len(), 3);
    let all = storage::executions::list(&store, workspace, &ExecutionFilter::default(), page).await;
    let all = all.expect("lists");
    assert_eq!(all.len(), 45);
    let (last, first) = (&all[0], &all[44]);
    assert!(last.id.bytes() > first.id.bytes() && last.created_at > first.created_at);
    let events = storage::events::after(&store, workspace, last.id, 0, 100).await.expect("reads");
    assert_eq!(events.len(), 7);
    storage::executions::get(&store, workspace, last.id).await.expect("reads").expect("is there");
    let text = ExecutionFilter { text: Some("parcel".to_owned()), ..ExecutionFilter::default() };
    let found = storage::executions::list(&store, workspace, &text, page).await.expect("searches");
    assert_eq!(found.len(), 1);
}

both!(made_executions_can_be_read);
