import { useEffect } from "react";
import { createRoot } from "react-dom/client";
import { Toaster as Sonner, toast } from "sonner";
import { Button } from "./button";
import { Glyph } from "./glyph";
import type { Words } from "./toast";

let listen = () => {};
/** What is said before anybody listens would be lost. */
const listening = new Promise<void>((done) => {
  listen = done;
});

/** Shows words for a time, in milliseconds. */
export async function show(words: Words, duration: number): Promise<void> {
  await listening;
  toast.custom(
    (id) => (
      <div className="sheet toast" role={words.tone === "bad" ? "alert" : "status"}>
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

function Toaster() {
  useEffect(() => listen(), []);
  return <Sonner position="bottom-center" gap={8} visibleToasts={3} className="toaster" />;
}

// Beside the page's own root: words about what failed must not wait for the page.
createRoot(document.body.appendChild(document.createElement("div"))).render(<Toaster />);
