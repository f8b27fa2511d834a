import { useState } from "react";
import { updateChat } from "@/api/chats";
import { errorText } from "@/api/client";
import type { Chat } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Glyph } from "@/components/ui/glyph";
import { LabelEditor } from "./label-editor";
import { type Labels, labelProblem } from "./labels";

/** The labels of a chat; they are saved together. */
export function LabelsDialog({ chat, onClose }: { chat: Chat; onClose: () => void }) {
  const [labels, setLabels] = useState<Labels>(() => ({ ...chat.labels }));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const problem = labelProblem(error);
  const save = async () => {
    setBusy(true);
    setError(null);
    try {
      await updateChat(chat.id, { labels });
      onClose();
    } catch (cause) {
      setError(cause);
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Labels"
      about="The list can be filtered by them: key:value, several at once."
      actions={
        <>
          <Button look="primary" disabled={busy} onClick={() => void save()}>
            {busy ? "Saving" : "Save"}
          </Button>
          <Button look="text" onClick={onClose}>
            Cancel
          </Button>
        </>
      }
    >
      <LabelEditor labels={labels} problem={problem} onChange={setLabels} autoFocus />
      {error !== null && !problem && (
        <p className="help bad" role="alert">
          <Glyph name="error" /> {errorText(error)}
        </p>
      )}
    </Dialog>
  );
}
