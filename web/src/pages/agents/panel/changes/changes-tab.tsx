import { type ReactNode, useMemo, useState } from "react";
import type { Chat } from "@/api/generated/types";
import { useWorkspace, workspaceState } from "@/api/workspaces";
import { Button, IconButton } from "@/components/ui/button";
import { Empty, Loading, Notice } from "@/components/ui/states";
import { clockTime } from "@/lib/format";
import { recall, remember } from "@/lib/storage";
import { uncommitted } from "@/stream/git";
import type { Changes } from "../collect";
import { SPLIT_WIDTH_MIN } from "../panel-state";
import { FileList, FileSection } from "./file-section";
import { filesOfEdits } from "./files";
import { Repository } from "./repository";
import { type LiveGit, useGit } from "./use-git";

interface Props {
  chat: Chat;
  edits: Changes;
  /** Of the panel, in px. */
  width: number;
  onSuggest: (text: string) => void;
}

/** What has changed: live from the workspace, or else what the conversation tells. */
export function ChangesTab({ chat, edits, width, onSuggest }: Props) {
  const live = useGit(chat.id, Boolean(chat.workspace_id));
  const [asked, setAsked] = useState(recall("diff") === "split");
  const wide = width >= SPLIT_WIDTH_MIN;
  const split = wide && asked;
  const choose = () => {
    remember("diff", asked ? null : "split");
    setAsked(!asked);
  };
  const known = live.repositories;
  return (
    <>
      {chat.workspace_id && (
        <div className="panel-tools">
          <span className="q cut" role="status">
            {live.refreshing ? "Looking" : seenWords(live)}
          </span>
          <span className="grow" />
          {wide && (
            <Button look="text" size="small" aria-pressed={split} onClick={choose}>
              Side by side
            </Button>
          )}
          <IconButton glyph="refresh" size="small" label="Look again" onClick={live.refresh} />
        </div>
      )}
      <div className="scrolly">
        <Trouble chat={chat} live={live} />
        {known && known.length > 0 ? (
          <>
            {known.map((repository) => (
              <Repository
                key={repository.repo_root}
                chat={chat.id}
                repository={repository}
                named={known.length > 1}
                split={split}
                onSuggest={onSuggest}
              />
            ))}
            {known.every((one) => uncommitted(one) === 0) && (
              <Empty title="Nothing uncommitted">
                Changes to files appear here as they are made.
              </Empty>
            )}
          </>
        ) : (
          <Edits chat={chat} live={live} edits={edits} split={split} />
        )}
      </div>
    </>
  );
}

function seenWords({ link, scannedAt }: LiveGit): string {
  if (link === "open" && scannedAt) return `Live, looked at ${clockTime(scannedAt)}`;
  return scannedAt ? `As of ${clockTime(scannedAt)}` : "";
}

/** Why what is shown is not live, and since when. */
function Trouble({ chat, live }: { chat: Chat; live: LiveGit }) {
  const { data: workspace } = useWorkspace(chat.workspace_id);
  if (!chat.workspace_id || live.link !== "lost") return null;
  const word = workspace ? workspaceState(workspace).word : "";
  const isUp = word === "" || word === "Running" || word === "Unreachable";
  const title = isUp ? "The workspace can’t be reached" : `The workspace is ${word.toLowerCase()}`;
  const since = live.scannedAt
    ? `This is how it was at ${clockTime(live.scannedAt)}.`
    : "Its live changes will appear once it can be reached.";
  return (
    <div className="pad">
      <Notice tone="warning" glyph="lost" title={title}>
        <p>{since}</p>
      </Notice>
    </div>
  );
}

interface EditsProps {
  chat: Chat;
  live: LiveGit;
  edits: Changes;
  split: boolean;
}

/** Without a repository to ask, the conversation's own edits are what is known. */
function Edits({ chat, live, edits, split }: EditsProps) {
  const [all, setAll] = useState(false);
  const files = useMemo(() => filesOfEdits(all ? edits.whole() : edits.files), [edits, all]);
  const waiting = Boolean(chat.workspace_id) && live.link === "connecting" && !live.repositories;
  if (waiting && files.length === 0) return <Loading rows={4} label="Looking for changes" />;
  const group = { key: chat.id, files };
  if (files.length === 0) return <NoChanges chat={chat} live={live} />;
  return (
    <>
      <p className="fnote edits-note">{whyEdits(chat, live)}</p>
      <FileList group={group} />
      {files.map((file) => (
        <FileSection
          key={file.path}
          chat={chat.id}
          group={group}
          file={file}
          split={split}
          onAll={() => setAll(true)}
        />
      ))}
    </>
  );
}

function whyEdits(chat: Chat, live: LiveGit): ReactNode {
  if (!chat.workspace_id) return "The edits the agent made in this conversation.";
  if (live.repositories) {
    return "There is no git repository in the workspace. These are the edits the agent made in this conversation.";
  }
  return "Not live: the edits the agent made in this conversation.";
}

function NoChanges({ chat, live }: { chat: Chat; live: LiveGit }) {
  if (!chat.workspace_id) {
    return (
      <Empty title="No workspace yet">
        Once the agent works in one, what it changes is shown here, line by line.
      </Empty>
    );
  }
  if (live.repositories) {
    return (
      <Empty title="Not a git repository">
        The workspace holds no repository. Files the agent edits are shown here all the same.
      </Empty>
    );
  }
  return <Empty title="No changes yet">Files the agent edits are shown here, line by line.</Empty>;
}
