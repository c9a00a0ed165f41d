//! Agents: a configuration, its draft, its published version and its history.
//!
//! `draft` is what people type, `limits` the part about limits, `config` what it parses into, `template` the starting points,
//! `placeholders` the `{variables}` in texts, `th_file` the exchange format of Toolhouse.

mod config;
mod draft;
mod limits;
mod placeholders;
mod template;
mod th_file;
mod view;

pub use config::{AgentConfig, AgentTool, ModelParameters, Runtime};
pub(crate) use draft::typed;
pub use draft::{AgentDraft, ParametersDraft, PublishDraft};
pub use limits::{Limits, LimitsDraft};
pub use placeholders::{fill, placeholders};
pub use template::{TEMPLATES, Template, template};
pub use th_file::{ThFile, export as export_th_file, import as import_th_file};
pub use view::{Agent, AgentRow, AgentVersion, AgentVersionRow, Change, RunnableAgent, changes};
