//! Moving a whole instance from one database to another of the other kind.
//!
//! Both sides are held alone for the time of the move. The source is only read, so its schema has to be
//! up to date. The target must be empty before anything is done to it, and is filled in one
//! transaction, so a move that fails leaves no row in it. What is copied follows from the schema, not
//! from a list here: every table and column that both sides have, in the order of their references.
//! Memory is bounded by a page of rows. In the end the target is read back, and counts and checksums of
//! every table must equal those of what was read.

mod alone;
mod cell;
mod schema;

use sha2::{Digest as _, Sha256};

use crate::db;
use crate::{Error as StorageError, Store, Tx};
use cell::Cell;
use schema::{Age, Table};

pub(crate) use alone::{share, take_turn};

/// Rows read and written at once.
const PAGE: usize = 200;

/// Why nothing was moved.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Both addresses name the same kind of database.
    #[error(
        "give one SQLite and one PostgreSQL address; copy a SQLite file, or use pg_dump, for the same kind"
    )]
    SameKind,
    /// There is no source.
    #[error("there is no database at the address to move from")]
    NoSource,
    /// The source is of an earlier version, and bringing it up to date would change it.
    #[error(
        "the database to move from is of an earlier version; start this version of the server on it once, \
         stop it, and move then"
    )]
    Older,
    /// One of them is of a later version.
    #[error("the database to move {0} is of a later version; use that version of this program")]
    Newer(&'static str),
    /// Somebody else is connected.
    #[error("the database to move {0} is in use; stop every server on it first")]
    InUse(&'static str),
    /// The target holds rows.
    #[error("the database to move to is not empty: its table {0} has rows")]
    NotEmpty(String),
    /// The two schemas differ.
    #[error("the table {0} differs between the two databases")]
    Schema(String),
    /// What was written is not what was read.
    #[error("the table {0} was not copied faithfully; the target was left as it was")]
    Unfaithful(String),
    /// Everything else.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A table that was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Its name.
    pub table: String,
    /// Rows.
    pub rows: u64,
    /// The sum of the rows' checksums, which does not depend on their order.
    pub checksum: String,
}

/// Moves everything. The source is only read.
pub async fn run(from: &str, to: &str) -> Result<Vec<Moved>, Error> {
    let is_file = |address: &str| address.starts_with("sqlite:");
    if is_file(from) == is_file(to) {
        return Err(Error::SameKind);
    }
    if is_file(from) && !db::sqlite_path(from).is_file() {
        return Err(Error::NoSource);
    }
    let source = alone(from, "from").await?;
    let moved = match alone(to, "to").await {
        Ok(target) => {
            let moved = between(&source, &target).await;
            target.close().await?;
            moved
        }
        Err(error) => Err(error),
    };
    source.close().await?;
    moved
}

async fn alone(address: &str, side: &'static str) -> Result<Store, Error> {
    Store::open_alone(address).await?.ok_or(Error::InUse(side))
}

async fn between(source: &Store, target: &Store) -> Result<Vec<Moved>, Error> {
    match schema::age(source).await? {
        Age::Current => {}
        Age::Nothing => return Err(Error::NoSource),
        Age::Older => return Err(Error::Older),
        Age::Newer => return Err(Error::Newer("from")),
    }
    if let Some(table) = schema::first_with_rows(target).await? {
        return Err(Error::NotEmpty(table));
    }
    match schema::age(target).await? {
        Age::Current => {}
        Age::Nothing | Age::Older => target.migrate_alone().await?,
        Age::Newer => return Err(Error::Newer("to")),
    }
    let reads = source.begin().await?;
    if source.is_shared() {
        db::execute(&reads, "set transaction isolation level repeatable read, read only", Vec::new()).await?;
    }
    let writes = target.begin().await?;
    let (postgres, sqlite) = if source.is_shared() { (&reads, &writes) } else { (&writes, &reads) };
    let tables = schema::tables(postgres, sqlite).await?;
    let mut moved = Vec::with_capacity(tables.len());
    for table in &tables {
        let mut sum = Sum::default();
        let mut after = None;
        while let Some(page) = table.page(&reads, after.as_deref()).await? {
            sum.add(&page);
            table.insert(&writes, &page).await?;
            after = page.last().map(|row| table.key_of(row));
        }
        moved.push(sum.told(table));
    }
    for (table, expected) in tables.iter().zip(&moved) {
        let mut sum = Sum::default();
        let mut after = None;
        while let Some(page) = table.page(&writes, after.as_deref()).await? {
            sum.add(&page);
            after = page.last().map(|row| table.key_of(row));
        }
        if sum.told(table) != *expected {
            return Err(Error::Unfaithful(table.name.clone()));
        }
    }
    writes.commit().await?;
    Ok(moved)
}

/// One row, in the order of the table's columns.
type Row = Vec<Cell>;

impl Table {
    /// The next rows in the order of the key; none when there are no more.
    async fn page(&self, tx: &Tx, after: Option<&[Cell]>) -> Result<Option<Vec<Row>>, StorageError> {
        let names = self.names();
        let key: Vec<_> = self.key.iter().map(|place| self.columns[*place].name.as_str()).collect();
        let key = key.join(", ");
        let (condition, values) = match after {
            None => (String::new(), Vec::new()),
            Some(cells) => {
                let places: Vec<_> = (1..=cells.len()).map(|number| format!("${number}")).collect();
                let values =
                    cells.iter().zip(&self.key).map(|(cell, place)| cell.value(self.columns[*place].kind));
                (format!("where ({key}) > ({})", places.join(", ")), values.collect())
            }
        };
        let sql = format!("select {names} from {} {condition} order by {key} limit {PAGE}", self.name);
        let rows = db::all(tx, &sql, values).await?;
        let read =
            |row| self.columns.iter().map(|column| Cell::read(row, column)).collect::<Result<Row, _>>();
        let rows: Vec<Row> = rows.iter().map(read).collect::<Result<_, _>>()?;
        Ok((!rows.is_empty()).then_some(rows))
    }

    async fn insert(&self, tx: &Tx, rows: &[Row]) -> Result<(), StorageError> {
        let mut places = Vec::with_capacity(rows.len());
        let mut values = Vec::with_capacity(rows.len() * self.columns.len());
        for row in rows {
            let first = values.len() + 1;
            let list: Vec<_> = (first..first + row.len()).map(|number| format!("${number}")).collect();
            places.push(format!("({})", list.join(", ")));
            values.extend(row.iter().zip(&self.columns).map(|(cell, column)| cell.value(column.kind)));
        }
        let sql = format!("insert into {} ({}) values {}", self.name, self.names(), places.join(", "));
        db::execute(tx, &sql, values).await.map(drop)
    }

    fn key_of(&self, row: &[Cell]) -> Row {
        self.key.iter().map(|place| row[*place].clone()).collect()
    }

    fn names(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|column| column.name.as_str()).collect();
        names.join(", ")
    }
}

/// Rows counted, and the sum of their checksums.
#[derive(Debug, Default)]
struct Sum {
    rows: u64,
    checksum: u128,
}

impl Sum {
    fn add(&mut self, rows: &[Row]) {
        for row in rows {
            let mut hash = Sha256::new();
            for cell in row {
                cell.mark(&mut hash);
            }
            let digest: [u8; 32] = hash.finalize().into();
            let mut half = [0; 16];
            half.copy_from_slice(&digest[..16]);
            self.checksum = self.checksum.wrapping_add(u128::from_be_bytes(half));
            self.rows += 1;
        }
    }

    fn told(&self, table: &Table) -> Moved {
        Moved { table: table.name.clone(), rows: self.rows, checksum: format!("{:032x}", self.checksum) }
    }
}
