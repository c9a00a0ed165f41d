//! Staying signed in: access tokens for minutes, refresh tokens that work once.
//!
//! A refresh token names a session and a generation. The newest generation moves on; the one
//! before it, shown again within ten seconds, gets the same successor, because browsers refresh
//! from several tabs at once. Anything older was copied: the session ends for everybody.

use std::time::Duration;

use domain::accounts::User;
use domain::ids::SessionId;
use domain::{Kind, Problem, Timestamp};
use storage::Tx;
use storage::sessions::StoredSession;

use super::{Accounts, Origin, Person, SignedIn, Stay};
use crate::Fault as _;
use crate::crypto::{RefreshToken, TokenFault};
use crate::hub::News;

/// How long an access token lives, in seconds.
const ACCESS_LIFE_S: i64 = 10 * 60;
/// How long a session lives without being used, where somebody asked to stay signed in.
const LONG_LIFE: Duration = Duration::from_hours(30 * 24);
/// The same where nobody asked.
const SHORT_LIFE: Duration = Duration::from_hours(12);
/// How long the token before the newest one is still answered, in milliseconds.
const OVERLAP_MS: u64 = 10_000;

/// What to do with a refresh token that was made here.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Rotate,
    Repeat,
    Reused,
    Refuse(TokenFault),
}

impl Stay {
    const fn life(self) -> Duration {
        match self {
            Self::Short => SHORT_LIFE,
            Self::Long => LONG_LIFE,
        }
    }

    /// What was chosen when the session began: each rotation gives it the same life again.
    fn of(session: &StoredSession) -> Self {
        let life = Duration::from_millis(session.expires_at.millis_since(session.rotated_at));
        if life > SHORT_LIFE { Self::Long } else { Self::Short }
    }
}

fn judge(session: &StoredSession, generation: u64, now: Timestamp) -> Verdict {
    if session.revoked_at.is_some() || generation > session.generation {
        Verdict::Refuse(TokenFault::Invalid)
    } else if session.expires_at <= now {
        Verdict::Refuse(TokenFault::Expired)
    } else if generation == session.generation {
        Verdict::Rotate
    } else if generation + 1 == session.generation && now.millis_since(session.rotated_at) <= OVERLAP_MS {
        Verdict::Repeat
    } else {
        Verdict::Reused
    }
}

