//! Opening a database that is empty.

use storage::Store;
use tokio::task::JoinSet;

use super::scratch::{Scratch, on_postgres};

#[tokio::test]
async fn processes_that_start_together_all_find_their_tables() {
    on_postgres(async {
        let scratch = Scratch::new().await;
        let mut opened = JoinSet::new();
        for _ in 0..4 {
            let address = scratch.address();
            opened.spawn(async move { Store::open(&address).await });
        }
        for store in opened.join_all().await {
            let store = store.expect("opens");
            assert!(store.check().await.expect("asks"), "every step has run");
            store.close().await.expect("closes");
        }
    })
    .await;
}
