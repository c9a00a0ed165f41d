//! JSON Schema: definitions that are none are refused when they are typed, values are checked when
//! they matter. Nothing is fetched, and patterns run in time that grows with the text alone.

use domain::Problem;
use domain::problem::Fields;
use domain::tools::{Finding, ToolAction, ToolConfig};
use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;
use serde_json_path::JsonPath;

/// The most findings told about one value.
const MOST: usize = 20;

fn compile(schema: &Value) -> Result<Validator, String> {
    let options = jsonschema::options().with_draft(Draft::Draft202012);
    options.with_pattern_options(PatternOptions::regex()).build(schema).map_err(|error| {
        let place = error.instance_path().to_string();
        let at = if place.is_empty() { String::new() } else { format!(" at {place}") };
        format!(
            "This is no JSON Schema{at}: {}.",
            domain::text::headline(&error.to_string(), 200).trim_end_matches('.')
        )
    })
}

/// Every part of a definition that only a machine can judge.
pub(super) fn check_config(config: &ToolConfig) -> Result<(), Problem> {
    let mut fields = Fields::default();
    fields.take("input_schema", compile(&config.input_schema));
    if let Some(schema) = &config.output_schema {
        fields.take("output_schema", compile(schema));
    }
    if let ToolAction::Http(http) = &config.action
        && let Some(path) = &http.result_path
    {
        fields.take("result_path", path_of(path));
    }
    if fields.is_empty() { Ok(()) } else { Err(fields.problem()) }
}

/// Where a value does not match a schema.
pub(super) fn findings(schema: &Value, value: &Value) -> Vec<Finding> {
    let validator = match compile(schema) {
        Ok(validator) => validator,
        Err(message) => return vec![Finding { place: String::new(), message }],
    };
    let told = validator.iter_errors(value).take(MOST).map(|error| Finding {
        place: error.instance_path().to_string(),
        message: domain::text::headline(&error.to_string(), 300),
    });
    told.collect()
}

/// Reads a JSONPath.
pub(super) fn path_of(text: &str) -> Result<JsonPath, String> {
    JsonPath::parse(text).map_err(|error| {
        format!("This is no JSONPath at place {}: {}.", error.position() + 1, error.message())
    })
}
