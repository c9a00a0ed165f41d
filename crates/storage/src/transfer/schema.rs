//! What there is to copy, as the two databases describe themselves.

use std::collections::{BTreeMap, BTreeSet};

use migration::MigratorTrait as _;

use super::Error;
use crate::db;
use crate::row::column;
use crate::{Db, Error as StorageError, Store, Tx};

/// How a column is read and bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Id,
    Bytes,
    Text,
    Small,
    Big,
    Flag,
    Real,
}

/// A column.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// A table that both databases have.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// Places of the columns that tell rows apart.
    pub(super) key: Vec<usize>,
}

/// Tables of the database tools, which are not ours to copy.
const FOREIGN: &str = "seaql_migrations";

/// Tables of a SQLite database, without those in which the text index keeps itself.
const SQLITE_TABLES: &str = "select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\' \
     and sql not like 'CREATE VIRTUAL%' and name not in (select s.name from sqlite_schema v \
       join sqlite_schema s on s.name like v.name || '\\_%' escape '\\' where v.sql like 'CREATE VIRTUAL%')";
/// Tables of a PostgreSQL database.
const POSTGRES_TABLES: &str = "select table_name::text as name from information_schema.tables \
     where table_schema = current_schema() and table_type = 'BASE TABLE' order by 1";

/// How a database's schema compares with this program's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    /// There is none.
    Nothing,
    /// Steps are missing.
    Older,
    /// It is the same.
    Current,
    /// It has steps that this program does not know.
    Newer,
}

/// Compares; changes nothing.
pub(super) async fn age(store: &Store) -> Result<Age, StorageError> {
    if !tables_of(store).await?.iter().any(|name| name == FOREIGN) {
        return Ok(Age::Nothing);
    }
    let sql = format!("select version as name from {FOREIGN}");
    let there: BTreeSet<String> = names(store, &sql).await?.into_iter().collect();
    let ours: BTreeSet<String> =
        migration::Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    Ok(match (there.is_subset(&ours), ours.is_subset(&there)) {
        _ if there.is_empty() => Age::Nothing,
        (false, _) => Age::Newer,
        (true, false) => Age::Older,
        (true, true) => Age::Current,
    })
}

/// The first table that holds rows, whoever's it is.
pub(super) async fn first_with_rows(store: &Store) -> Result<Option<String>, StorageError> {
    for name in tables_of(store).await? {
        let sql = format!("select 1 as one from \"{}\" limit 1", name.replace('"', "\"\""));
        if name != FOREIGN && db::one(store, &sql, Vec::new()).await?.is_some() {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

async fn tables_of(store: &Store) -> Result<Vec<String>, StorageError> {
    names(store, if store.is_shared() { POSTGRES_TABLES } else { SQLITE_TABLES }).await
}

/// All tables, those that others refer to first.
///
/// PostgreSQL says the types; SQLite, which has fewer, says which columns it has. Columns that only
/// one side has are made by that side itself: row numbers there, the text index here.
pub(super) async fn tables(postgres: &Tx, sqlite: &Tx) -> Result<Vec<Table>, Error> {
    let mut tables = BTreeMap::new();
    for (name, columns) in columns(postgres).await? {
        let sql = format!("select name from pragma_table_info('{name}')");
        let there: BTreeSet<String> = names(sqlite, &sql).await?.into_iter().collect();
        let columns: Vec<Column> =
            columns.into_iter().filter(|column| there.contains(&column.name)).collect();
        let key = key(postgres, &name).await?;
        let key: Option<Vec<usize>> =
            key.iter().map(|part| columns.iter().position(|column| column.name == *part)).collect();
        let key = key.filter(|key| !key.is_empty()).ok_or_else(|| Error::Schema(name.clone()))?;
        tables.insert(name.clone(), Table { name, columns, key });
    }
    for name in names(sqlite, SQLITE_TABLES).await? {
        if name != FOREIGN && !tables.contains_key(&name) {
            return Err(Error::Schema(name));
        }
    }
    Ok(in_order(tables, &references(postgres).await?))
}

async fn names(db: &impl Db, sql: &str) -> Result<Vec<String>, StorageError> {
    db::all(db, sql, Vec::new()).await?.iter().map(|row| column(row, "name")).collect()
}

async fn columns(postgres: &Tx) -> Result<BTreeMap<String, Vec<Column>>, Error> {
    let sql = "select c.table_name::text as table_name, c.column_name::text as name, c.data_type::text as type \
         from information_schema.columns c \
         join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name \
         where c.table_schema = current_schema() and t.table_type = 'BASE TABLE' and c.is_generated = 'NEVER' \
         order by c.table_name, c.ordinal_position";
    let mut tables: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    for row in db::all(postgres, sql, Vec::new()).await? {
        let table: String = column(&row, "table_name")?;
        if table == FOREIGN {
            continue;
        }
        let kind = match column::<String>(&row, "type")?.as_str() {
            "uuid" => Kind::Id,
            "bytea" => Kind::Bytes,
            "text" => Kind::Text,
            "integer" => Kind::Small,
            "bigint" => Kind::Big,
            "boolean" => Kind::Flag,
            "double precision" => Kind::Real,
            _ => return Err(Error::Schema(table)),
        };
        tables.entry(table).or_default().push(Column { name: column(&row, "name")?, kind });
    }
    Ok(tables)
}

/// The columns of the primary key, or else of a unique constraint.
async fn key(postgres: &Tx, table: &str) -> Result<Vec<String>, StorageError> {
    let sql = format!(
        "select a.attname::text as name from (select indexrelid, indrelid, indkey from pg_index \
           where indrelid = '{table}'::regclass and indisunique and indpred is null \
           order by indisprimary desc, indexrelid limit 1) i \
         cross join lateral unnest(i.indkey) with ordinality as part(number, place) \
         join pg_attribute a on a.attrelid = i.indrelid and a.attnum = part.number order by part.place"
    );
    names(postgres, &sql).await
}

/// Which table refers to which.
async fn references(postgres: &Tx) -> Result<Vec<(String, String)>, StorageError> {
    let sql = "select c.relname::text as name, r.relname::text as target from pg_constraint k \
         join pg_class c on c.oid = k.conrelid join pg_class r on r.oid = k.confrelid \
         where k.contype = 'f' and k.connamespace = current_schema()::regnamespace";
    let rows = db::all(postgres, sql, Vec::new()).await?;
    rows.iter().map(|row| Ok((column(row, "name")?, column(row, "target")?))).collect()
}

/// Each table after those it refers to.
fn in_order(mut tables: BTreeMap<String, Table>, references: &[(String, String)]) -> Vec<Table> {
    let mut ordered = Vec::with_capacity(tables.len());
    while !tables.is_empty() {
        let free = |name: &&String| {
            !references.iter().any(|(from, to)| from == *name && to != *name && tables.contains_key(to))
        };
        // In a circle of references any table is as good as another; the database refuses what it must.
        let Some(name) = tables.keys().find(free).or_else(|| tables.keys().next()).cloned() else { break };
        ordered.extend(tables.remove(&name));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_come_after_those_they_refer_to() {
        let table = |name: &str| {
            (name.to_owned(), Table { name: name.to_owned(), columns: Vec::new(), key: Vec::new() })
        };
        let tables = BTreeMap::from([table("a"), table("b"), table("c")]);
        let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        let references = [pair("a", "b"), pair("b", "c"), pair("c", "c"), pair("a", "elsewhere")];
        let order: Vec<_> = in_order(tables, &references).into_iter().map(|table| table.name).collect();
        assert_eq!(order, ["c", "b", "a"]);
    }
}
