//! One call of a tool: arguments are checked before, the result after, and nothing that goes wrong on
//! the way is more than a report.

use domain::ids::WorkspaceId;
use domain::tools::{CallReport, Finding, ToolAction, ToolConfig, ToolState, Traffic};
use serde_json::Value;

use super::{Tools, builtin, http, schema};

/// Why a call gave no result.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Refused {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// What was sent and what came back.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub(super) request: Option<Traffic>,
    pub(super) response: Option<Traffic>,
}

impl Tools<'_> {
    /// Calls a tool on behalf of the workspace. For operations and the engine; access was checked where
    /// the execution was started.
    pub async fn call(&self, workspace: WorkspaceId, config: &ToolConfig, arguments: &Value) -> CallReport {
        let began = self.0.now();
        let mut trace = Trace::default();
        let mut findings = Vec::new();
        let outcome = self.outcome(workspace, config, arguments, &mut trace, &mut findings).await;
        let (result, refused) = match outcome {
            Ok(result) => (Some(result), None),
            Err(refused) => (None, Some(refused)),
        };
        CallReport {
            ok: refused.is_none(),
            result,
            code: refused.as_ref().map(|refused| refused.code.to_owned()),
            message: refused.map(|refused| refused.message),
            findings,
            request: trace.request,
            response: trace.response,
            took_ms: self.0.now().millis_since(began),
        }
    }

    async fn outcome(
        &self,
        workspace: WorkspaceId,
        config: &ToolConfig,
        arguments: &Value,
        trace: &mut Trace,
        findings: &mut Vec<Finding>,
    ) -> Result<Value, Refused> {
        if config.state == ToolState::Disabled {
            return Err(Refused::new("tool_disabled", "This tool is disabled."));
        }
        *findings = schema::findings(&config.input_schema, arguments);
        if !findings.is_empty() {
            return Err(Refused::new(
                "invalid_arguments",
                told("The arguments do not match their schema", findings),
            ));
        }
        let result = match &config.action {
            ToolAction::Http(tool) => http::call(self.0, workspace, config, tool, arguments, trace).await?,
            ToolAction::Builtin { builtin } => {
                builtin::call(self.0, *builtin, config.timeout_ms, arguments, trace).await?
            }
        };
        if let Some(schema) = &config.output_schema {
            *findings = schema::findings(schema, &result);
            if !findings.is_empty() {
                return Err(Refused::new(
                    "invalid_result",
                    told("The result does not match its schema", findings),
                ));
            }
        }
        Ok(result)
    }
}

fn told(what: &str, findings: &[Finding]) -> String {
    let lines = findings.iter().take(5).map(|finding| match finding.place.as_str() {
        "" => finding.message.clone(),
        place => format!("{place}: {}", finding.message),
    });
    format!("{what}. {}", lines.collect::<Vec<_>>().join(". "))
}
