import type { Chat } from "@/api/generated/types";
import { Glyph } from "@/components/ui/glyph";
import { Menu, MenuItem, MenuRule } from "@/components/ui/menu";
import { useAccess } from "../sharing/access";
import { archive, copyLink, pin, unarchive } from "./actions";

interface Props {
  chat: Chat;
  onRename: () => void;
  onLabels: () => void;
  onShare: () => void;
}

export function RowMenu({ chat, onRename, onLabels, onShare }: Props) {
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
      <MenuItem onSelect={() => void copyLink(chat)}>Copy link</MenuItem>
      {access.write && <MenuRule />}
      {access.write &&
        (chat.archived ? (
          <MenuItem onSelect={() => void unarchive(chat)}>Unarchive</MenuItem>
        ) : (
          <MenuItem
            keys="x"
            disabled={active}
            note={active ? "Stop it first." : undefined}
            onSelect={() => void archive(chat)}
          >
            Archive
          </MenuItem>
        ))}
    </Menu>
  );
}
