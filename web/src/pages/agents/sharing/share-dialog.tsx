import type { Chat } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Select } from "@/components/ui/form";
import { Failed, Loading } from "@/components/ui/states";
import { plural } from "@/lib/format";
import { plain } from "@/lib/plain";
import { copyLink } from "../list/actions";
import { candidates, groupName, personName, useGroups, useReaders, useShare } from "./queries";

interface Props {
  chat: Chat;
  open: boolean;
  onClose: () => void;
}

/** Who may read a chat. Nothing to save: each choice is made at once. */
export function ShareDialog({ chat, open, onClose }: Props) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Share this chat"
      about="Readers see the conversation, its files and what the agent does. They can’t write."
      actions={
        <>
          <Button look="primary" onClick={onClose}>
            Done
          </Button>
          <Button look="text" onClick={() => void copyLink(chat)}>
            Copy link
          </Button>
        </>
      }
    >
      <Readers chat={chat} />
    </Dialog>
  );
}

function Readers({ chat }: { chat: Chat }) {
  const readers = useReaders(chat.id);
  const groups = useGroups();
  const share = useShare(chat.id);
  if (readers.isError || groups.isError) {
    const again = () => void Promise.all([readers.refetch(), groups.refetch()]);
    const error = readers.error ?? groups.error;
    return <Failed title="Readers could not be loaded" error={error} onRetry={again} />;
  }
  if (!readers.data || !groups.data) return <Loading rows={3} label="Loading readers" />;
  const acl = readers.data;
  const known = candidates(groups.data, acl, chat.owner_id);
  const add = (value: string) => {
    const [kind, id = ""] = value.split(" ");
    share.mutate(
      kind === "group" ? { group_roles: { [id]: "read" } } : { user_roles: { [id]: "read" } },
    );
  };
  return (
    <>
      <Select
        aria-label="Share with a person or a group"
        className="share-pick"
        value=""
        disabled={share.isPending}
        onChange={(event) => add(event.target.value)}
      >
        <option value="">Add a person or a group</option>
        {known.groups.length > 0 && (
          <optgroup label="Groups">
            {known.groups.map((one) => (
              <option key={one.id} value={`group ${one.id}`}>
                {plain(groupName(one))}
              </option>
            ))}
          </optgroup>
        )}
        {known.people.length > 0 && (
          <optgroup label="People">
            {known.people.map((one) => (
              <option key={one.id} value={`user ${one.id}`}>
                {plain(personName(one))}
              </option>
            ))}
          </optgroup>
        )}
      </Select>
      <ul className="rows" aria-label="Readers">
        {acl.groups.map((one) => (
          <Reader
            key={one.id}
            name={groupName(one)}
            note={plural(one.total_member_count, "person", "people")}
            busy={share.isPending}
            onRemove={() => share.mutate({ group_roles: { [one.id]: "" } })}
          />
        ))}
        {acl.users.map((one) => (
          <Reader
            key={one.id}
            name={personName(one)}
            note={one.name ? one.username : ""}
            busy={share.isPending}
            onRemove={() => share.mutate({ user_roles: { [one.id]: "" } })}
          />
        ))}
        {acl.users.length + acl.groups.length === 0 && (
          <li className="q">Only you can read this chat.</li>
        )}
      </ul>
    </>
  );
}

interface ReaderProps {
  name: string;
  note: string;
  busy: boolean;
  onRemove: () => void;
}

function Reader({ name, note, busy, onRemove }: ReaderProps) {
  return (
    <li className="threshold">
      <span className="grow cut">
        <bdi>{plain(name)}</bdi> <span className="q">{note}</span>
      </span>
      <span className="q">Can read</span>
      <Button look="text" size="small" disabled={busy} onClick={onRemove}>
        Remove<span className="vh"> {plain(name)}</span>
      </Button>
    </li>
  );
}
