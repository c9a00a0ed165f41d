//! Signing in with address and password, and signing out.

use domain::accounts::{MAX_PASSWORD_BYTES, Place, User};
use domain::ids::{SessionId, UserId};
use domain::secrets::SecretText;
use domain::workspaces::Membership;
use domain::{Actor, Kind, Problem};
use serde_json::json;
use storage::accounts::Credentials;

use super::{Accounts, Origin, Person, SignedIn, Stay, lockout};
use crate::Fault as _;
use crate::audit::{AccountEvent, actor_of, record_account};

impl Accounts<'_> {
    /// Signs in. An unknown address and a wrong password get the same answer, after the same work.
    pub async fn sign_in(
        &self,
        email: &str,
        password: SecretText,
        stay: Stay,
        origin: &Origin,
    ) -> Result<SignedIn, Problem> {
        let services = self.0;
        let address = email.trim().to_lowercase();
        if password.expose().len() > MAX_PASSWORD_BYTES {
            return Err(wrong());
        }
        let found = storage::accounts::credentials_by_email(services.store(), &address).await;
        let Some(found) = found.or_internal("look up an account")? else {
            services.passwords().in_memory().attempt(&address, services.now())?;
            services.passwords().verify(password, None).await?;
            return Err(wrong());
        };
        let Some(proven) = self.prove(found.user.id, password, origin).await? else {
            return Err(wrong());
        };

        let tx = services.store().begin().await.or_internal("begin to sign in")?;
        let present =
            storage::accounts::credentials_of(&tx, proven.user.id).await.or_internal("look up an account")?;
        // The password may have been changed while it was being checked.
        if present.is_none_or(|present| present.password_hash != proven.password_hash) {
            return Err(wrong());
        }
        storage::accounts::unlock(&tx, proven.user.id).await.or_internal("forget failed sign-ins")?;
        let session = self.open_session(&tx, &proven.user, stay, origin).await?;
        self.record(&tx, &proven.user, Some(session.id), Some(origin), "session.sign_in").await?;
        tx.commit().await.or_internal("sign in")?;
        self.signed_in(proven.user, &session)
    }

    /// Ends a session, if it still lives.
    pub async fn sign_out(&self, session: SessionId, origin: &Origin) -> Result<(), Problem> {
        let services = self.0;
        let tx = services.store().begin().await.or_internal("begin to sign out")?;
        let living = storage::sessions::living(&tx, session).await.or_internal("look up a session")?;
        if let Some((user, _)) = living {
            let now = services.now();
            storage::sessions::revoke(&tx, user.id, session, now).await.or_internal("revoke a session")?;
            self.record(&tx, &user, Some(session), Some(origin), "session.sign_out").await?;
            tx.commit().await.or_internal("sign out")?;
        }
        services.hub().tell(crate::hub::News::SessionEnded(session));
        Ok(())
    }

    /// Enters a workspace. Somebody who does not belong to it learns nothing about it.
    pub async fn enter(&self, person: &Person, slug: &str, origin: &Origin) -> Result<Actor, Problem> {
        let found = storage::workspaces::membership(self.0.store(), person.user.id, slug).await;
        let membership =
            found.or_internal("look up a membership")?.ok_or_else(|| Problem::not_found("workspace"))?;
        let mut actor = actor_of(&membership, &person.user, person.session);
        origin.mark(&mut actor);
        Ok(actor)
    }

    /// Where somebody who opens `/` belongs.
    pub async fn place_of(&self, person: Option<&Person>) -> Result<Place, Problem> {
        if self.setup_needed().await? {
            return Ok(Place::Setup);
        }
        let Some(person) = person else {
            return Ok(Place::SignIn { readable: self.0.is_readable_on_the_way() });
        };
        let first = self.memberships(person.user.id).await?.into_iter().next();
        Ok(first.map_or(Place::NoWorkspace, |first| Place::Workspace(first.workspace.slug)))
    }

    /// The workspaces a person belongs to, by name.
    pub async fn memberships(&self, user: UserId) -> Result<Vec<Membership>, Problem> {
        storage::workspaces::memberships(self.0.store(), user).await.or_internal("list memberships")
    }

    /// Counts an attempt, then checks the password. `None` when it is wrong, which is recorded.
    pub(super) async fn prove(
        &self,
        user: UserId,
        password: SecretText,
        origin: &Origin,
    ) -> Result<Option<Credentials>, Problem> {
        let services = self.0;
        let place = self.familiar_place(user, origin).await?;
        let counted = match &place {
            Some(_) => {
                let found = storage::accounts::credentials_of(services.store(), user).await;
                found.or_internal("look up an account")?
            }
            None => self.count_attempt(user).await?,
        };
        let Some(credentials) = counted else { return Ok(None) };
        let hash = credentials.password_hash.clone();
        // With the password's hash in the name, a new password forgets every place, in every process.
        let place = place.map(|place| format!("{place} against {hash}"));
        if let Some(place) = &place {
            services.passwords().in_memory().attempt(place, services.now())?;
        }
        if services.passwords().verify(password, Some(hash)).await? {
            if let Some(place) = place {
                services.passwords().in_memory().forget(&place);
            }
            return Ok(Some(credentials));
        }
        let tx = services.store().begin().await.or_internal("begin to record an attempt")?;
        self.record(&tx, &credentials.user, None, Some(origin), "session.sign_in_failed").await?;
        tx.commit().await.or_internal("record an attempt")?;
        Ok(None)
    }

    /// The name under which attempts are counted from where the person was signed in lately; `None`
    /// from everywhere else.
    async fn familiar_place(&self, user: UserId, origin: &Origin) -> Result<Option<String>, Problem> {
        let (services, address) = (self.0, origin.short_address());
        let since = services.now().minus(lockout::FAMILIAR);
        let known = !address.is_empty()
            && storage::sessions::used_from(services.store(), user, &address, since)
                .await
                .or_internal("look for sessions")?;
        Ok(known.then(|| format!("{user} from {address}")))
    }

    /// Counts an attempt from somewhere, and locks the account when there were too many.
    async fn count_attempt(&self, user: UserId) -> Result<Option<Credentials>, Problem> {
        let services = self.0;
        let tx = services.store().begin().await.or_internal("begin to count an attempt")?;
        let counted = storage::accounts::count_attempt(&tx, user).await.or_internal("count an attempt")?;
        let Some(credentials) = counted else { return Ok(None) };
        lockout::refuse_until(credentials.locked_until, services.now())?;
        if let Some(delay) = lockout::delay(credentials.attempts) {
            let until = services.now().plus(delay);
            storage::accounts::lock(&tx, user, until).await.or_internal("lock an account")?;
        }
        tx.commit().await.or_internal("count an attempt")?;
        Ok(Some(credentials))
    }

    /// A row about an account in each of the person's workspaces.
    pub(super) async fn record(
        &self,
        tx: &storage::Tx,
        user: &User,
        session: Option<SessionId>,
        origin: Option<&Origin>,
        action: &'static str,
    ) -> Result<(), Problem> {
        record_account(self.0, tx, AccountEvent { user, session, origin, action, detail: json!({}) }).await
    }
}

fn wrong() -> Problem {
    Problem::new(Kind::WrongCredentials, "E-mail and password do not match. Check both and try again.")
}
