//! Databases that exist for one test or one drill, on a PostgreSQL server that the caller names.
//! Nothing but the named database is touched.

mod fill;

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database};

use crate::Error;

pub use fill::fill;

/// A database of its own on a server; [`Scratch::remove`] removes it.
#[derive(Debug, Clone)]
pub struct Scratch {
    server: String,
    name: String,
}

impl Scratch {
    /// Makes the database. Fails when there is one of this name.
    pub async fn create(server: &str, name: &str) -> Result<Self, Error> {
        let scratch = Self { server: server.to_owned(), name: name.to_owned() };
        scratch.administer(&format!("create database {}", quoted(name))).await?;
        Ok(scratch)
    }

    /// Where it is.
    pub fn address(&self) -> String {
        in_database(&self.server, &self.name)
    }

    /// Removes it, whoever is connected.
    pub async fn remove(self) -> Result<(), Error> {
        self.administer(&format!("drop database if exists {} with (force)", quoted(&self.name))).await
    }

    #[expect(clippy::disallowed_methods, reason = "a store opens only databases that exist")]
    async fn administer(&self, sql: &str) -> Result<(), Error> {
        let mut options = ConnectOptions::new(self.server.clone());
        options.max_connections(1).sqlx_logging(false);
        let connection = Database::connect(options).await?;
        connection.execute_unprepared(sql).await?;
        connection.close().await?;
        Ok(())
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The address with another database at its end.
fn in_database(server: &str, name: &str) -> String {
    let (address, options) = server.split_once('?').map_or((server, None), |(a, o)| (a, Some(o)));
    let scheme = address.find("://").map_or(0, |place| place + 3);
    let host_end = address[scheme..].find('/').map_or(address.len(), |place| scheme + place);
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    format!("{}/{name}{options}", &address[..host_end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_database_of_an_address_is_replaced() {
        for (server, wanted) in [
            ("postgres://a@h:5432/postgres", "postgres://a@h:5432/d"),
            ("postgres://a@h:5432", "postgres://a@h:5432/d"),
            ("postgres://a:b@h/x?sslmode=disable", "postgres://a:b@h/d?sslmode=disable"),
        ] {
            assert_eq!(in_database(server, "d"), wanted);
        }
    }
}
