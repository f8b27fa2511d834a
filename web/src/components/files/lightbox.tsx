import { Dialog as Radix } from "radix-ui";
import { IconButton } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";

export interface Picture {
  name: string;
  address: string;
}

interface Props {
  pictures: readonly Picture[];
  /** The one that shows; null is closed. */
  at: number | null;
  onAt: (at: number | null) => void;
}

/** One picture as large as the window; the arrows go to its neighbours. */
export function Lightbox({ pictures, at, onAt }: Props) {
  const picture = at === null ? undefined : pictures[at];
  const step = (by: number) => {
    if (at !== null && pictures[at + by]) onAt(at + by);
  };
  return (
    <Radix.Root open={picture !== undefined} onOpenChange={(open) => open || onAt(null)}>
      <Radix.Portal>
        <Radix.Overlay className="veil dark" />
        <Radix.Content
          className="lightbox"
          aria-describedby={undefined}
          // A button in focus would show its tooltip, and that would take the first Escape.
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus();
          }}
          onKeyDown={(event) => {
            if (event.key === "ArrowLeft") step(-1);
            if (event.key === "ArrowRight") step(1);
          }}
        >
          {picture && (
            <>
              <header className="lightbox-head">
                <Radix.Title className="cut grow">{picture.name}</Radix.Title>
                {pictures.length > 1 && (
                  <>
                    <span className="num">
                      {(at ?? 0) + 1} of {pictures.length}
                    </span>
                    <IconButton
                      glyph="left"
                      label="Previous picture"
                      disabled={at === 0}
                      onClick={() => step(-1)}
                    />
                    <IconButton
                      glyph="right"
                      label="Next picture"
                      disabled={at === pictures.length - 1}
                      onClick={() => step(1)}
                    />
                  </>
                )}
                <a
                  className="btn text ico"
                  href={picture.address}
                  download={picture.name}
                  aria-label="Download"
                >
                  <Glyph name="save" />
                </a>
                <IconButton glyph="close" label="Close" onClick={() => onAt(null)} />
              </header>
              <div className="lightbox-body">
                <button
                  type="button"
                  className="lightbox-ground"
                  tabIndex={-1}
                  aria-hidden="true"
                  onClick={() => onAt(null)}
                />
                <img src={picture.address} alt={picture.name} />
              </div>
            </>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
