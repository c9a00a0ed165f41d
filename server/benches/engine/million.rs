//! The list and one execution, with a million stored.

use std::time::{Duration, Instant};

use crate::Wanted;
use crate::http::Scene;
use crate::table::{Table, ms, share};

pub(crate) async fn measure(
    wanted: &Wanted,
    postgres: Option<&str>,
    table: &mut Table<'_>,
) -> anyhow::Result<()> {
    let many: u32 = if wanted.quick { 20_000 } else { 1_000_000 };
    let scene = Scene::begin(wanted, postgres, Duration::ZERO).await?;
    let place = &scene.place;
    let before = size(&scene).await?;
    let began = Instant::now();
    storage::scratch::fill(place.services.store(), place.workspace.id, place.hosted, many).await?;
    let took = began.elapsed();
    let bytes = size(&scene).await?.saturating_sub(before) / u64::from(many);
    table.row(
        &format!("disk per stored execution with 7 events, of {many}"),
        &format!("{bytes} bytes (made in {} s)", took.as_secs()),
        "2 KB",
    )?;
    for (what, query) in [
        ("list of 50", "limit=50"),
        ("list of 50 failed", "limit=50&status=failed"),
        ("list of 50 by two states", "limit=50&status=failed,succeeded"),
        ("list of 50 by a word", "limit=50&q=parcel"),
    ] {
        let address = format!("{}/api/v1/executions?{query}", scene.base());
        let mut times = Vec::new();
        let mut last = None;
        for _ in 0..if wanted.quick { 20 } else { 200 } {
            let call = Instant::now();
            let answer = scene.peer.get(&address).await?;
            times.push(call.elapsed());
            anyhow::ensure!(answer.status == 200, "{}", answer.body);
            last = answer.body["items"][49]["id"].as_str().map(str::to_owned).or(last);
        }
        let (p50, p99) = (share(&mut times, 50), share(&mut times, 99));
        table.row(&format!("{what} of {many}"), &format!("p50 {}, p99 {}", ms(p50), ms(p99)), "p99 20 ms")?;
        if query == "limit=50" {
            detail(&scene, &last.unwrap_or_default(), table).await?;
        }
    }
    scene.end().await
}

async fn detail(scene: &Scene, id: &str, table: &mut Table<'_>) -> anyhow::Result<()> {
    let mut times = Vec::new();
    for _ in 0..100 {
        let call = Instant::now();
        let answer = scene.peer.get(&format!("{}/api/v1/executions/{id}", scene.base())).await?;
        anyhow::ensure!(answer.status == 200, "{}", answer.body);
        times.push(call.elapsed());
    }
    let (p50, p99) = (share(&mut times, 50), share(&mut times, 99));
    table.row("one execution of them", &format!("p50 {}, p99 {}", ms(p50), ms(p99)), "")?;
    Ok(())
}

async fn size(scene: &Scene) -> anyhow::Result<u64> {
    Ok(storage::upkeep::sizes(scene.place.services.store()).await?.database_bytes)
}
