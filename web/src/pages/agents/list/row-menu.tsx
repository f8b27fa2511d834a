import type { Chat } from "@/api/generated/types";
import { Glyph } from "@/components/ui/glyph";
import { Menu, MenuItem, MenuRule } from "@/components/ui/menu";
import { useAccess } from "../sharing/access";
import { archive, copyLink, pin, unarchive } from "./actions";
import { movePin, pinnedChats, stepOf } from "./pinned";

interface Props {
  chat: Chat;
  /** Of a subagent. */
  parent: Chat | null;
  onRename: () => void;
  onLabels: () => void;
  onShare: () => void;
}

export function RowMenu({ chat, parent, onRename, onLabels, onShare }: Props) {
  const access = useAccess(chat);
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
      {access.write && (
        <MenuItem keys="e" onSelect={() => setTimeout(onRename)}>
          Rename
        </MenuItem>
      )}
      {access.write && <MenuItem onSelect={() => setTimeout(onLabels)}>Labels</MenuItem>}
      {access.share && <MenuItem onSelect={() => setTimeout(onShare)}>Share</MenuItem>}
      {!access.foreign && !child && !chat.archived && (
        <MenuItem onSelect={() => void pin(chat)}>{chat.pin_order > 0 ? "Unpin" : "Pin"}</MenuItem>
      )}
      {!access.foreign && chat.pin_order > 0 && <PinMoves chat={chat} />}
      <MenuItem onSelect={() => void copyLink(chat)}>Copy link</MenuItem>
      {access.write && <MenuRule />}
      {access.write && <Shelf chat={chat} parent={parent} active={active} />}
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

interface ShelfProps {
  chat: Chat;
  parent: Chat | null;
  active: boolean;
}

/** Puts a chat into the archive, or takes it out. */
function Shelf({ chat, parent, active }: ShelfProps) {
  if (chat.archived) {
    const held = parent?.archived ?? false;
    return (
      <MenuItem
        disabled={held}
        note={held ? "Unarchive the chat it belongs to first." : undefined}
        onSelect={() => void unarchive(chat)}
      >
        Unarchive
      </MenuItem>
    );
  }
  return (
    <MenuItem
      keys="x"
      disabled={active}
      note={active ? "Stop it first." : undefined}
      onSelect={() => void archive(chat)}
    >
      Archive
    </MenuItem>
  );
}
