//! Everything that a test's database holds, to search in for what should not be there. For the tests
//! of the rooms above.

use std::path::Path;

use sea_orm::{ConnectionTrait as _, Database, DatabaseBackend, Statement};

/// Every row of every table as one document.
const ROWS: &str =
    "select query_to_xml('select * from ' || quote_ident(tablename), true, false, '')::text as rows
    from pg_tables where schemaname = 'public'";

/// Everything that is stored at this address.
#[expect(clippy::disallowed_methods, reason = "looks at what the store hides")]
pub(crate) async fn bytes(address: &str) -> Vec<u8> {
    let mut all = Vec::new();
    if let Some(file) = address.strip_prefix("sqlite://") {
        let folder = Path::new(file).parent().expect("a folder");
        for entry in std::fs::read_dir(folder).expect("lists") {
            all.extend(std::fs::read(entry.expect("an entry").path()).expect("reads"));
        }
        return all;
    }
    let connection = Database::connect(address).await.expect("connects");
    let statement = Statement::from_string(DatabaseBackend::Postgres, ROWS.to_owned());
    for row in connection.query_all_raw(statement).await.expect("reads") {
        all.extend(row.try_get::<String>("", "rows").expect("text").into_bytes());
    }
    connection.close().await.expect("closes");
    all
}
