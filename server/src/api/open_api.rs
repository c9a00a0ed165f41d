//! The OpenAPI 3.1 document: what the routes say of themselves, and what all of them share.
//!
//! Refusals are the same everywhere, so they are added here by the shape of an operation instead of
//! being repeated at each handler.

use domain::{Kind, Permission};
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::schema::{Schema, SchemaType, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, Ref, RefOr, Response,
    ResponseBuilder, Server,
};
use utoipa::{PartialSchema as _, ToSchema as _};
use utoipa_axum::router::OpenApiRouter;

use crate::reply::ProblemBody;
use crate::state::AppState;

const TAGS: [(&str, &str); 11] = [
    ("Agents", "Configurations that can be run: one draft, one published version, older versions."),
    ("Versions", "Publishing, comparing and restoring."),
    ("Executions", "One run of one agent version on one input, and its story."),
    ("Tools", "What agents may call, its versions, and the secrets it uses."),
    ("Schedules", "When an agent runs by itself, and what became of each due time."),
    ("Batches", "One agent over the rows of a file."),
    ("API keys", "What programs sign in with."),
    ("Workspace", "What is around agents and executions."),
    ("Sessions", "Sessions of people over plain HTTP. API keys are not accepted here."),
    ("Account", "One's own account, and what one-time links do. For people, like sessions."),
    ("Members", "Who belongs to a workspace. For people, like sessions."),
];

/// The document of everything under `/api/v1` and `/auth`.
pub(super) fn document() -> OpenApi {
    let routes: OpenApiRouter<AppState> =
        OpenApiRouter::with_openapi(frame()).nest("/api/v1", super::api()).merge(super::auth());
    let mut document = routes.into_openapi();
    for item in document.paths.paths.values_mut() {
        for operation in operations(item) {
            add_refusals(operation);
        }
    }
    let components = document.components.get_or_insert_default();
    for kind in refusals() {
        components.responses.insert(name(kind), RefOr::T(refusal(kind)));
    }
    for name in ["LimitsDraft", "ParametersDraft"] {
        if let Some(RefOr::T(Schema::Object(draft))) = components.schemas.get_mut(name) {
            draft.properties.values_mut().for_each(take_numbers);
        }
    }
    for (name, field) in [
        ("ScheduleDraft", "missed_limit"),
        ("ScheduleDraft", "priority"),
        ("RerunDraft", "priority"),
        ("BatchDraft", "rows_at_once"),
    ] {
        if let Some(RefOr::T(Schema::Object(draft))) = components.schemas.get_mut(name) {
            draft.properties.get_mut(field).into_iter().for_each(take_numbers);
        }
    }
    document
}

/// Drafts hold text as typed; programs may send numbers and flags as such.
fn take_numbers(field: &mut RefOr<Schema>) {
    if let RefOr::T(Schema::Object(field)) = field {
        field.schema_type = SchemaType::Array(vec![Type::Number, Type::String, Type::Boolean]);
    }
}

/// What is not about one route.
fn frame() -> OpenApi {
    let description = "The REST API of this Shopfloor server. Programs send an API key as \
        `Authorization: Bearer sf_…`; errors are `application/problem+json` with a stable `code`; lists \
        come in pages of `{items, next_cursor}`; times are RFC 3339 in UTC.";
    let info = InfoBuilder::new()
        .title("Shopfloor")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(description))
        .build();
    let tags = TAGS.map(|(name, text)| TagBuilder::new().name(name).description(Some(text)).build());
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new("/")]))
        .tags(Some(tags))
        .security(Some([SecurityRequirement::new("key", [] as [&str; 0])]))
        .components(Some(shared()))
        .build()
}

/// Ways to sign in, and the schemas of problems.
fn shared() -> Components {
    let scopes: Vec<_> = Permission::for_keys().map(|scope| format!("`{scope}`")).collect();
    let key = format!("An API key, `sf_…`. Its scopes decide what it may do: {}.", scopes.join(", "));
    let session = "The access token that `POST /auth/sign-in` answers with.";
    let mut schemas = Vec::new();
    ProblemBody::schemas(&mut schemas);
    schemas.push(("Problem".to_owned(), ProblemBody::schema()));
    let mut components = Components::new();
    components.schemas.extend(schemas);
    components.schemas.insert("Kind".to_owned(), Kind::schema());
    components.security_schemes.insert("key".to_owned(), RefOr::T(bearer(&key, None)));
    components.security_schemes.insert("session".to_owned(), RefOr::T(bearer(session, Some("JWT"))));
    components
}

