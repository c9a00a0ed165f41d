//! The write-ahead log under load for minutes, with readers all the time.

use std::io::Write;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Wanted;
use crate::http::Scene;
use crate::table::{memory, rate};

pub(crate) async fn run(wanted: &Wanted, seconds: u64, out: &mut (dyn Write + Send)) -> anyhow::Result<()> {
    let scene = Scene::begin(wanted, None, Duration::ZERO).await?;
    let (began, time) = (Instant::now(), Duration::from_secs(seconds));
    let mut tasks = JoinSet::new();
    for caller in 0..16 {
        let (peer, base, agent) = (scene.peer.clone(), scene.base(), scene.place.hosted);
        tasks.spawn(async move {
            let mut count = 0_usize;
            while began.elapsed() < time {
                if caller < 12 {
                    let address = format!("{base}/api/v1/agents/{agent}/executions");
                    let body = serde_json::json!({ "message": "Hello" });
                    peer.post(&address, &body, &[("prefer", "wait=60")]).await?;
                    count += 1;
                } else {
                    peer.get(&format!("{base}/api/v1/executions?limit=200")).await?;
                }
            }
            Ok::<_, outbound::peer::Error>(count)
        });
    }
    writeln!(out, "\n| after | write-ahead log | database | memory |\n|---|---|---|---|")?;
    let step = Duration::from_secs((seconds / 20).max(1));
    let mut longest = 0;
    let mut next = step;
    while began.elapsed() < time {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let log = scene.place.services.store().log_bytes().unwrap_or_default();
        longest = longest.max(log);
        if began.elapsed() >= next {
            next += step;
            let file = scene.place.folder.join("drill.db");
            let database = std::fs::metadata(file)?.len();
            writeln!(
                out,
                "| {} s | {:.1} MB | {:.1} MB | {} MB |",
                began.elapsed().as_secs(),
                megabytes(log),
                megabytes(database),
                memory(scene.process())
            )?;
            out.flush()?;
        }
    }
    let mut finished = 0;
    while let Some(done) = tasks.join_next().await {
        finished += done??;
    }
    writeln!(
        out,
        "\n{finished} executions finished, {}; the log was never longer than {:.1} MB (looked at every 200 ms).",
        rate(finished, began.elapsed()),
        megabytes(longest)
    )?;
    scene.end().await
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1_000_000.0
}
