import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { Dialog } from "radix-ui";
import { useState } from "react";
import { chatsQuery } from "@/api/chats";
import { api } from "@/api/client";
import type { Chat } from "@/api/generated/types";
import { useMe } from "@/api/session";
import { ago } from "@/lib/format";
import { useMinutes } from "@/lib/now";
import { plain } from "@/lib/plain";
import { useShell } from "@/lib/shell";
import { useTheme } from "@/lib/theme";
import { rowState } from "@/pages/agents/list/status";
import { navigation } from "@/pages/agents/settings/nav";
import { Glyph } from "./ui/glyph";

const CHATS_MAX = 8;

/** Chats by title, pages and actions, by keyboard alone. */
export function Palette() {
  const { palette, setPalette } = useShell();
  return (
    <Dialog.Root open={palette} onOpenChange={setPalette}>
      <Dialog.Portal>
        <Dialog.Overlay className="veil" />
        <Dialog.Content className="sheet palette floating" aria-describedby={undefined}>
          <Dialog.Title className="vh">Search and commands</Dialog.Title>
          <Content onDone={() => setPalette(false)} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Case does not count. */
const has = (name: string, words: string) =>
  name.toLowerCase().includes(words.trim().toLowerCase());

/** Until the answer is there, what was found before and still fits: Enter takes the first. */
function useChats(words: string): Chat[] {
  const key = chatsQuery({ archived: false, shared: false, text: words }).queryKey;
  const { data = [], isPlaceholderData } = useQuery({
    queryKey: ["palette", key],
    queryFn: ({ signal }) =>
      api.get<Chat[]>("/chats", { limit: CHATS_MAX, q: words.trim() }, signal),
    placeholderData: (old) => old,
  });
  return isPlaceholderData ? data.filter((chat) => has(plain(chat.title), words)) : data;
}

function Content({ onDone }: { onDone: () => void }) {
  const [words, setWords] = useState("");
  const navigate = useNavigate();
  const me = useMe();
  const { choose } = useTheme();
  const { setHelp } = useShell();
  const now = useMinutes();
  const chats = useChats(words);
  const go = (to: string) => {
    onDone();
    void navigate({ to });
  };
  const fits = (name: string) => has(name, words);
  const pages = navigation(me).flatMap((group) => group.entries);
  const actions = [
    { name: "New chat", keys: "n", run: () => go("/agents") },
    { name: "Light theme", keys: "", run: () => choose("light") },
    { name: "Dark theme", keys: "", run: () => choose("dark") },
    { name: "Theme of the system", keys: "", run: () => choose("system") },
    { name: "Keyboard", keys: "?", run: () => setHelp(true) },
  ];
  return (
    <Command shouldFilter={false} loop label="Search and commands">
      <div className="in">
        <Glyph name="find" />
        <Command.Input
          value={words}
          onValueChange={setWords}
          placeholder="Find a chat, a page or an action"
        />
        <kbd>Esc</kbd>
      </div>
      <Command.List className="palette-list">
        <Command.Empty className="palette-empty">Nothing matches.</Command.Empty>
        <Group name="Chats">
          {chats.map((chat) => {
            const { glyph, tone } = rowState(chat);
            return (
              <Command.Item key={chat.id} value={chat.id} onSelect={() => go(`/agents/${chat.id}`)}>
                {glyph ? <Glyph name={glyph} className={tone} /> : <span className="i" />}
                <span className="cut grow" dir="auto">
                  <Matched text={plain(chat.title) || "Untitled"} words={words} />
                </span>
                <span className="q num">{ago(chat.updated_at, now)}</span>
              </Command.Item>
            );
          })}
        </Group>
        <Group name="Pages">
          {pages
            .filter((page) => fits(page.name))
            .map((page) => (
              <Command.Item key={page.to} value={page.to} onSelect={() => go(page.to)}>
                <Glyph name="gear" />
                <span className="grow">
                  <Matched text={page.name} words={words} />
                </span>
              </Command.Item>
            ))}
        </Group>
        <Group name="Actions">
          {actions
            .filter((action) => fits(action.name))
            .map((action) => (
              <Command.Item
                key={action.name}
                value={action.name}
                onSelect={() => {
                  onDone();
                  action.run();
                }}
              >
                <Glyph name="right" />
                <span className="grow">
                  <Matched text={action.name} words={words} />
                </span>
                {action.keys && <kbd>{action.keys}</kbd>}
              </Command.Item>
            ))}
        </Group>
      </Command.List>
    </Command>
  );
}

function Group({ name, children }: { name: string; children: React.ReactNode[] }) {
  if (children.length === 0) return null;
  return <Command.Group heading={name}>{children}</Command.Group>;
}

/** The letters that matched are bold. */
function Matched({ text, words }: { text: string; words: string }) {
  const wanted = words.trim().toLowerCase();
  const at = wanted ? text.toLowerCase().indexOf(wanted) : -1;
  if (at < 0) return <>{text}</>;
  return (
    <>
      {text.slice(0, at)}
      <b>{text.slice(at, at + wanted.length)}</b>
      {text.slice(at + wanted.length)}
    </>
  );
}
