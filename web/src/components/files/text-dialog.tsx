import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { CopyButton } from "@/components/copy-button";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Failed, Loading } from "@/components/ui/states";
import { bytes } from "@/lib/format";
import { plain, visible } from "@/lib/plain";
import { save } from "@/lib/save";

/** Characters in view; the rest is behind the download. */
const SHOWN_MAX = 256 * 1024;

interface Props {
  title: string;
  /** Names the text among others. */
  id: string;
  load: () => Promise<string> | string;
  onClose: () => void;
  /** Beside the copy button. */
  actions?: ReactNode;
}

/** A text that came with a message, whole and without effect. */
export function TextDialog({ title, id, load, onClose, actions }: Props) {
  const { data, error, refetch } = useQuery({
    queryKey: ["text", id],
    queryFn: async () => load(),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
  return (
    <Dialog open onClose={onClose} title={plain(title)} className="wide">
      {error && <Failed title="The text could not be loaded" error={error} onRetry={refetch} />}
      {!error && data === undefined && <Loading rows={4} label="Loading the text" />}
      {data !== undefined && (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys */}
          <pre className="term text-view" tabIndex={0}>
            {visible(data.slice(0, SHOWN_MAX))}
          </pre>
          <div className="dialog-actions">
            {actions}
            <CopyButton text={data} label="Copy" words="Copy" />
            <Button look="text" size="small" onClick={() => save(plain(title), data)}>
              Download
            </Button>
            <span className="grow" />
            {data.length > SHOWN_MAX && <span className="q">Only its beginning is shown.</span>}
            <span className="q num">{bytes(new TextEncoder().encode(data).length)}</span>
          </div>
        </>
      )}
    </Dialog>
  );
}
