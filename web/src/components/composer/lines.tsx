import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { plural } from "@/lib/format";
import { countInvisible, withoutInvisible } from "@/lib/invisible";
import { sizeOf, wordsOfBody } from "./content";
import { CHARS_MAX, COUNTER_FROM } from "./limits";
import type { ComposerState, ComposerStore } from "./store";

/** One line above the box. */
export function Line({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <p className="composer-line warn" role="status">
      <Glyph name="warn" />
      <span className="grow">{children}</span>
      {action}
    </p>
  );
}

/** What the server would take out, before it does. */
export function Invisible({ store, state }: { store: ComposerStore; state: ComposerState }) {
  const hidden = countInvisible(wordsOfBody(state.body));
  if (hidden === 0) return null;
  return (
    <Line
      action={
        <Button look="text" size="small" onClick={() => store.change(withoutInvisible)}>
          Remove {hidden === 1 ? "it" : "them"}
        </Button>
      }
    >
      {plural(hidden, "invisible character")} will not be sent.
    </Line>
  );
}

const count = new Intl.NumberFormat("en-US");

/** How much there is, once that matters. */
export function Counter({ state }: { state: ComposerState }) {
  const size = sizeOf(state.body);
  if (size <= CHARS_MAX * COUNTER_FROM) return null;
  return (
    <span className={`num count ${size > CHARS_MAX ? "bad" : "q"}`}>
      {count.format(size)} of {count.format(CHARS_MAX)}
    </span>
  );
}
