//! The table of who may do what: one line for every route, page and server function.
//!
//! Callers, in this order: no one, a stranger (member of another workspace, or its key), viewer,
//! member, admin, owner, a key without the first scope named, a key with the scopes named. `A` is
//! allowed, `1`, `3` and `4` are refused with 401, 403 and 404, `>` is sent to the sign-in page.
//! Where no scope is named, both keys may do everything a key can.

/// A route and who may use it.
pub(super) struct Line {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) callers: &'static str,
    pub(super) scopes: &'static str,
    pub(super) body: &'static str,
}

const fn line(
    method: &'static str,
    path: &'static str,
    callers: &'static str,
    scopes: &'static str,
    body: &'static str,
) -> Line {
    Line { method, path, callers, scopes, body }
}

/// Anybody may.
const OPEN: &str = "AAAAAAAA";
/// Machines only: a stranger's key sees its own workspace.
const KEYS_OWN: &str = "1A11113A";
/// Machines only: a stranger's key is told there is no such thing.
const KEYS: &str = "1411113A";
/// Machines only, whatever their scopes.
const ANY_KEY: &str = "1A1111AA";
/// Anybody who is signed in, about themselves.
const PEOPLE: &str = "1AAAAA11";
/// Every member.
const VIEWER: &str = "14AAAA11";
const MEMBER: &str = "143AAA11";
const ADMIN: &str = "1433AA11";
/// Pages of a workspace. What a role may not see is left out of the page.
const PAGE: &str = ">4AAAA>>";

