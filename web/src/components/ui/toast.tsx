import { Toaster as Sonner, toast } from "sonner";
import { errorText } from "@/api/client";
import { Button } from "./button";
import { Glyph, type GlyphName } from "./glyph";

const SHOWN_MS = 8_000;

interface Action {
  name: string;
  run: () => void;
}

export interface Words {
  /** A later toast of the same id takes this one's place. */
  id?: string;
  glyph: GlyphName;
  title: string;
  detail?: string;
  action?: Action | undefined;
  tone?: string;
}

function show(words: Words, duration: number): void {
  toast.custom(
    (id) => (
      <div className="sheet toast" role="status">
        <Glyph name={words.glyph} className={words.tone ?? ""} />
        <span className="grow">
          <b>{words.title}</b> {words.detail}
        </span>
        {words.action && (
          <Button
            look="text"
            size="small"
            onClick={() => {
              toast.dismiss(id);
              words.action?.run();
            }}
          >
            {words.action.name}
          </Button>
        )}
        <button
          type="button"
          className="btn text ico sm"
          aria-label="Dismiss"
          onClick={() => toast.dismiss(id)}
        >
          <Glyph name="close" />
        </button>
      </div>
    ),
    { duration, ...(words.id ? { id: words.id } : {}) },
  );
}

/** News from elsewhere. */
export function tell(words: Words): void {
  show(words, SHOWN_MS);
}

/** A passing word, with at most one action. */
export function say(title: string, action?: Action): void {
  show({ glyph: "check", title, action }, SHOWN_MS);
}

/** A word that waits for its action. Said again, it takes its own place. */
export function insist(title: string, action: Action): void {
  show({ id: title, glyph: "warn", title, action }, Number.POSITIVE_INFINITY);
}

/** What went wrong; stays until it is dismissed. */
export function complain(title: string, error?: unknown, action?: Action, id?: string): void {
  const detail = error === undefined ? "" : errorText(error);
  const words: Words = { glyph: "error", tone: "bad", title, detail, action };
  show(id ? { ...words, id } : words, Number.POSITIVE_INFINITY);
}

export function Toaster() {
  return <Sonner position="bottom-center" gap={8} visibleToasts={3} className="toaster" />;
}
