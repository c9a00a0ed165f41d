//! Actions of the audit log in plain words. An action without words shows its code alone.

/// Icon and name of a kind of actor.
pub fn actor_icon(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "person" => ("user", "Person"),
        "key" => ("key-round", "API key"),
        _ => ("cog", "System"),
    }
}

/// What happened.
pub fn words(action: &str) -> &'static str {
    match action {
        "account.setup" => "Made the first account",
        "account.update" => "Changed their name",
        "account.password_change" => "Changed their password",
        "account.password_reset" => "Set a new password with a link",
        "account.reset_link" => "Made a reset link",
        "session.sign_in" => "Signed in",
        "session.sign_in_failed" => "Failed to sign in",
        "session.sign_out" => "Signed out",
        "session.revoke" => "Signed out a session",
        "session.token_reused" => "Ended a session whose token was used twice",
        "workspace.create" => "Made the workspace",
        "member.create" => "Added a member",
        "member.invite" => "Invited a member",
        "member.invite_withdraw" => "Withdrew an invitation",
        "member.join" => "Joined the workspace",
        "member.leave" => "Left the workspace",
        "member.remove" => "Removed a member",
        "member.change_role" => "Changed a role",
        "member.change_payload_right" => "Changed who sees inputs and outputs",
        "api_key.create" => "Made an API key",
        "api_key.revoke" => "Revoked an API key",
        "agent.create" => "Made an agent",
        "agent.update" => "Changed a draft",
        "agent.publish" => "Published an agent",
        "agent.restore" => "Restored a version",
        "agent.archive" => "Archived an agent",
        "execution.start" => "Started an execution",
        "execution.cancel" => "Cancelled an execution",
        "schedule.create" => "Made a schedule",
        "schedule.update" => "Changed a schedule",
        "schedule.pause" => "Paused a schedule",
        "schedule.resume" => "Resumed a schedule",
        "schedule.delete" => "Deleted a schedule",
        "batch.create" => "Started a batch",
        "batch.pause" => "Paused a batch",
        "batch.resume" => "Resumed a batch",
        "batch.cancel" => "Cancelled a batch",
        "execution.answer" => "Answered a question",
        "executions.cancel" => "Cancelled many executions",
        "executions.rerun" => "Ran many executions again",
        "executions.stop_bulk" => "Stopped an action on many executions",
        "filter.create" => "Saved a filter",
        "filter.delete" => "Deleted a saved filter",
        "schedule.run" => "Ran a schedule by hand",
        "batch.rerun_failed" => "Ran the failed rows of a batch again",
        "agent.purge_cache" => "Forgot an agent's results",
        "secret.set" => "Set a secret",
        "secret.remove" => "Removed a secret",
        "toolhouse.connect" => "Connected Toolhouse",
        "toolhouse.disconnect" => "Disconnected Toolhouse",
        _ => "",
    }
}
