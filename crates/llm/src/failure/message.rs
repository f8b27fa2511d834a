//! The words people read, in two voices. Nothing else in the product words a provider failure.
//!
//! *Terminal* names the subject, the status and what to check. *Retry* is one plain fact for a
//! line that is replaced seconds later. Neither gives the advice that the loop already follows.

use super::kind::{Failure, FailureKind};

/// The subject when the provider is not known.
const UNKNOWN_SUBJECT: &str = "the AI provider";

impl Failure {
    /// The provider's name inside a sentence.
    #[must_use]
    pub fn subject(&self) -> &'static str {
        self.provider
            .map_or(UNKNOWN_SUBJECT, crate::ProviderKind::display_name)
    }

    /// The text of a failure that ends a turn.
    #[must_use]
    pub fn terminal(&self) -> String {
        let name = self.subject();
        let status = self
            .status_code
            .map_or_else(String::new, |code| format!(" (HTTP {code})"));
        let text = match self.kind {
            FailureKind::Overloaded => format!(
                "{name} is overloaded{status}. It stayed so over all attempts; another model may be available."
            ),
            FailureKind::RateLimit => format!(
                "{name} is rate limiting requests{status}. Check the rate limits of the account."
            ),
            FailureKind::Timeout => {
                format!("{name} could not be reached{status}. Check its status and the base URL.")
            }
            FailureKind::StartupTimeout => {
                format!("{name} did not start responding in time. Check the model's availability.")
            }
            FailureKind::StreamSilenceTimeout => {
                format!("{name} stopped sending data. Check the network path to it.")
            }
            FailureKind::Auth | FailureKind::MissingKey => format!(
                "Authentication with {name} failed{status}. Check the API key, its permissions and billing."
            ),
            FailureKind::UsageLimit => {
                format!("The usage quota for {name} is used up{status}. Check billing and limits.")
            }
            FailureKind::Config | FailureKind::ProviderDisabled => format!(
                "{name} rejected the model configuration{status}. Check the selected model and the provider settings."
            ),
            FailureKind::Generic => format!(
                "{name} returned an unexpected error{status}. Check the provider's status and settings."
            ),
        };
        capitalised(text)
    }

    /// The text shown while the next attempt is waited for. Kinds that are never retried have
    /// none.
    #[must_use]
    pub fn retry(&self) -> Option<String> {
        let name = self.subject();
        let text = match self.kind {
            FailureKind::Overloaded => format!("{name} is temporarily overloaded."),
            FailureKind::RateLimit => format!("{name} is rate limiting requests."),
            FailureKind::Timeout => format!("{name} is temporarily unavailable."),
            FailureKind::StartupTimeout => format!("{name} did not start responding in time."),
            FailureKind::StreamSilenceTimeout => format!("{name} stopped sending data."),
            FailureKind::Generic => format!("{name} returned an unexpected error."),
            FailureKind::Auth
            | FailureKind::MissingKey
            | FailureKind::UsageLimit
            | FailureKind::Config
            | FailureKind::ProviderDisabled => return None,
        };
        Some(capitalised(text))
    }
}

fn capitalised(mut text: String) -> String {
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}
