import { Button } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { Notice } from "@/components/ui/states";
import { complain, say } from "@/components/ui/toast";
import { copyText } from "@/lib/copy";

interface Props {
  /** What it is, in the middle of a sentence. */
  what: string;
  secret: string;
  onDone: () => void;
}

/** A secret that the server tells this one time. */
export function ShownOnce({ what, secret, onDone }: Props) {
  const copy = () =>
    copyText(secret).then(
      () => say(`${what.charAt(0).toUpperCase()}${what.slice(1)} copied.`),
      () => complain("Not copied. Select it and copy it."),
    );
  return (
    <div className="made" role="status">
      <Notice
        tone="ask"
        glyph="hand"
        title={`Copy the ${what} now. It is not shown again.`}
        actions={
          <>
            <Button look="primary" onClick={copy}>
              <Glyph name="copy" /> Copy
            </Button>
            <Button look="text" onClick={onDone}>
              I have it
            </Button>
          </>
        }
      >
        <p>
          <code className="secret">{secret}</code>
        </p>
      </Notice>
    </div>
  );
}
