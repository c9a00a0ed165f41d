//! The table of `docs/toolhouse.md`, walked: each cause is caused and must end as written.

use domain::executions::StartDraft;

use super::support::Floor;

both!(every_failure_becomes_what_the_document_says,);

const DOCUMENT: &str = include_str!("../../../../docs/toolhouse.md");

/// A row: what to send to the simulator, and what must become of it.
#[derive(Debug)]
struct Row {
    message: String,
    status: String,
    code: String,
    repeated: bool,
}

fn rows() -> Vec<Row> {
    let section = DOCUMENT.split("## What each failure becomes").nth(1).expect("the section");
    let section = section.split("\n## ").next().expect("its end");
    section
        .lines()
        .filter(|line| line.starts_with('|') && line.contains("`/"))
        .map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            let plain = |place: usize| cells[place].trim_matches('`').to_owned();
            Row { message: plain(1), status: plain(2), code: plain(3), repeated: cells[4] == "yes" }
        })
        .collect()
}

async fn every_failure_becomes_what_the_document_says() {
    let rows = rows();
    assert!(rows.len() >= 15, "the table has {} rows", rows.len());
    let floor = Floor::new().await;
    let engine = floor.engine().await;
    let agent = floor.agent(|draft| "2".clone_into(&mut draft.limits.attempts)).await;
    let hasty = floor
        .agent(|draft| {
            "2".clone_into(&mut draft.limits.attempts);
            "1".clone_into(&mut draft.limits.run_deadline_s);
        })
        .await;
    let mut started = Vec::new();
    for row in rows {
        let draft = StartDraft { message: Some(row.message.clone()), ..StartDraft::default() };
        let agent = if row.code == "run_deadline" { &hasty } else { &agent };
        let id = floor
            .services
            .executions()
            .start(&floor.actor, agent.id, &draft, None)
            .await
            .expect("started")
            .row
            .id;
        started.push((row, id));
    }
    let mut wrong = Vec::new();
    for (row, id) in started {
        let detail = floor.ended(id).await;
        let code = detail.row.reason.map_or("-", |reason| reason.word());
        let repeated = detail.tries.len() > 1;
        if (detail.row.status.word(), code, repeated)
            != (row.status.as_str(), row.code.as_str(), row.repeated)
        {
            wrong.push(format!(
                "{row:?} became {} {code} repeated={repeated}: {:?}",
                detail.row.status, detail.row.message
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    engine.shutdown().await;
}
