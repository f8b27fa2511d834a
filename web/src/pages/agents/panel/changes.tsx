import { useState } from "react";
import { Counts, DiffView } from "@/components/diff-view";
import { Button, IconButton } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { Empty } from "@/components/ui/states";
import type { FileDiff } from "@/lib/diff";
import { splitPath, tilde } from "@/lib/paths";
import { plain } from "@/lib/plain";
import type { Changes } from "./collect";

interface Props {
  changes: Changes;
  onClose: () => void;
}

/** The right panel: every file that the agent edited in this conversation. */
export function ChangesPanel({ changes, onClose }: Props) {
  return (
    <aside className="panel" id="panel" aria-label="Changes">
      <div className="grab" aria-hidden="true" />
      <div className="tabs">
        <h2 className="tab" data-state="active">
          Changes <span className="q num">{changes.files.length || ""}</span>
        </h2>
        <span className="end">
          <IconButton glyph="close" label="Hide changes" keys="]" onClick={onClose} />
        </span>
      </div>
      <div className="scrolly">
        {changes.files.length === 0 ? (
          <Empty title="No changes yet">Files the agent edits are shown here, line by line.</Empty>
        ) : (
          <>
            <ul className="files">
              {changes.files.map((file) => (
                <FileRow key={file.path} file={file} />
              ))}
            </ul>
            {changes.files.map((file) => (
              <FileSection key={file.path} file={file} />
            ))}
          </>
        )}
      </div>
    </aside>
  );
}

function anchor(path: string): string {
  return `file ${path}`;
}

function FileRow({ file }: { file: FileDiff }) {
  const { folder, name } = splitPath(tilde(file.path));
  const show = () => document.getElementById(anchor(file.path))?.scrollIntoView({ block: "start" });
  return (
    <li>
      <button type="button" onClick={show} title={plain(file.path)}>
        <Glyph name="file" />
        <span className="cut">
          <span className="dir">{plain(folder)}</span>
          {plain(name)}
        </span>
        <Counts added={file.added} deleted={file.deleted} />
      </button>
    </li>
  );
}

function FileSection({ file }: { file: FileDiff }) {
  const [open, setOpen] = useState(true);
  const [viewed, setViewed] = useState(false);
  const { name } = splitPath(file.path);
  return (
    <section id={anchor(file.path)}>
      <div className="fhead">
        <button type="button" className="fold" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Glyph name={open ? "down" : "right"} />
          <b className={viewed ? "q" : ""}>{plain(name)}</b>
        </button>
        <span className="grow" />
        <Counts added={file.added} deleted={file.deleted} />
        <Button
          look="text"
          size="small"
          aria-pressed={viewed}
          onClick={() => {
            setViewed(!viewed);
            setOpen(viewed);
          }}
        >
          {viewed ? "Viewed" : "Mark viewed"}
        </Button>
      </div>
      {open && <DiffView file={file} gutters={2} />}
    </section>
  );
}