#[rustfmt::skip]
pub(super) const LINES: &[Line] = &[
    line("GET", "/healthz", OPEN, "", ""),
    line("GET", "/readyz", OPEN, "", ""),
    line("GET", "/api/openapi.json", OPEN, "", ""),
    line("GET", "/api/docs", OPEN, "", ""),
    line("GET", "/api/docs.css", OPEN, "", ""),
    line("POST", "/appearance", OPEN, "", "theme=dark&next=/"),
    line("GET", "/live/executions/{id}", VIEWER, "", ""),
    line("GET", "/download/batches/{id}", VIEWER, "", ""),
    line("POST", "/fn/{*name}", "44444444", "", ""),

    line("GET", "/api/v1/agents", KEYS_OWN, "agents:read", ""),
    line("POST", "/api/v1/agents", KEYS_OWN, "agents:write", r#"{"title": "New"}"#),
    line("GET", "/api/v1/agents/{id}", KEYS, "agents:read", ""),
    line("PATCH", "/api/v1/agents/{id}", KEYS, "agents:write", r#"{"title": "Triage Zugspitze 2", "revision": 1}"#),
    line("POST", "/api/v1/agents/{id}/publish", KEYS, "agents:write", "{}"),
    line("GET", "/api/v1/agents/{id}/versions", KEYS, "agents:read", ""),
    line("GET", "/api/v1/agents/{id}/versions/{n}", KEYS, "agents:read", ""),
    line("POST", "/api/v1/agents/{id}/versions/{n}/restore", KEYS, "agents:write", ""),
    line("GET", "/api/v1/agents/{id}/diff", KEYS, "agents:read", ""),
    line("GET", "/api/v1/agents/{id}/th-file", KEYS, "agents:read", ""),
    line("POST", "/api/v1/agents/import", KEYS_OWN, "agents:write", r#"{"file": "title: Imported\nprompt: Answer.\n"}"#),
    line("GET", "/api/v1/agent-templates", ANY_KEY, "agents:read", ""),
    line("POST", "/api/v1/agents/{id}/executions", KEYS, "executions:write", r#"{"message": "Hello"}"#),
    line("GET", "/api/v1/executions", KEYS_OWN, "executions:read", ""),
    line("GET", "/api/v1/executions/histogram", KEYS_OWN, "executions:read", ""),
    line("GET", "/api/v1/executions/{id}", KEYS, "executions:read", ""),
    line("GET", "/api/v1/executions/{id}/events", KEYS, "executions:read", ""),
    line("POST", "/api/v1/executions/{id}/cancel", KEYS, "executions:write", ""),
    line("POST", "/api/v1/executions/{id}/messages", KEYS, "executions:write", r#"{"message": "More"}"#),
    line("GET", "/api/v1/schedules", KEYS_OWN, "schedules:read", ""),
    line("POST", "/api/v1/schedules", KEYS, "schedules:write executions:write", r#"{"name": "New", "agent": "{agent}", "cron": "0 9 * * *", "vars": {}}"#),
    line("POST", "/api/v1/schedules/preview", KEYS_OWN, "schedules:read", r#"{"cron": "0 9 * * *"}"#),
    line("GET", "/api/v1/schedules/{id}", KEYS, "schedules:read", ""),
    line("PUT", "/api/v1/schedules/{id}", KEYS, "schedules:write executions:write", r#"{"name": "Morning", "agent": "{agent}", "cron": "0 9 * * *"}"#),
    line("POST", "/api/v1/schedules/{id}/pause", KEYS, "schedules:write", ""),
    line("POST", "/api/v1/schedules/{id}/resume", KEYS, "schedules:write", ""),
    line("GET", "/api/v1/schedules/{id}/firings", KEYS, "schedules:read", ""),
    line("GET", "/api/v1/batches", KEYS_OWN, "executions:read", ""),
    line("POST", "/api/v1/batches", KEYS, "executions:write", r#"{"name": "New", "agent": "{agent}", "data": "message\nHello\n"}"#),
    line("POST", "/api/v1/batches/check", KEYS, "executions:write", r#"{"agent": "{agent}", "data": "message\nHello\n"}"#),
    line("GET", "/api/v1/batches/{id}", KEYS, "executions:read", ""),
    line("GET", "/api/v1/batches/{id}/rows", KEYS, "executions:read", ""),
    line("GET", "/api/v1/batches/{id}/results", KEYS, "executions:read payloads:read", ""),
    line("POST", "/api/v1/batches/{id}/pause", KEYS, "executions:write", ""),
    line("POST", "/api/v1/batches/{id}/resume", KEYS, "executions:write", ""),
    line("POST", "/api/v1/batches/{id}/cancel", KEYS, "executions:write", ""),
    line("POST", "/api/v1/executions/{id}/rerun", KEYS, "executions:write", ""),
    line("POST", "/api/v1/executions/{id}/answer", KEYS, "approvals:write", r#"{"decision": "approve"}"#),
    line("DELETE", "/api/v1/agents/{id}/cache", KEYS, "agents:write", ""),
    line("GET", "/api/v1/queue", KEYS_OWN, "executions:read", ""),
    line("GET", "/api/v1/workers", KEYS_OWN, "executions:read", ""),
    line("POST", "/api/v1/bulk-actions/preview", KEYS_OWN, "executions:read", "{}"),
    line("POST", "/api/v1/bulk-actions", KEYS_OWN, "executions:write", r#"{"kind": "cancel", "filter": {"status": "queued"}}"#),
    line("GET", "/api/v1/bulk-actions", KEYS_OWN, "executions:read", ""),
    line("GET", "/api/v1/bulk-actions/{id}", KEYS, "executions:read", ""),
    line("GET", "/api/v1/bulk-actions/{id}/rows", KEYS, "executions:read", ""),
    line("POST", "/api/v1/bulk-actions/{id}/stop", KEYS, "executions:write", ""),
    line("GET", "/api/v1/api-keys", KEYS_OWN, "keys:write", ""),
    line("POST", "/api/v1/api-keys", KEYS_OWN, "keys:write", r#"{"name": "child", "scopes": ["keys:write"]}"#),
    line("DELETE", "/api/v1/schedules/{id}", KEYS, "schedules:write", ""),
    line("DELETE", "/api/v1/api-keys/{id}", KEYS, "keys:write", ""),
    line("GET", "/api/v1/me", ANY_KEY, "agents:read", ""),
    line("GET", "/api/v1/audit", KEYS_OWN, "audit:read", ""),
    line("GET", "/api/v1/overview", KEYS_OWN, "executions:read agents:read", ""),
    line("GET", "/api/v1/toolhouse", KEYS_OWN, "agents:read", ""),
    line("GET", "/api/v1/data", KEYS_OWN, "data:write", ""),
    line("PUT", "/api/v1/data/retention", KEYS_OWN, "data:write", r#"{"executions_days": "90"}"#),

    line("POST", "/auth/sign-in", OPEN, "", r#"{"email": "owner@example.com", "password": "correct horse battery"}"#),
    line("POST", "/auth/refresh", OPEN, "", r#"{"refresh_token": "{refresh}"}"#),
    line("POST", "/auth/sign-out", PEOPLE, "", ""),
    line("GET", "/auth/sessions", PEOPLE, "", ""),
    line("DELETE", "/auth/sessions", PEOPLE, "", ""),
    line("GET", "/auth/account", PEOPLE, "", ""),
    line("PATCH", "/auth/account", PEOPLE, "", r#"{"name": "Somebody"}"#),
    line("POST", "/auth/account/workspaces", PEOPLE, "", r#"{"token": "none"}"#),
    line("POST", "/auth/password", PEOPLE, "", r#"{"current": "correct horse battery", "new": "correct horse battery"}"#),
    line("POST", "/auth/password/reset", OPEN, "", r#"{"token": "none", "password": "correct horse battery"}"#),
    line("POST", "/auth/link", OPEN, "", r#"{"token": "none"}"#),
    line("POST", "/auth/setup", OPEN, "", r#"{"token": "none", "email": "a@example.com", "password": "correct horse battery"}"#),
    line("POST", "/auth/invitation", OPEN, "", r#"{"token": "none", "email": "a@example.com", "password": "correct horse battery"}"#),
    line("GET", "/auth/workspaces/{workspace}/members", VIEWER, "", ""),
    line("DELETE", "/auth/workspaces/{workspace}/members/{id}", ADMIN, "", ""),
    line("PUT", "/auth/workspaces/{workspace}/members/{id}/role", ADMIN, "", r#"{"role": "member"}"#),
    line("PUT", "/auth/workspaces/{workspace}/members/{id}/payload-right", ADMIN, "", r#"{"sees_payloads": false}"#),
    line("GET", "/auth/workspaces/{workspace}/invitations", ADMIN, "", ""),
    line("POST", "/auth/workspaces/{workspace}/invitations", ADMIN, "", r#"{"email": "new@example.com", "role": "viewer"}"#),
    line("DELETE", "/auth/workspaces/{workspace}/invitations/{id}", ADMIN, "", ""),
    line("PUT", "/auth/workspaces/{workspace}/toolhouse", ADMIN, "", r#"{"key": "no-key"}"#),
    line("DELETE", "/auth/workspaces/{workspace}/toolhouse", ADMIN, "", ""),
    line("DELETE", "/auth/sessions/{id}", PEOPLE, "", ""),

    line("GET", "/", OPEN, "", ""),
    line("GET", "/sign-in", OPEN, "", ""),
    line("GET", "/setup", OPEN, "", ""),
    line("GET", "/invitation", OPEN, "", ""),
    line("GET", "/reset", OPEN, "", ""),
    line("GET", "/w/{workspace}", PAGE, "", ""),
    line("GET", "/w/{workspace}/agents", PAGE, "", ""),
    line("GET", "/w/{workspace}/agents/new", PAGE, "", ""),
    line("GET", "/w/{workspace}/agents/{slug}/{tab}", PAGE, "", ""),
    line("GET", "/w/{workspace}/executions", PAGE, "", ""),
    line("GET", "/w/{workspace}/executions/bulk", PAGE, "", ""),
    line("GET", "/w/{workspace}/executions/bulk/new", PAGE, "", ""),
    line("GET", "/w/{workspace}/executions/bulk/{id}", PAGE, "", ""),
    line("GET", "/w/{workspace}/executions/{id}", PAGE, "", ""),
    line("GET", "/w/{workspace}/queue", PAGE, "", ""),
    line("GET", "/w/{workspace}/schedules", PAGE, "", ""),
    line("GET", "/w/{workspace}/schedules/new", PAGE, "", ""),
    line("GET", "/w/{workspace}/schedules/{id}", PAGE, "", ""),
    line("GET", "/w/{workspace}/schedules/{id}/edit", PAGE, "", ""),
    line("GET", "/w/{workspace}/batches", PAGE, "", ""),
    line("GET", "/w/{workspace}/batches/new", PAGE, "", ""),
    line("GET", "/w/{workspace}/batches/{id}", PAGE, "", ""),
    line("GET", "/w/{workspace}/audit", PAGE, "", ""),
    line("GET", "/w/{workspace}/settings", PAGE, "", ""),
    line("GET", "/w/{workspace}/settings/{section}", PAGE, "", ""),

    line("POST", "/fn/accounts/home", OPEN, "", ""),
    line("POST", "/fn/accounts/sign_in", OPEN, "", "email=owner@example.com&password={password}"),
    line("POST", "/fn/accounts/sign_out", OPEN, "", ""),
    line("POST", "/fn/accounts/link", OPEN, "", "token=none"),
    line("POST", "/fn/accounts/setup", OPEN, "", "token=none&email=a@example.com&name=A&password={password}&workspace=W"),
    line("POST", "/fn/accounts/accept_invitation", OPEN, "", "token=none&email=a@example.com&name=A&password={password}"),
    line("POST", "/fn/accounts/join", PEOPLE, "", "token=none"),
    line("POST", "/fn/accounts/reset_password", OPEN, "", "token=none&password={password}"),
    line("POST", "/fn/accounts/profile", PEOPLE, "", ""),
    line("POST", "/fn/accounts/update_profile", PEOPLE, "", "name=Somebody"),
    line("POST", "/fn/accounts/change_password", PEOPLE, "", "current={password}&new={password}"),
    line("POST", "/fn/accounts/sessions", PEOPLE, "", ""),
    line("POST", "/fn/accounts/revoke_session", PEOPLE, "", "session={session}"),
    line("POST", "/fn/accounts/revoke_other_sessions", PEOPLE, "", ""),

    line("POST", "/fn/agents/list_agents", VIEWER, "", "workspace=home&archived=false"),
    line("POST", "/fn/agents/get_agent", VIEWER, "", "workspace=home&slug=triage-zugspitze"),
    line("POST", "/fn/agents/create_agent", MEMBER, "", "workspace=home&draft[title]=New"),
    line("POST", "/fn/agents/import_agent", MEMBER, "", "workspace=home&file=title: Imported"),
    line("POST", "/fn/agents/export_agent", VIEWER, "", "workspace=home&agent={agent}"),
    line("POST", "/fn/agents/update_agent", MEMBER, "", "workspace=home&agent={agent}&revision=1&draft[title]=Zugspitze"),
    line("POST", "/fn/agents/publish_agent", MEMBER, "", "workspace=home&agent={agent}&publish[note]=Better"),
    line("POST", "/fn/agents/list_versions", VIEWER, "", "workspace=home&agent={agent}"),
    line("POST", "/fn/agents/diff_versions", VIEWER, "", "workspace=home&agent={agent}&from=1"),
    line("POST", "/fn/agents/restore_version", MEMBER, "", "workspace=home&agent={agent}&number=1&revision=1"),

    line("POST", "/fn/api_keys/list_api_keys", ADMIN, "", "workspace=home"),
    line("POST", "/fn/api_keys/create_api_key", ADMIN, "", "workspace=home&draft[name]=New&draft[scopes][0]=agents:read"),
    line("POST", "/fn/api_keys/revoke_api_key", ADMIN, "", "workspace=home&key={key}"),
    line("POST", "/fn/api_keys/take_new_key", ADMIN, "", "workspace=home"),
    line("POST", "/fn/audit/list_audit", ADMIN, "", "workspace=home&filter[action]="),

    line("POST", "/fn/executions/start_execution", MEMBER, "", "workspace=home&agent={agent}&start[message]=Hi&start[vars][who]=me&start[version]="),
    line("POST", "/fn/executions/follow_up", MEMBER, "", "workspace=home&execution={execution}&message=More"),
    line("POST", "/fn/executions/list_executions", VIEWER, "", "workspace=home&filter[status][0]=failed"),
    line("POST", "/fn/executions/get_histogram", VIEWER, "", "workspace=home&filter[status]=failed&span=7d"),
    line("POST", "/fn/executions/list_events", VIEWER, "", "workspace=home&execution={execution}&after=0"),
    line("POST", "/fn/executions/cancel_execution", MEMBER, "", "workspace=home&execution={execution}"),
    line("POST", "/fn/executions/rerun_execution", MEMBER, "", "workspace=home&execution={execution}"),
    line("POST", "/fn/executions/answer_approval", MEMBER, "", "workspace=home&execution={execution}&answer[decision]=approve"),
    line("POST", "/fn/executions/get_execution", VIEWER, "", "workspace=home&execution={execution}"),

    line("POST", "/fn/bulk/preview_bulk", VIEWER, "", "workspace=home&filter[status]=failed"),
    line("POST", "/fn/bulk/start_bulk", MEMBER, "", "workspace=home&kind=cancel&filter[status]=succeeded&choice=original&expected=0"),
    line("POST", "/fn/bulk/get_bulk", VIEWER, "", "workspace=home&bulk={bulk}&after=0"),
    line("POST", "/fn/bulk/list_bulk", VIEWER, "", "workspace=home"),
    line("POST", "/fn/bulk/stop_bulk", MEMBER, "", "workspace=home&bulk={bulk}"),

    line("POST", "/fn/schedules/list_schedules", VIEWER, "", "workspace=home"),
    line("POST", "/fn/schedules/get_schedule", VIEWER, "", "workspace=home&schedule={schedule}"),
    line("POST", "/fn/schedules/load_schedule_form", VIEWER, "", "workspace=home&schedule={schedule}"),
    line("POST", "/fn/schedules/preview_schedule", VIEWER, "", "workspace=home&draft[cron]=0 9 * * *"),
    line("POST", "/fn/schedules/create_schedule", MEMBER, "", "workspace=home&draft[name]=New&draft[agent]={agent}&draft[cron]=0 9 * * *"),
    line("POST", "/fn/schedules/update_schedule", MEMBER, "", "workspace=home&schedule={schedule}&revision=1&draft[name]=New&draft[agent]={agent}&draft[cron]=0 9 * * *"),
    line("POST", "/fn/schedules/pause_schedule", MEMBER, "", "workspace=home&schedule={schedule}"),
    line("POST", "/fn/schedules/resume_schedule", MEMBER, "", "workspace=home&schedule={schedule}"),
    line("POST", "/fn/schedules/delete_schedule", MEMBER, "", "workspace=home&schedule={schedule}"),

    line("POST", "/fn/batches/list_batches", VIEWER, "", "workspace=home"),
    line("POST", "/fn/batches/get_batch", VIEWER, "", "workspace=home&batch={batch}"),
    line("POST", "/fn/batches/batch_agents", VIEWER, "", "workspace=home"),
    line("POST", "/fn/batches/check_batch", MEMBER, "", "workspace=home&draft[agent]={agent}&draft[data]=message%0AHello"),
    line("POST", "/fn/batches/create_batch", MEMBER, "", "workspace=home&draft[agent]={agent}&draft[data]=message%0AHello"),
    line("POST", "/fn/batches/pause_batch", MEMBER, "", "workspace=home&batch={batch}"),
    line("POST", "/fn/batches/resume_batch", MEMBER, "", "workspace=home&batch={batch}"),
    line("POST", "/fn/batches/cancel_batch", MEMBER, "", "workspace=home&batch={batch}"),

    line("POST", "/fn/overview/get_overview", VIEWER, "", "workspace=home"),
    line("POST", "/fn/overview/get_frame", VIEWER, "", "workspace=home"),
    line("POST", "/fn/overview/get_live_count", VIEWER, "", "workspace=home"),
    line("POST", "/fn/queue/get_queue", VIEWER, "", "workspace=home"),
    line("POST", "/fn/toolhouse/toolhouse_status", VIEWER, "", "workspace=home"),
    line("POST", "/fn/toolhouse/connect_toolhouse", ADMIN, "", "workspace=home&key=no-key"),
    line("POST", "/fn/toolhouse/disconnect_toolhouse", ADMIN, "", "workspace=home"),

    line("POST", "/fn/upkeep/describe_data", ADMIN, "", "workspace=home"),
    line("POST", "/fn/upkeep/set_retention", ADMIN, "", "workspace=home&draft[executions_days]=90"),

    line("POST", "/fn/workspaces/list_members", VIEWER, "", "workspace=home"),
    line("POST", "/fn/workspaces/list_invitations", ADMIN, "", "workspace=home"),
    line("POST", "/fn/workspaces/invite_member", ADMIN, "", "workspace=home&invitation[email]=new@example.com&invitation[role]=viewer"),
    line("POST", "/fn/workspaces/take_invitation_link", ADMIN, "", "workspace=home"),
    line("POST", "/fn/workspaces/withdraw_invitation", ADMIN, "", "workspace=home&invitation={invitation}"),
    line("POST", "/fn/workspaces/change_role", ADMIN, "", "workspace=home&user={spare}&role=member"),
    line("POST", "/fn/workspaces/set_payload_right", ADMIN, "", "workspace=home&user={spare}&sees_payloads=false"),
    line("POST", "/fn/workspaces/remove_member", ADMIN, "", "workspace=home&user={spare}"),

    // Last, because an archived agent stays archived.
    line("POST", "/fn/agents/archive_agent", MEMBER, "", "workspace=home&agent={agent}"),
    line("DELETE", "/api/v1/agents/{id}", KEYS, "agents:write", ""),
];
