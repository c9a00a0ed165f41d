//! Tools: what an agent may call, its versions, and what it promises.
//!
//! `draft` is what people type, `config` what it parses into, `pairs` the lines of headers and query, `schemas` what
//! is judged of schemas,
//! `template` the `{arguments}` and `${secret.NAME}` in texts, `builtin` what needs no address,
//! `arithmetic` its calculator, `view` what is shown.

mod arithmetic;
mod builtin;
mod config;
mod draft;
mod pairs;
mod schemas;
mod template;
mod view;

pub use arithmetic::calculate;
pub use builtin::{Builtin, tell_time};
pub use config::{ApprovalRule, HttpTool, Method, ToolAction, ToolConfig, ToolState};
pub use draft::ToolDraft;
pub use pairs::Pair;
pub use template::{Part, arguments, parts, secrets};
pub use view::{CallReport, Finding, Tool, ToolRow, ToolUser, ToolVersion, ToolVersionRow, Traffic};
