//! Tests that run twice. For the tests of the rooms above, which keep `scratch.rs` beside this file in a module `it`.

/// Writes two tests for each named `async fn name()`: one on SQLite, one on PostgreSQL. Without a
/// PostgreSQL the second one says that it was skipped.
macro_rules! both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name().await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                $crate::it::scratch::on_postgres(super::$name()).await;
            })*
        }
    };
}
