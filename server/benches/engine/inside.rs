//! Executions without HTTP in between: services and engine in this process.

use std::time::{Duration, Instant};

use domain::executions::StartDraft;
use engine::{Engine, Options};
use server::drill::place::Place;
use server::drill::upstream::{Pace, Upstream};
use tokio::task::JoinSet;

use crate::Wanted;
use crate::table::{Table, ms, rate, share};

pub(crate) async fn measure(
    wanted: &Wanted,
    postgres: Option<&str>,
    table: &mut Table<'_>,
) -> anyhow::Result<()> {
    let time = Duration::from_secs(if wanted.quick { 2 } else { 8 });
    let upstream = Upstream::start(1, Pace::default()).await?;
    let place = Place::make(postgres, &upstream.base).await?;
    let services = place.services_with(&upstream.base).await?;
    let engine = Engine::start(services.clone(), Options::default()).await?;
    for callers in [1, 64] {
        let began = Instant::now();
        let mut tasks = JoinSet::new();
        for _ in 0..callers {
            let (services, actor, agent) = (services.clone(), place.actor(), place.hosted);
            tasks.spawn(async move {
                let mut times = Vec::new();
                while began.elapsed() < time {
                    let call = Instant::now();
                    let start = StartDraft { message: Some("Hello".to_owned()), ..StartDraft::default() };
                    let executions = services.executions();
                    let id = executions.start(&actor, agent, &start, None).await?.row.id;
                    executions.wait(&actor, id, Duration::from_mins(1)).await?;
                    times.push(call.elapsed());
                }
                Ok::<_, domain::Problem>(times)
            });
        }
        let mut times = Vec::new();
        while let Some(done) = tasks.join_next().await {
            times.extend(done??);
        }
        let (took, count) = (began.elapsed(), times.len());
        let (p50, p99) = (share(&mut times, 50), share(&mut times, 99));
        let measured = format!("{}; p50 {}, p99 {}", rate(count, took), ms(p50), ms(p99));
        table.row(&format!("finished in process, {callers} at a time, upstream 0 ms"), &measured, "")?;
    }
    engine.shutdown().await;
    services.store().clone().close().await?;
    upstream.stop();
    place.remove().await
}
