//! Readers of live streams: how many are held, how soon they hear, and events per second.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Wanted;
use crate::http::Scene;
use crate::table::{Table, memory, ms, rate, share};

pub(crate) async fn measure(
    wanted: &Wanted,
    postgres: Option<&str>,
    table: &mut Table<'_>,
) -> anyhow::Result<()> {
    let readers = if wanted.quick { 500 } else { 5_000 };
    for executions in [1, 50] {
        let scene = Scene::begin(wanted, postgres, Duration::from_secs(30)).await?;
        let idle = memory(scene.process());
        let mut ids = Vec::new();
        for _ in 0..executions {
            ids.push(scene.start(scene.place.hosted, "Hello", false).await?);
        }
        let mut tasks = JoinSet::new();
        let began = Instant::now();
        for reader in 0..readers {
            let (peer, base, id) = (scene.peer.clone(), scene.base(), ids[reader % ids.len()].clone());
            tasks.spawn(async move {
                let mut stream = peer.follow(&format!("{base}/api/v1/executions/{id}/events"), 0).await?;
                let mut events = 0_usize;
                while let Some(seen) = stream.next().await? {
                    events += 1;
                    if seen.name == "finished" {
                        break;
                    }
                }
                Ok::<_, outbound::peer::Error>((id, events, Instant::now()))
            });
            // Connections come one after another, as people do.
            if reader % 50 == 49 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        let opened = began.elapsed();
        let held = memory(scene.process());
        let (mut events, mut held_to_end) = (0, 0);
        let mut ends: BTreeMap<String, Vec<Instant>> = BTreeMap::new();
        while let Some(done) = tasks.join_next().await {
            let Ok((id, seen, end)) = done? else { continue };
            held_to_end += 1;
            events += seen;
            ends.entry(id).or_default().push(end);
        }
        let spread = |ends: &Vec<Instant>| Some(ends.iter().max()?.duration_since(*ends.iter().min()?));
        let mut late: Vec<_> = ends.values().filter_map(spread).collect();
        table.row(
            &format!("{readers} live readers on {executions} executions"),
            &format!(
                "{held_to_end} held to the end, opened in {} s, memory {held} MB (idle {idle}); {events} events told, the last reader of an execution heard its end at most {} after the first",
                opened.as_secs(),
                ms(share(&mut late, 100))
            ),
            "5,000",
        )?;
        scene.end().await?;
    }
    events(wanted, postgres, table).await
}

/// Events stored per second, by answers of many pieces.
async fn events(wanted: &Wanted, postgres: Option<&str>, table: &mut Table<'_>) -> anyhow::Result<()> {
    let scene = Scene::begin(wanted, postgres, Duration::ZERO).await?;
    let count = if wanted.quick { 8 } else { 32 };
    let began = Instant::now();
    let mut starts = Vec::new();
    for _ in 0..count {
        starts.push(scene.start(scene.place.hosted, "/slow 4 Hello", false).await?);
    }
    let mut events = 0;
    for id in starts {
        let mut stream =
            scene.peer.follow(&format!("{}/api/v1/executions/{id}/events", scene.base()), 0).await?;
        while stream.next().await?.is_some() {
            events += 1;
        }
    }
    let measured = format!("{} ({events} events)", rate(events, began.elapsed()));
    table.row(&format!("events stored and told, {count} streams of 4 s"), &measured, "")?;
    scene.end().await
}
