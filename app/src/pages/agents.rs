//! Agents: the list, a new one, and one agent with its playground, configuration, versions and
//! executions.

mod compare;
mod configuration;
mod detail;
mod dialogs;
mod draft_form;
mod field_names;
mod file_input;
mod limits;
mod lines;
mod list;
mod new;
mod playground;
mod publish;
mod runs;
mod thread;
mod variables;
mod versions;

pub use detail::AgentPage;
pub use list::AgentsPage;
pub use new::NewAgentPage;
