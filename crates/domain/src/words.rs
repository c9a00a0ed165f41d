//! Enums that are stored, sent and described by one word each.
//!
//! The macro names each word once. Serde and the database use it, and so does the schema: deriving that
//! would read the names of the variants, because a derive cannot see the words a macro was given.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

/// The schema of a text that is one of these words.
pub(crate) fn schema(description: &str, words: impl Iterator<Item = &'static str>) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description.trim()))
        .enum_values(Some(words))
        .into()
}

/// Makes enums with a word for each value, all that is known of them.
macro_rules! words {
    ($($(#[doc = $doc:literal])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal;)* })*) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),* }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The word stored and sent.
            pub const fn word(self) -> &'static str { match self { $(Self::$variant => $word),* } }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.word()) }
        }
        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                Self::ALL.iter().copied().find(|value| value.word() == text)
                    .ok_or_else(|| format!("Use one of: {}.", Self::ALL.iter().map(|v| v.word()).collect::<Vec<_>>().join(", ")))
            }
        }
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $crate::words::schema(concat!($($doc),*), Self::ALL.iter().map(|value| value.word()))
            }
        }
        impl utoipa::ToSchema for $name {}
    )*};
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use utoipa::PartialSchema;

    use crate::access::Permission;
    use crate::bulk::{BulkChoice, BulkKind, BulkOutcome, BulkStatus};
    use crate::executions::{Reason, Status};
    use crate::problem::Kind;
    use crate::schedules::{FiringOutcome, ScheduleState, SkipReason};

    fn check<T: PartialSchema + Serialize>(all: &[T]) {
        let schema = serde_json::to_value(T::schema()).expect("a schema is JSON");
        assert_eq!(schema["type"], "string");
        assert!(!all.is_empty());
        assert_eq!(schema["enum"], serde_json::to_value(all).expect("words are JSON"));
        let description = schema["description"].as_str().expect("a description");
        assert!(description.len() > 5 && description.trim() == description, "{description:?}");
    }

    #[test]
    fn schemas_name_the_words_that_are_sent() {
        check(Status::ALL);
        check(Reason::ALL);
        check(Kind::ALL);
        check(Permission::ALL);
        check(BulkKind::ALL);
        check(BulkStatus::ALL);
        check(BulkOutcome::ALL);
        check(BulkChoice::ALL);
        check(ScheduleState::ALL);
        check(FiringOutcome::ALL);
        check(SkipReason::ALL);
    }

    #[test]
    fn words_are_read_back() {
        for status in Status::ALL {
            assert_eq!(status.word().parse(), Ok(*status));
        }
        assert!("Queued".parse::<Status>().is_err());
    }
}
