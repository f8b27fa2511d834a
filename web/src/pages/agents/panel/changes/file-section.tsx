import { useState } from "react";
import { addFileReference } from "@/components/composer/references";
import { Counts, DiffView } from "@/components/diff-view";
import { SplitDiff } from "@/components/split-diff";
import { Button } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { splitPath, tilde } from "@/lib/paths";
import { plain } from "@/lib/plain";
import { referenceOf, useMarked } from "./comment";
import type { ShownFile } from "./files";
import { fingerprint, isViewed, setViewed } from "./viewed";

export interface Group {
  /** Names the repository, or the chat's own edits. */
  key: string;
  files: ShownFile[];
}

const anchor = (key: string, path: string) => `file ${key} ${path}`;

export function FileList({ group }: { group: Group }) {
  return (
    <ul className="files">
      {group.files.map((file) => (
        <FileRow key={file.path} file={file} anchor={anchor(group.key, file.path)} />
      ))}
    </ul>
  );
}

function FileRow({ file, anchor }: { file: ShownFile; anchor: string }) {
  const { folder, name } = splitPath(tilde(file.path));
  const show = () => document.getElementById(anchor)?.scrollIntoView({ block: "start" });
  return (
    <li>
      <button type="button" onClick={show} title={plain(file.path)}>
        <Glyph name="file" />
        <span className="cut">
          <span className="dir">{plain(folder)}</span>
          {plain(name)}
          {file.word && <span className="dir"> {file.word}</span>}
        </span>
        <Counts added={file.added} deleted={file.deleted} />
      </button>
    </li>
  );
}

interface SectionProps {
  chat: string;
  group: Group;
  file: ShownFile;
  split: boolean;
  /** Shows the lines beyond the limit. */
  onAll: () => void;
}

/** One file: its head stays while its lines scroll. */
export function FileSection({ chat, group, file, split, onAll }: SectionProps) {
  const mark = `${group.key} ${file.path}`;
  const print = fingerprint(
    file.diff?.lines.map((line) => line.kind + line.text).join("\n") ?? file.absent,
  );
  const [seen, setSeen] = useState<string | null>(() => (isViewed(mark, print) ? print : null));
  const viewed = seen === print;
  const [open, setOpen] = useState(!viewed);
  const { name } = splitPath(file.path);
  const [lines, setLines] = useState<HTMLElement | null>(null);
  const marked = useMarked(split ? null : lines);
  const reference = marked && file.diff && referenceOf(file.path, file.diff, marked);
  const toggleViewed = () => {
    const next = viewed ? null : print;
    setViewed(mark, next);
    setSeen(next);
    setOpen(viewed);
  };
  return (
    <section id={anchor(group.key, file.path)}>
      <div className="fhead">
        <button type="button" className="fold" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Glyph name={open ? "down" : "right"} />
          <b className={viewed ? "q" : ""}>{plain(name)}</b>
        </button>
        <span className="grow" />
        {reference && (
          <Button
            size="small"
            // Pressing it must not take the marks away.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => addFileReference(chat, reference, " ")}
          >
            Comment
          </Button>
        )}
        <Counts added={file.added} deleted={file.deleted} />
        <Button look="text" size="small" aria-pressed={viewed} onClick={toggleViewed}>
          {viewed ? "Viewed" : "Mark viewed"}
        </Button>
      </div>
      {open && file.diff && (
        <div ref={setLines}>
          {split ? <SplitDiff file={file.diff} /> : <DiffView file={file.diff} gutters={2} />}
        </div>
      )}
      {open && file.diff?.cut && (
        <p className="fnote">
          <Button look="text" size="small" onClick={onAll}>
            Show all lines
          </Button>
        </p>
      )}
      {open && !file.diff && <p className="fnote">{plain(file.absent)}</p>}
    </section>
  );
}
