//! Agents: the list, a new one, and one agent with its playground, configuration, versions and
//! executions.

pub mod ask;
pub mod compare;
pub mod configuration;
pub mod detail;
pub mod dialogs;
pub mod draft_form;
pub mod field_names;
pub mod file_input;
pub mod limits;
pub mod lines;
pub mod list;
pub mod new;
pub mod playground;
pub mod publish;
pub mod runs;
pub mod thread;
pub mod variables;
pub mod versions;

pub use detail::AgentPage;
pub use list::AgentsPage;
pub use new::NewAgentPage;
