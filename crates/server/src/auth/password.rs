//! Passwords: argon2id, at most two at once.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use muster_base::{Secret, TaskSet, limits};
use tokio::sync::{OnceCell, Semaphore};

/// Memory of one hash in KiB, and passes over it: the OWASP minimum for argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// A password can't be hashed or checked. Never says which password.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the password hash failed")]
    Hash,
    #[error("the password worker ended")]
    Worker,
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Wrong, or nobody has this account.
    Wrong,
    /// Right.
    Right,
    /// Right, and the stored hash has older parameters: store this one.
    Rehash(Secret),
}

/// Hashes and checks passwords on a bounded pool.
#[derive(Debug)]
pub(crate) struct Passwords {
    tasks: TaskSet,
    permits: Semaphore,
    /// Checked when the account does not exist, so that both cases take equally long.
    dummy: OnceCell<Secret>,
}

impl Passwords {
    pub(crate) fn new(tasks: TaskSet) -> Self {
        Self {
            tasks,
            permits: Semaphore::new(limits::PASSWORD_HASHES_AT_ONCE),
            dummy: OnceCell::new(),
        }
    }

    /// A fresh hash as a PHC string.
    pub(crate) async fn hash(&self, password: Secret) -> Result<Secret, Error> {
        self.work(move || hash(&password)).await?
    }

    /// Checks a password; without a stored hash it works as long and says `Wrong`.
    pub(crate) async fn verify(
        &self,
        password: Secret,
        stored: Option<Secret>,
    ) -> Result<Verdict, Error> {
        if let Some(stored) = stored {
            return self.work(move || verify(&password, &stored)).await?;
        }
        let nobody = Secret::new("nobody's password".to_owned());
        let dummy = self.dummy.get_or_try_init(|| self.hash(nobody)).await?;
        let dummy = dummy.clone();
        self.work(move || verify(&password, &dummy)).await??;
        Ok(Verdict::Wrong)
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let _permit = self
            .permits
            .acquire()
            .await
            .map_err(|_cause| Error::Worker)?;
        self.tasks
            .spawn_blocking(work)
            .await
            .map_err(|_cause| Error::Worker)
    }
}

fn argon2() -> Result<Argon2<'static>, Error> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|_cause| Error::Hash)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &Secret) -> Result<Secret, Error> {
    let hash = argon2()?.hash_password(password.expose().as_bytes());
    hash.map(|hash| Secret::new(hash.to_string()))
        .map_err(|_cause| Error::Hash)
}

fn verify(password: &Secret, stored: &Secret) -> Result<Verdict, Error> {
    let parsed = PasswordHash::new(stored.expose()).map_err(|_cause| Error::Hash)?;
    if argon2()?
        .verify_password(password.expose().as_bytes(), &parsed)
        .is_err()
    {
        return Ok(Verdict::Wrong);
    }
    let current = argon2()?;
    let same = Params::try_from(&parsed).is_ok_and(|params| {
        params.m_cost() == current.params().m_cost() && params.t_cost() == current.params().t_cost()
    });
    if same {
        return Ok(Verdict::Right);
    }
    hash(password).map(Verdict::Rehash)
}

/// Why a password is refused.
pub(crate) fn weakness(password: &str) -> Option<&'static str> {
    if password.chars().count() < limits::PASSWORD_CHARS_MIN {
        return Some("must have at least 8 characters");
    }
    if password.len() > limits::PASSWORD_BYTES_MAX {
        return Some("is too long");
    }
    if strength_bits(password) < limits::PASSWORD_BITS_MIN {
        return Some("is too easy to guess: make it longer or less regular");
    }
    None
}

/// A cautious estimate: letters count by the size of their kind, repeats and runs for little.
fn strength_bits(password: &str) -> u32 {
    let has = |kind: fn(char) -> bool| password.chars().any(kind);
    let kinds = [
        (has(|letter| letter.is_ascii_lowercase()), 26),
        (has(|letter| letter.is_ascii_uppercase()), 26),
        (has(|letter| letter.is_ascii_digit()), 10),
        (has(|letter| !letter.is_ascii_alphanumeric()), 33),
    ];
    let pool: u32 = kinds
        .iter()
        .filter(|(has, _)| *has)
        .map(|(_, size)| size)
        .sum();
    // Tenths of a bit, so that no float decides who may sign up.
    let per_letter = match pool {
        0..=10 => 33,
        11..=26 => 47,
        27..=36 => 51,
        37..=62 => 59,
        _ => 65,
    };
    let mut bits = 0;
    let mut before: Option<u32> = None;
    for letter in password.chars().map(u32::from) {
        let regular = before.is_some_and(|last| last.abs_diff(letter) <= 1);
        bits += if regular { 10 } else { per_letter };
        before = Some(letter);
    }
    bits / 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn right_password_is_recognised_and_wrong_or_missing_ones_are_not() {
        let passwords = Passwords::new(TaskSet::new());
        let right = Secret::new("correct horse battery".to_owned());
        let wrong = Secret::new("incorrect horse battery".to_owned());
        let stored = passwords.hash(right.clone()).await.unwrap();
        let check = async |password: &Secret, stored: Option<&Secret>| {
            let (password, stored) = (password.clone(), stored.cloned());
            passwords.verify(password, stored).await.unwrap()
        };
        assert_eq!(check(&right, Some(&stored)).await, Verdict::Right);
        assert_eq!(check(&wrong, Some(&stored)).await, Verdict::Wrong);
        assert_eq!(check(&right, None).await, Verdict::Wrong);
    }

    #[tokio::test]
    async fn hash_of_older_parameters_is_made_anew() {
        let password = Secret::new("correct horse battery".to_owned());
        let older = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(1024, 1, 1, None).unwrap(),
        );
        let stored = older.hash_password(password.expose().as_bytes()).unwrap();
        let stored = Secret::new(stored.to_string());
        let Verdict::Rehash(fresh) = verify(&password, &stored).unwrap() else {
            panic!("no new hash");
        };
        assert_eq!(verify(&password, &fresh).unwrap(), Verdict::Right);
    }

    #[test]
    fn weak_passwords_are_refused_with_the_reason() {
        let check = |password: &str, ok: bool| {
            assert_eq!(weakness(password).is_none(), ok, "{password:?}");
        };
        check("short", false);
        check("aaaaaaaaaaaaaaaa", false);
        check("12345678", false);
        check("abcdefghijkl", false);
        check("SomeSecurePassword!", true);
        check("correct horse battery", true);
        check(&"xy".repeat(600), false);
    }
}
