import type { Chat } from "@/api/generated/types";
import { Glyph } from "@/components/ui/glyph";
import { Menu, MenuItem, MenuRule } from "@/components/ui/menu";
import { archive, copyLink, pin, unarchive } from "./actions";
import { movePin, pinnedChats, stepOf } from "./pinned";

interface Props {
  chat: Chat;
  /** Of a subagent. */
  parent: Chat | null;
  onRename: () => void;
  onLabels: () => void;
}

export function RowMenu({ chat, parent, onRename, onLabels }: Props) {
  const child = Boolean(chat.parent_chat_id);
  const active = chat.status !== "waiting" && chat.status !== "error";
  return (
    <Menu
      align="end"
      label={`Actions for ${chat.title}`}
      trigger={
        <button type="button" className="btn text ico sm row-menu" aria-label="Chat actions">
          <Glyph name="more" />
        </button>
      }
    >
      <MenuItem keys="e" onSelect={() => setTimeout(onRename)}>
        Rename
      </MenuItem>
      <MenuItem onSelect={() => setTimeout(onLabels)}>Labels</MenuItem>
      {!child && !chat.archived && (
        <MenuItem onSelect={() => void pin(chat)}>{chat.pin_order > 0 ? "Unpin" : "Pin"}</MenuItem>
      )}
      {chat.pin_order > 0 && <PinMoves chat={chat} />}
      <MenuItem onSelect={() => void copyLink(chat)}>Copy link</MenuItem>
      <MenuRule />
      {chat.archived ? (
        <MenuItem
          disabled={parent?.archived ?? false}
          note={parent?.archived ? "Unarchive the chat it belongs to first." : undefined}
          onSelect={() => void unarchive(chat)}
        >
          Unarchive
        </MenuItem>
      ) : (
        <MenuItem
          keys="x"
          disabled={active}
          note={active ? "Stop it first." : undefined}
          onSelect={() => void archive(chat)}
        >
          Archive
        </MenuItem>
      )}
    </Menu>
  );
}

/** What dragging does, for those who don't drag. */
function PinMoves({ chat }: { chat: Chat }) {
  const pinned = pinnedChats();
  const moves = [
    { name: "Move up", place: stepOf(pinned, chat.id, -1) },
    { name: "Move down", place: stepOf(pinned, chat.id, 1) },
  ];
  return moves.map(({ name, place }) => (
    <MenuItem
      key={name}
      disabled={place === null}
      onSelect={() => place !== null && void movePin(chat.id, place)}
    >
      {name}
    </MenuItem>
  ));
}
