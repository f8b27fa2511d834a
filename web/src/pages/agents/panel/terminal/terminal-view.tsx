import "@xterm/xterm/css/xterm.css";
import { type FormEvent, useEffect, useRef, useState } from "react";
import type { Link } from "@/api/socket";
import { Button, IconButton } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { Input } from "@/components/ui/form";
import { Menu, MenuItem } from "@/components/ui/menu";
import { plain } from "@/lib/plain";
import { recall, remember } from "@/lib/storage";
import { Screen } from "./screen";

interface Props {
  agent: string;
  id: string;
  family: string;
  /** Whether the person wants to type into it at once. */
  focus: boolean;
  onTitle: (title: string) => void;
}

/** One terminal. It is connected for as long as it is shown. */
export function TerminalView({ agent, id, family, focus, onTitle }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const screen = useRef<Screen | undefined>(undefined);
  const [link, setLink] = useState<Link>("connecting");
  const [ended, setEnded] = useState(false);
  const [url, setUrl] = useState<URL>();
  const [reader, setReader] = useState(recall("screen-reader") === "on");
  const [searching, setSearching] = useState(false);
  const wanted = useRef(focus);
  const titled = useRef(onTitle);
  titled.current = onTitle;
  useEffect(() => {
    if (!host.current) return;
    const opened = new Screen(
      host.current,
      { agent, id, family, screenReader: reader },
      {
        onLink: setLink,
        onEnd: () => setEnded(true),
        onTitle: (title) => titled.current(title),
        onOpen: setUrl,
        onLeave: () =>
          document.querySelector<HTMLElement>("#panel [role=tab][data-state=active]")?.focus(),
      },
    );
    screen.current = opened;
    if (wanted.current) opened.focus();
    return () => {
      screen.current = undefined;
      opened.close();
    };
  }, [agent, id, family, reader]);
  const again = () => {
    setEnded(false);
    screen.current?.connect();
    screen.current?.focus();
  };
  const follow = () => {
    if (url) window.open(url.href, "_blank", "noopener,noreferrer");
    setUrl(undefined);
  };
  return (
    <div className="terminal">
      <div className="panel-tools">
        <span className="q cut" role="status">
          {ended ? "" : words(link)}
        </span>
        <span className="grow" />
        {searching && <Find onFind={(text) => screen.current?.find(text) ?? false} />}
        <IconButton
          glyph="find"
          size="small"
          label="Search the output"
          aria-pressed={searching}
          onClick={() => setSearching(!searching)}
        />
        <Menu
          align="end"
          label="Terminal actions"
          trigger={
            <Button look="text" size="small" aria-label="More terminal actions">
              More
            </Button>
          }
        >
          <MenuItem keys="Ctrl Shift C" onSelect={() => screen.current?.copy()}>
            Copy what is selected
          </MenuItem>
          <MenuItem keys="Ctrl Shift V" onSelect={() => void screen.current?.paste()}>
            Paste
          </MenuItem>
          <MenuItem
            note="Reads new output aloud; slower with much output."
            onSelect={() => {
              remember("screen-reader", reader ? null : "on");
              wanted.current = true;
              setReader(!reader);
            }}
          >
            {reader ? "Leave screen-reader mode" : "Screen-reader mode"}
          </MenuItem>
        </Menu>
      </div>
      <div className="terminal-host" ref={host} />
      {ended && (
        <div className="terminal-end" role="status">
          <span>The shell has ended.</span>
          <Button size="small" onClick={again}>
            Start another one
          </Button>
        </div>
      )}
      <Confirm
        open={url !== undefined}
        onClose={() => setUrl(undefined)}
        title={`Open ${plain(url?.host ?? "")}?`}
        about={plain(url?.href ?? "")}
        verb="Open"
        onConfirm={follow}
      />
    </div>
  );
}

function words(link: Link): string {
  if (link === "connecting") return "Connecting";
  return link === "lost" ? "Connection lost, trying again" : "";
}

function Find({ onFind }: { onFind: (text: string) => boolean }) {
  const [text, setText] = useState("");
  const [missing, setMissing] = useState(false);
  const find = (event: FormEvent) => {
    event.preventDefault();
    setMissing(!onFind(text));
  };
  return (
    <form className="terminal-find" onSubmit={find}>
      <Input
        aria-label="Search the output"
        aria-invalid={missing}
        value={text}
        placeholder="Search"
        autoFocus
        onChange={(event) => {
          setText(event.target.value);
          setMissing(false);
        }}
      />
      {missing && <span className="q">Not found</span>}
    </form>
  );
}
