//! The sessions of the person who asks. Ending one acts at once, also on open streams.

use domain::Problem;
use domain::accounts::Session;
use domain::ids::SessionId;
use serde_json::json;

use crate::accounts::{Origin, Person};
use crate::audit::{AccountEvent, record_account};
use crate::hub::News;
use crate::{Fault as _, Services};

impl Services {
    /// The sessions of the person who asks.
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions(self)
    }
}

/// The sessions of the person who asks.
#[derive(Debug, Clone, Copy)]
pub struct Sessions<'a>(pub(crate) &'a Services);

impl Sessions<'_> {
    /// Sessions that still live, newest first.
    pub async fn list(&self, person: &Person) -> Result<Vec<Session>, Problem> {
        let services = self.0;
        storage::sessions::list(services.store(), person.user.id, person.session, services.now())
            .await
            .or_internal("list sessions")
    }

    /// Ends one session of the person, which may be the present one.
    pub async fn revoke(&self, person: &Person, session: SessionId, origin: &Origin) -> Result<(), Problem> {
        let services = self.0;
        let tx = services.store().begin().await.or_internal("begin to end a session")?;
        let ended = storage::sessions::revoke(&tx, person.user.id, session, services.now()).await;
        if !ended.or_internal("end a session")? {
            return Err(Problem::not_found("session"));
        }
        self.record(&tx, person, &[session], origin).await?;
        tx.commit().await.or_internal("end a session")?;
        services.hub().tell(News::SessionEnded(session));
        Ok(())
    }

    /// Ends every session of the person but the present one, and says how many.
    pub async fn revoke_others(&self, person: &Person, origin: &Origin) -> Result<usize, Problem> {
        let services = self.0;
        let tx = services.store().begin().await.or_internal("begin to end sessions")?;
        let ended =
            storage::sessions::revoke_all(&tx, person.user.id, Some(person.session), services.now()).await;
        let ended = ended.or_internal("end sessions")?;
        if !ended.is_empty() {
            self.record(&tx, person, &ended, origin).await?;
            tx.commit().await.or_internal("end sessions")?;
        }
        for session in &ended {
            services.hub().tell(News::SessionEnded(*session));
        }
        Ok(ended.len())
    }

    async fn record(
        &self,
        tx: &storage::Tx,
        person: &Person,
        ended: &[SessionId],
        origin: &Origin,
    ) -> Result<(), Problem> {
        let event = AccountEvent {
            user: &person.user,
            session: Some(person.session),
            origin: Some(origin),
            action: "session.revoke",
            detail: json!({ "sessions": ended }),
        };
        record_account(self.0, tx, event).await
    }
}
