//! Long episodes, written down in pieces so that they outlive their process.

use std::sync::Arc;

use muster_base::limits::{PREVIEW_SEGMENT_LIFE, SPILL_PERIOD};
use muster_store::Store;
use muster_store::preview_segments::{self, Segment};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::episode::Run;
use super::{Episode, EpisodeKey, PartBuffer};
use crate::Error;

/// What one segment holds.
#[derive(Serialize, Deserialize)]
struct Piece {
    instance: u64,
    runs: Vec<Run>,
}

/// Writes due episodes down: one statement for all of them, at most four times a second.
pub(crate) async fn run(buffer: &PartBuffer, store: &Store, drain: &CancellationToken) {
    loop {
        let due = tokio::select! {
            () = drain.cancelled() => return,
            due = buffer.due() => due,
        };
        let segments: Vec<Segment> = due.iter().filter_map(|episode| segment(episode)).collect();
        if let Err(error) = write(store, segments).await {
            // The preview of this stretch is only in memory then; nothing durable is lost.
            tracing::warn!(error = %error, "live output could not be spilled");
        }
        let pause = store.clock().timer("parts.spill", SPILL_PERIOD);
        tokio::select! {
            () = drain.cancelled() => return,
            () = pause => {}
        }
    }
}

async fn write(store: &Store, segments: Vec<Segment>) -> Result<(), muster_store::Error> {
    if segments.is_empty() {
        return Ok(());
    }
    let segments = Arc::new(segments);
    store
        .write("chat.spill", move |tx| {
            let segments = Arc::clone(&segments);
            Box::pin(async move { preview_segments::insert(tx, &segments).await })
        })
        .await
}

fn segment(episode: &Episode) -> Option<Segment> {
    let (range, runs) = episode.take_unspilled()?;
    let piece = Piece {
        instance: episode.instance(),
        runs,
    };
    let EpisodeKey {
        chat_id,
        history_version,
        generation_attempt,
    } = episode.key();
    Some(Segment {
        chat_id,
        history_version,
        generation_attempt,
        from_seq: i64::try_from(range.start).ok()?,
        to_seq: i64::try_from(range.end - 1).ok()?,
        data: storable(serde_json::to_string(&piece).ok()?),
    })
}

/// JSON text that both engines store: one of them refuses U+0000. A preview may lose it.
fn storable(data: String) -> String {
    const NUL: &str = "\\u0000";
    if !data.contains(NUL) {
        return data;
    }
    let mut out = String::with_capacity(data.len());
    let mut rest = data.as_str();
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        // An escape is a backslash and at least one more character, which may be a backslash.
        rest = match after.strip_prefix("u0000") {
            Some(after) => {
                out.push_str("\\ufffd");
                after
            }
            None => {
                let length = after.chars().next().map_or(0, char::len_utf8);
                let (escaped, after) = after.split_at_checked(length).unwrap_or((after, ""));
                out.push('\\');
                out.push_str(escaped);
                after
            }
        };
    }
    out.push_str(rest);
    out
}

/// The episode as far as it was written down, if it was.
pub(crate) async fn read_spilled(store: &Store, key: EpisodeKey) -> Result<Option<Episode>, Error> {
    let segments = store
        .read("chat.read_spilled", move |tx| {
            Box::pin(async move {
                let (history, attempt) = (key.history_version, key.generation_attempt);
                preview_segments::list(tx, key.chat_id, history, attempt, 0).await
            })
        })
        .await
        .map_err(|error: muster_store::Error| error)?;
    let mut instance = None;
    let mut runs = Vec::new();
    let mut next_seq = 1;
    for segment in segments {
        let piece: Piece = serde_json::from_str(&segment.data).map_err(Error::Spilled)?;
        // An episode that was begun again overwrites from its front: the rest is of another.
        if *instance.get_or_insert(piece.instance) != piece.instance {
            continue;
        }
        // A piece before this one could not be written: what follows a hole is no use.
        if segment.from_seq != next_seq {
            break;
        }
        next_seq = segment.to_seq + 1;
        runs.extend(piece.runs);
    }
    Ok(instance.map(|instance| Episode::from_runs(key, instance, store.clock().clone(), runs)))
}

/// Removes what crashed processes left behind.
pub(crate) async fn sweep(store: &Store) -> Result<u64, muster_store::Error> {
    store
        .write("chat.sweep_spilled", |tx| {
            Box::pin(async move {
                let before = tx.now() - PREVIEW_SEGMENT_LIFE;
                preview_segments::delete_older(tx, before).await
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_is_replaced_and_text_that_only_looks_like_one_is_kept() {
        let texts = ["a\0b", "\\u0000", "\\\\\0", "plain \" \n", "\\"];
        let data = storable(serde_json::to_string(&texts).unwrap());
        let read: Vec<String> = serde_json::from_str(&data).unwrap();
        let expected: Vec<_> = texts
            .iter()
            .map(|it| it.replace('\0', "\u{FFFD}"))
            .collect();
        assert_eq!(read, expected);
    }
}
