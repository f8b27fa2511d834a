import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useChat } from "@/api/chats";
import type { Chat } from "@/api/generated/types";
import { findModel, useModels } from "@/api/models";
import { useWorkspace, workspaceState } from "@/api/workspaces";
import { LabelsDialog } from "@/components/labels/labels-dialog";
import { TopBar } from "@/components/top-bar";
import { Button, IconButton } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { Menu, MenuItem, MenuRule } from "@/components/ui/menu";
import { plain } from "@/lib/plain";
import { archive, copyLink, findTitle, pin, unarchive } from "../list/actions";
import { RenameBox } from "../list/rename";
import { ownerName, useAccess } from "../sharing/access";
import { Share } from "../sharing/share";
import { Bell } from "./bell";

interface Props {
  chat: Chat;
  panel: boolean;
  onPanel: () => void;
}

export function ChatTop({ chat, panel, onPanel }: Props) {
  const [renaming, setRenaming] = useState(false);
  const [labelling, setLabelling] = useState(false);
  const [finding, setFinding] = useState(false);
  const find = async () => {
    setFinding(true);
    await findTitle(chat);
    setFinding(false);
  };
  const [sharing, setSharing] = useState(false);
  const access = useAccess(chat);
  const title = renaming ? (
    <RenameBox chat={chat} onDone={() => setRenaming(false)} />
  ) : (
    <>
      {chat.parent_chat_id && <Parent id={chat.parent_chat_id} />}
      <h1 className="cut" dir="auto" title={plain(chat.title)}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the menu has the same action */}
        <span onDoubleClick={() => access.write && setRenaming(true)}>
          {plain(chat.title) || "Untitled"}
        </span>
      </h1>
      {finding && (
        <span role="status" className="q" title="Finding a title">
          <Glyph name="run" />
          <span className="vh">Finding a title</span>
        </span>
      )}
    </>
  );
  return (
    <TopBar title={title}>
      <SharedMark chat={chat} />
      <DemoBadge chat={chat} />
      <WorkspaceChip id={chat.workspace_id} />
      <Bell />
      <Actions
        chat={chat}
        onRename={() => setRenaming(true)}
        onLabels={() => setLabelling(true)}
        finding={finding}
        onFindTitle={() => void find()}
        onShare={() => setSharing(true)}
      />
      <IconButton
        glyph="panel"
        label={panel ? "Hide panel" : "Show panel"}
        keys="]"
        aria-pressed={panel}
        onClick={onPanel}
        data-panel-toggle
      />
      {labelling && <LabelsDialog chat={chat} onClose={() => setLabelling(false)} />}
      {sharing && <Share chat={chat} open onClose={() => setSharing(false)} />}
      {access.write && (
        <button type="button" hidden data-rename onClick={() => setRenaming(true)} />
      )}
    </TopBar>
  );
}

function Parent({ id }: { id: string }) {
  const { data } = useChat(id);
  return (
    <Link to="/agents/$id" params={{ id }} className="btn text crumb">
      <span className="cut">{plain(data?.title ?? "Parent")}</span>
      <Glyph name="right" />
    </Link>
  );
}

/** Whose chat it is, or that others read one's own. */
function SharedMark({ chat }: { chat: Chat }) {
  const { foreign } = useAccess(chat);
  if (foreign) {
    const verb = chat.shared ? "Shared by" : "Chat of";
    return (
      <span className="tag">
        {verb} {plain(ownerName(chat))}
      </span>
    );
  }
  return chat.shared ? <span className="tag">Shared</span> : null;
}

function DemoBadge({ chat }: { chat: Chat }) {
  const { data } = useModels();
  const model = findModel(data, chat.last_model_config_id);
  if (!model?.model.startsWith("script:")) return null;
  return (
    <span className="tag demo" title="Scripted answers, real workspace.">
      Demo model
    </span>
  );
}

function WorkspaceChip({ id }: { id: string | null | undefined }) {
  const { data } = useWorkspace(id);
  if (!data) return null;
  const { word, tone } = workspaceState(data);
  return (
    <span className="workspace-chip" title={`Workspace ${data.name}: ${word}`}>
      <Glyph name="cpu" className={tone} />
      <span className="cut">{plain(data.name)}</span> <span className="q">{word}</span>
    </span>
  );
}

interface ActionsProps {
  chat: Chat;
  onRename: () => void;
  onLabels: () => void;
  finding: boolean;
  onFindTitle: () => void;
  onShare: () => void;
}

function Actions({ chat, onRename, onLabels, finding, onFindTitle, onShare }: ActionsProps) {
  const access = useAccess(chat);
  const busy = chat.status !== "waiting" && chat.status !== "error";
  return (
    <Menu
      align="end"
      label="Chat actions"
      trigger={
        <Button look="text" className="ico" aria-label="Chat actions">
          <Glyph name="more" />
        </Button>
      }
    >
      {access.write && (
        <MenuItem keys="e" onSelect={() => setTimeout(onRename)}>
          Rename
        </MenuItem>
      )}
      {access.write && <MenuItem onSelect={() => setTimeout(onLabels)}>Labels</MenuItem>}
      {access.write && (
        <MenuItem
          disabled={finding}
          note={finding ? "Already running." : undefined}
          onSelect={onFindTitle}
        >
          Regenerate title
        </MenuItem>
      )}
      {access.share && <MenuItem onSelect={() => setTimeout(onShare)}>Share</MenuItem>}
      {!access.foreign && !chat.parent_chat_id && (
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
            disabled={busy}
            note={busy ? "Stop it first." : undefined}
            onSelect={() => void archive(chat)}
          >
            Archive
          </MenuItem>
        ))}
    </Menu>
  );
}