fn bearer(description: &str, format: Option<&str>) -> SecurityScheme {
    let http = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(description));
    let http: Http = match format {
        Some(format) => http.bearer_format(format).build(),
        None => http.build(),
    };
    SecurityScheme::Http(http)
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}

/// Every status that a refusal can have, by the first kind of it.
fn refusals() -> impl Iterator<Item = Kind> {
    let known = |kind: Kind| Kind::ALL.iter().find(|other| other.status() == kind.status()) == Some(&kind);
    Kind::ALL.iter().copied().filter(move |kind| known(*kind))
}

/// The name of a refusal among the reusable responses.
fn name(kind: Kind) -> String {
    format!("Problem{}", kind.status())
}

/// A reusable response: every code that comes with its status.
fn refusal(kind: Kind) -> Response {
    let codes = Kind::ALL.iter().filter(|other| other.status() == kind.status());
    let codes: Vec<_> = codes.map(|kind| format!("`{}`: {}", kind.code(), kind.title())).collect();
    let schema = Ref::from_schema_name("Problem");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new()
        .description(format!("{}.", codes.join("; ")))
        .content("application/problem+json", content)
        .build()
}

/// Adds the refusals that an operation of this shape can answer with.
fn add_refusals(operation: &mut Operation) {
    let parameters = operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some((parameter.parameter_in.clone(), parameter.name.clone())),
        RefOr::Ref(_) => None,
    });
    let parameters: Vec<_> = parameters.collect();
    let has = |place: ParameterIn| parameters.iter().any(|(own, _)| *own == place);
    let edits = parameters.iter().any(|(_, name)| name == "If-Match");
    let writes = operation.request_body.is_some();
    let mut statuses = vec![401, 403, 429, 500, 503];
    if matches!(operation.operation_id.as_deref(), Some("publish_agent" | "connect_toolhouse")) {
        statuses.extend([409, 502, 504]);
    }
    if writes {
        statuses.extend([400, 408, 413, 415, 422]);
    }
    if has(ParameterIn::Query) {
        statuses.push(400);
    }
    if has(ParameterIn::Path) {
        statuses.extend([400, 404]);
        let id = operation.operation_id.as_deref().unwrap_or_default();
        let verbs = ["cancel_", "pause_", "resume_", "disconnect_", "run_", "rerun_"];
        if writes || verbs.iter().any(|verb| id.starts_with(verb)) {
            statuses.push(409);
        }
    }
    if edits {
        statuses.extend([409, 428]);
    }
    for status in statuses {
        let shared = RefOr::Ref(Ref::new(format!("#/components/responses/Problem{status}")));
        operation.responses.responses.entry(status.to_string()).or_insert(shared);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    fn whole() -> Value {
        serde_json::to_value(document()).expect("a document is JSON")
    }

    fn references(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                into.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
                map.values().for_each(|value| references(value, into));
            }
            Value::Array(list) => list.iter().for_each(|value| references(value, into)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    #[test]
    fn everything_that_is_referred_to_is_there() {
        let document = whole();
        let mut names = BTreeSet::new();
        references(&document, &mut names);
        assert!(names.len() > 20, "{names:?}");
        for name in names {
            let pointer = name.strip_prefix('#').expect("a reference inside the document");
            assert!(document.pointer(pointer).is_some(), "{name}");
        }
    }

    #[test]
    fn every_operation_is_described_and_can_be_refused() {
        let document = whole();
        assert_eq!(document["openapi"], "3.1.0");
        let mut ids = BTreeSet::new();
        for (path, item) in document["paths"].as_object().expect("paths") {
            assert!(path.starts_with("/api/v1/") || path.starts_with("/auth/"), "{path}");
            for (method, operation) in item.as_object().expect("methods") {
                let place = format!("{method} {path}");
                assert!(operation["summary"].as_str().is_some_and(|text| !text.ends_with('.')), "{place}");
                assert!(operation["responses"]["401"].is_object(), "{place}");
                assert!(TAGS.iter().any(|(tag, _)| operation["tags"] == serde_json::json!([tag])), "{place}");
                assert!(ids.insert(operation["operationId"].to_string()), "{place}");
                let body = matches!(method.as_str(), "patch" | "put");
                assert!(!body || operation["requestBody"].is_object(), "{place}");
            }
        }
        assert!(ids.len() >= 45, "{}", ids.len());
    }
}
