//! What people change about themselves.

use domain::accounts::{User, parse_password};
use domain::problem::Fields;
use domain::secrets::SecretText;
use domain::{Problem, text};

use super::{Accounts, Origin, Person};
use crate::Fault as _;
use crate::hub::News;

impl Accounts<'_> {
    /// Sets the name on screen.
    pub async fn update_profile(
        &self,
        person: &Person,
        name: &str,
        origin: &Origin,
    ) -> Result<User, Problem> {
        let name = text::line(name, "name", 80).map_err(|message| Problem::field("name", message))?;
        let tx = self.0.store().begin().await.or_internal("begin to rename an account")?;
        storage::accounts::rename(&tx, person.user.id, &name).await.or_internal("rename an account")?;
        let user = User { name, ..person.user.clone() };
        self.record(&tx, &user, Some(person.session), Some(origin), "account.update").await?;
        tx.commit().await.or_internal("rename an account")?;
        Ok(user)
    }

    /// Sets a new password and ends every other session. Wrong current passwords count as failed
    /// attempts to sign in, so that an open session does not help to guess.
    pub async fn change_password(
        &self,
        person: &Person,
        current: SecretText,
        new: SecretText,
        origin: &Origin,
    ) -> Result<(), Problem> {
        let services = self.0;
        let mut fields = Fields::default();
        if current.is_empty() {
            fields.add("current", "Give your current password.");
        }
        let (Some(new), true) = (fields.take("new", parse_password(&new)), fields.is_empty()) else {
            return Err(fields.problem());
        };
        let user = &person.user;
        if self.prove(user.id, current, origin).await?.is_none() {
            return Err(Problem::field("current", "This is not your current password."));
        }
        let hash = services.passwords().hash(new).await?;

        let tx = services.store().begin().await.or_internal("begin to change a password")?;
        storage::accounts::set_password(&tx, user.id, &hash).await.or_internal("set a password")?;
        let ended = storage::sessions::revoke_all(&tx, user.id, Some(person.session), services.now()).await;
        let ended = ended.or_internal("revoke sessions")?;
        self.record(&tx, user, Some(person.session), Some(origin), "account.password_change").await?;
        tx.commit().await.or_internal("change a password")?;
        for session in ended {
            services.hub().tell(News::SessionEnded(session));
        }
        Ok(())
    }
}