impl Accounts<'_> {
    /// Who holds an access token. Asks the database, so that a revoked session ends at once.
    pub async fn authenticate(&self, access: &str) -> Result<Person, Problem> {
        let services = self.0;
        let now = services.now();
        let claims =
            services.keyring().read_access_token(services.public_url(), access, now).map_err(refuse)?;
        let living = storage::sessions::living(services.store(), claims.sid).await;
        let Some((user, expires_at)) = living.or_internal("look up a session")? else {
            return Err(refuse(TokenFault::Invalid));
        };
        if user.id != claims.sub {
            return Err(refuse(TokenFault::Invalid));
        }
        if expires_at <= now {
            return Err(refuse(TokenFault::Expired));
        }
        Ok(Person { user, session: claims.sid })
    }

    /// Gives the next pair of tokens for a refresh token.
    pub async fn refresh(&self, token: &str, origin: &Origin) -> Result<SignedIn, Problem> {
        let services = self.0;
        let Some(shown) = services.keyring().read_refresh_token(token) else {
            return Err(refuse(TokenFault::Invalid));
        };
        let now = services.now();
        let tx = services.store().begin().await.or_internal("begin to refresh a session")?;
        // Where transactions run side by side the other one may win; then look again, once.
        for _ in 0..2 {
            let found = storage::sessions::get(&tx, shown.session).await.or_internal("look up a session")?;
            let Some(mut session) = found else { break };
            let user = storage::accounts::get(&tx, session.user).await.or_internal("look up an account")?;
            let Some(user) = user else { break };
            match judge(&session, shown.generation, now) {
                Verdict::Refuse(fault) => return Err(refuse(fault)),
                Verdict::Repeat => return self.signed_in(user, &session),
                Verdict::Reused => return Err(self.end_reused(tx, &user, session.id, origin).await?),
                Verdict::Rotate => {
                    let end = now.plus(Stay::of(&session).life());
                    let address = origin.short_address();
                    match storage::sessions::rotate(&tx, session.id, session.generation, now, end, &address)
                        .await
                    {
                        Err(storage::Error::Stale) => {}
                        rotated => {
                            rotated.or_internal("rotate a session")?;
                            tx.commit().await.or_internal("refresh a session")?;
                            session.generation += 1;
                            session.rotated_at = now;
                            session.expires_at = end;
                            return self.signed_in(user, &session);
                        }
                    }
                }
            }
        }
        Err(refuse(TokenFault::Invalid))
    }

    /// Ends a session whose refresh token was copied.
    async fn end_reused(
        &self,
        tx: Tx,
        user: &User,
        session: SessionId,
        origin: &Origin,
    ) -> Result<Problem, Problem> {
        let services = self.0;
        storage::sessions::revoke(&tx, user.id, session, services.now())
            .await
            .or_internal("revoke a session")?;
        self.record(&tx, user, None, Some(origin), "session.token_reused").await?;
        tx.commit().await.or_internal("revoke a session")?;
        services.hub().tell(News::SessionEnded(session));
        tracing::warn!(user.id = %user.id, session.id = %session, "ended a session whose refresh token was used twice");
        let message = "This session was ended because its token was used twice. Sign in again; if it was not you, change your password.";
        Ok(Problem::new(Kind::ReusedToken, message))
    }

    /// Begins a session.
    pub(super) async fn open_session(
        &self,
        tx: &Tx,
        user: &User,
        stay: Stay,
        origin: &Origin,
    ) -> Result<StoredSession, Problem> {
        let now = self.0.now();
        let session = StoredSession {
            id: self.0.id(),
            user: user.id,
            generation: 0,
            rotated_at: now,
            user_agent: origin.short_agent(),
            address: origin.short_address(),
            created_at: now,
            last_seen_at: now,
            expires_at: now.plus(stay.life()),
            revoked_at: None,
        };
        storage::sessions::insert(tx, &session).await.or_internal("begin a session")?;
        Ok(session)
    }

    /// The tokens of a session's newest generation.
    pub(super) fn signed_in(self, user: User, session: &StoredSession) -> Result<SignedIn, Problem> {
        let services = self.0;
        let keyring = services.keyring();
        let (access, access_expires_at) = keyring
            .access_token(services.public_url(), user.id, session.id, services.now(), ACCESS_LIFE_S)
            .or_internal("sign an access token")?;
        let refresh =
            keyring.refresh_token(RefreshToken { session: session.id, generation: session.generation });
        Ok(SignedIn {
            user,
            session: session.id,
            access,
            access_expires_at,
            refresh,
            refresh_expires_at: session.expires_at,
            stay: Stay::of(session),
        })
    }
}

fn refuse(fault: TokenFault) -> Problem {
    match fault {
        TokenFault::Invalid => {
            Problem::new(Kind::InvalidToken, "This session is not valid any more. Sign in again.")
        }
        TokenFault::Expired => Problem::new(Kind::ExpiredToken, "This session has expired. Sign in again."),
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::{Id as _, UserId};

    use super::*;

    #[test]
    fn every_place_of_a_token_has_its_verdict() {
        let now = Timestamp::from_millis(1_000_000);
        let session = StoredSession {
            id: SessionId::from_bytes([1; 16]),
            user: UserId::from_bytes([2; 16]),
            generation: 5,
            rotated_at: now,
            user_agent: String::new(),
            address: String::new(),
            created_at: now,
            last_seen_at: now,
            expires_at: now.plus(LONG_LIFE),
            revoked_at: None,
        };
        let after = |ms: u64| now.plus(Duration::from_millis(ms));
        let cases = [
            (5, after(0), Verdict::Rotate),
            (4, after(10_000), Verdict::Repeat),
            (4, after(10_001), Verdict::Reused),
            (3, after(0), Verdict::Reused),
            (6, after(0), Verdict::Refuse(TokenFault::Invalid)),
            (5, now.plus(LONG_LIFE), Verdict::Refuse(TokenFault::Expired)),
        ];
        for (generation, at, verdict) in cases {
            assert_eq!(judge(&session, generation, at), verdict, "{generation}");
        }
        let revoked = StoredSession { revoked_at: Some(now), ..session };
        assert_eq!(judge(&revoked, 5, now), Verdict::Refuse(TokenFault::Invalid));
    }
}
