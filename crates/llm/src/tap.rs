//! What an attempt sends and receives, for whoever looks for a fault.
//!
//! Headers are no part of it, so neither keys nor signatures are. What is kept of the bodies
//! is bounded, and everything that looks like a secret is taken out of it.

use std::fmt;
use std::sync::Arc;

use muster_base::limits::{DEBUG_REQUEST_BYTES_MAX, DEBUG_RESPONSE_BYTES_MAX};

use crate::failure::redact;

/// One attempt as it went over the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// Where it was sent, without user and query.
    pub url: String,
    /// What was sent.
    pub request: Body,
    /// `None` where no answer came.
    pub status: Option<u16>,
    /// What came back, as far as it came.
    pub response: Body,
}

/// A body, redacted and bounded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// What is not text in it is replaced.
    pub text: String,
    /// Something of it is missing.
    pub is_truncated: bool,
}

/// Told of an attempt when it has ended, whatever ended it.
type Listener = dyn Fn(Exchange) + Send + Sync;

/// Listens to the attempts of one request. A cheap clone.
#[derive(Clone)]
pub struct Tap(Arc<Listener>);

impl Tap {
    /// Tells every attempt to `listener`.
    #[must_use]
    pub fn new(listener: impl Fn(Exchange) + Send + Sync + 'static) -> Self {
        Self(Arc::new(listener))
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tap")
    }
}

/// Two taps are the same when one is a clone of the other.
impl PartialEq for Tap {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// An attempt under way. It is told when this is dropped: an attempt may be given up anywhere.
pub(crate) struct Recording {
    tap: Tap,
    url: String,
    request: Body,
    status: Option<u16>,
    received: Vec<u8>,
    is_cut: bool,
    /// Takes the provider's own key out of a text.
    without_key: Box<dyn Fn(&str) -> String + Send + Sync>,
}

impl Recording {
    /// Begins with what is about to be sent to `url`.
    pub(crate) fn begin(
        tap: Tap,
        url: &reqwest::Url,
        body: &[u8],
        without_key: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Self {
        let mut url = url.clone();
        url.set_query(None);
        // A URL that can carry neither has none.
        let _no_user = url.set_username("");
        let _no_password = url.set_password(None);
        let text = without_key(&String::from_utf8_lossy(body));
        let request = middle_cut(&redact(&text), DEBUG_REQUEST_BYTES_MAX);
        Self {
            tap,
            url: url.into(),
            request,
            status: None,
            received: Vec::new(),
            is_cut: false,
            without_key: Box::new(without_key),
        }
    }

    /// The answer has begun.
    pub(crate) const fn answered(&mut self, status: u16) {
        self.status = Some(status);
    }

    /// A piece of the answer.
    pub(crate) fn received(&mut self, bytes: &[u8]) {
        let room = DEBUG_RESPONSE_BYTES_MAX.saturating_sub(self.received.len());
        self.is_cut |= bytes.len() > room;
        self.received.extend(bytes.iter().take(room));
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.received);
        let text = redact(&(self.without_key)(&text));
        (self.tap.0)(Exchange {
            url: std::mem::take(&mut self.url),
            request: std::mem::take(&mut self.request),
            status: self.status,
            response: Body {
                text,
                is_truncated: self.is_cut,
            },
        });
    }
}

/// The beginning and the end, which say who is asked and what is new.
fn middle_cut(text: &str, most: usize) -> Body {
    if text.len() <= most {
        return Body {
            text: text.to_owned(),
            is_truncated: false,
        };
    }
    let head = text.get(..text.floor_char_boundary(most / 2));
    let tail = text.get(text.ceil_char_boundary(text.len() - most / 2)..);
    let text = [head.unwrap_or_default(), tail.unwrap_or_default()].join("[…]");
    Body {
        text,
        is_truncated: true,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn told(act: impl FnOnce(&mut Recording)) -> Exchange {
        let (tell, heard) = mpsc::channel();
        let tap = Tap::new(move |exchange| tell.send(exchange).unwrap());
        let url = "https://me:pass@example.com/v1/messages?key=k1"
            .parse()
            .unwrap();
        let without_key = |text: &str| text.replace("own-key", "[key]");
        let body = br#"{"model":"m","note":"own-key and sk-abcdefghijklmnop"}"#;
        let mut recording = Recording::begin(tap, &url, body, without_key);
        act(&mut recording);
        drop(recording);
        heard.try_recv().unwrap()
    }

    #[test]
    fn attempt_is_told_without_anything_secret() {
        let exchange = told(|recording| {
            recording.answered(401);
            recording.received(b"{\"error\":\"own-k");
            recording.received(b"ey is wrong\"}");
        });
        assert_eq!(exchange.url, "https://example.com/v1/messages");
        assert_eq!(
            exchange.request.text,
            r#"{"model":"m","note":"[key] and [redacted]"}"#
        );
        assert_eq!(exchange.status, Some(401));
        assert_eq!(exchange.response.text, r#"{"error":"[key] is wrong"}"#);
        assert!(!exchange.request.is_truncated && !exchange.response.is_truncated);
    }

    #[test]
    fn attempt_that_is_given_up_is_told_too() {
        let exchange = told(|_| {});
        assert_eq!(exchange.status, None);
        assert_eq!(exchange.response, Body::default());
    }

    #[test]
    fn bodies_at_their_limit_are_whole_and_beyond_it_they_are_cut() {
        let fits = "x ".repeat(DEBUG_RESPONSE_BYTES_MAX / 2);
        let whole = told(|recording| recording.received(fits.as_bytes()));
        assert_eq!(whole.response.text.len(), DEBUG_RESPONSE_BYTES_MAX);
        assert!(!whole.response.is_truncated);
        let cut = told(|recording| {
            recording.received(fits.as_bytes());
            recording.received(b"y");
        });
        assert_eq!(cut.response.text, whole.response.text);
        assert!(cut.response.is_truncated);
        assert!(!middle_cut("abcd", 4).is_truncated);
        let cut = middle_cut("abécd", 4);
        assert_eq!((cut.text.as_str(), cut.is_truncated), ("ab[…]cd", true));
    }
}
