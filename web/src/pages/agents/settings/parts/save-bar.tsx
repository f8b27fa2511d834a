import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { LeaveGuard } from "./leave-guard";

interface Props {
  /** How many fields differ from what is stored. */
  changes: number;
  saving: boolean;
  /** What the decisive button says. */
  verb?: string;
  busyVerb?: string;
  /** Why it was not saved, unless a field says so. */
  error?: string | undefined;
  saved?: boolean;
  /** After the count of changes: what saving does. */
  note?: string;
  onDiscard: () => void;
  /** Something destructive at the far right. */
  end?: ReactNode;
  /** Saving is possible although nothing has changed. */
  always?: boolean;
}

function said({ changes, saved, note, error, always }: Props): ReactNode {
  if (error) {
    return (
      <span className="bad" role="alert">
        <Glyph name="error" /> {error}
      </span>
    );
  }
  if (always && note) return <span className="q">{note}</span>;
  if (changes > 0 && !always) {
    const count = `${changes} unsaved change${changes === 1 ? "" : "s"}.`;
    return <span className="q">{note ? `${count} ${note}` : count}</span>;
  }
  if (saved) {
    return (
      <span className="q" role="status">
        <Glyph name="check" /> Saved
      </span>
    );
  }
  return null;
}

/** The end of a settings form. Leaving it with unsaved changes asks first. */
export function SaveBar(props: Props) {
  const { changes, saving, verb = "Save", busyVerb = "Saving", onDiscard, end, always } = props;
  const dirty = changes > 0;
  return (
    <div className="savebar">
      <Button look="primary" type="submit" disabled={saving || !(dirty || always)}>
        {saving ? busyVerb : verb}
      </Button>
      <Button disabled={saving || !(dirty || always)} onClick={onDiscard}>
        {always ? "Cancel" : "Discard"}
      </Button>
      {said(props)}
      <span className="grow" />
      {end}
      <LeaveGuard dirty={dirty && !saving} />
    </div>
  );
}
