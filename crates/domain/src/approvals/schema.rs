//! The part of JSON Schema that a form can show: one object of plain properties. Anything else is
//! refused when it is typed, rather than ignored when it matters.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::problem::Fields;
use crate::text;

/// The most fields of a question.
const MOST: usize = 20;
/// The most characters of one answer.
const LONGEST: u32 = 10_000;

/// The word `object`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ObjectWord {
    /// An object.
    #[default]
    Object,
}

/// An object of plain properties.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FieldSchema {
    r#type: ObjectWord,
    /// The fields by name.
    pub properties: BTreeMap<String, Field>,
    /// Those that must be filled in.
    pub required: Vec<String>,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FieldKind {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Field {
    /// What it holds.
    pub r#type: FieldKind,
    /// Its label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A word about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The texts to choose from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub r#enum: Vec<String>,
    /// The least characters of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u32>,
    /// The most characters of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// The least number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<i64>,
    /// The greatest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<i64>,
}

impl FieldSchema {
    /// Reads a schema; an empty text means no fields.
    pub fn parse(typed: &str) -> Result<Self, String> {
        if typed.trim().is_empty() {
            return Ok(Self::default());
        }
        let schema: Self = serde_json::from_str(typed).map_err(|error| {
            format!("Give a JSON Schema of an object with plain properties (string, integer, number, boolean): {error}.")
        })?;
        if schema.properties.len() > MOST {
            return Err(format!("Use at most {MOST} fields."));
        }
        if let Some(name) = schema.properties.keys().find(|name| name.is_empty() || name.len() > 64) {
            return Err(format!(
                "Name fields with 1 to 64 characters; \"{}\" is not.",
                text::headline(name, 40)
            ));
        }
        if let Some(name) = schema.properties.keys().find(|name| name.contains(['[', ']', '&', '='])) {
            return Err(format!("Leave brackets, & and = out of \"{}\".", text::headline(name, 40)));
        }
        if let Some(name) = schema.required.iter().find(|name| !schema.properties.contains_key(*name)) {
            return Err(format!(
                "\"{}\" is required but not among the properties.",
                text::headline(name, 40)
            ));
        }
        Ok(schema)
    }

    /// The schema as text; empty without fields.
    pub fn text(&self) -> String {
        if self.properties.is_empty() {
            return String::new();
        }
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads an answer; wrong fields are added.
    pub(crate) fn read(&self, given: &Map<String, Value>, wrong: &mut Fields) -> Map<String, Value> {
        let mut read = Map::new();
        for name in given.keys().filter(|name| !self.properties.contains_key(*name)) {
            wrong.add(
                format!("fields.{}", text::headline(name, 64)),
                "The question has no field of this name.",
            );
        }
        for (name, field) in &self.properties {
            let value = given.get(name).filter(|value| !value.is_null() && *value != "");
            match value {
                None if self.required.contains(name) => {
                    wrong.add(format!("fields.{name}"), "Fill this in.");
                }
                None => {}
                Some(value) => {
                    if let Some(value) = wrong.take(&format!("fields.{name}"), field.read(value)) {
                        read.insert(name.clone(), value);
                    }
                }
            }
        }
        read
    }
}

impl Field {
    /// Reads a value; typed text counts for numbers and for yes or no.
    fn read(&self, value: &Value) -> Result<Value, String> {
        let typed = value.as_str().map(str::trim);
        match self.r#type {
            FieldKind::String => {
                let text = typed.ok_or("Give a text.")?;
                let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
                let (least, most) = (self.min_length.unwrap_or(0), self.max_length.unwrap_or(LONGEST));
                if length < least || length > most.min(LONGEST) {
                    return Err(format!("Give {least} to {} characters.", most.min(LONGEST)));
                }
                if !self.r#enum.is_empty() && !self.r#enum.iter().any(|choice| choice == text) {
                    return Err(format!("Choose one of: {}.", self.r#enum.join(", ")));
                }
                Ok(text.into())
            }
            FieldKind::Integer => {
                let number = value.as_i64().or_else(|| typed?.parse().ok());
                let number = number.ok_or("Give a whole number.")?;
                self.within(
                    number >= self.minimum.unwrap_or(i64::MIN),
                    number <= self.maximum.unwrap_or(i64::MAX),
                )?;
                Ok(number.into())
            }
            FieldKind::Number => {
                let number = value.as_f64().or_else(|| typed?.parse().ok()).filter(|n: &f64| n.is_finite());
                let number = number.ok_or("Give a number.")?;
                #[expect(clippy::cast_precision_loss, reason = "bounds are small whole numbers")]
                let bound = |bound: i64| bound as f64;
                self.within(
                    self.minimum.is_none_or(|least| number >= bound(least)),
                    self.maximum.is_none_or(|most| number <= bound(most)),
                )?;
                Ok(number.into())
            }
            FieldKind::Boolean => match (value.as_bool(), typed) {
                (Some(flag), _) => Ok(flag.into()),
                (None, Some("true" | "on")) => Ok(true.into()),
                (None, Some("false")) => Ok(false.into()),
                (None, _) => Err("Say true or false.".to_owned()),
            },
        }
    }

    fn within(&self, not_below: bool, not_above: bool) -> Result<(), String> {
        match (not_below, not_above, self.minimum, self.maximum) {
            (true, true, _, _) => Ok(()),
            (_, _, Some(least), Some(most)) => Err(format!("Give a number from {least} to {most}.")),
            (false, _, Some(least), _) => Err(format!("Give a number of at least {least}.")),
            (_, _, _, most) => Err(format!("Give a number of at most {}.", most.unwrap_or(i64::MAX))),
        }
    }
}
