import type { Workspace } from "@/api/generated/types";
import { useOwnWorkspaces, workspaceState } from "@/api/workspaces";
import { Button } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { Menu, MenuChoice, MenuChoices } from "@/components/ui/menu";
import { plain } from "@/lib/plain";

interface Props {
  chosen: string | null;
  onChange: (id: string | null) => void;
}

/** What it is doing, and how well it is fenced in. */
function noteOf(workspace: Workspace): string {
  const { word } = workspaceState(workspace);
  return workspace.isolation ? `${word}, ${plain(workspace.isolation)} sandbox` : word;
}

/** The workspace that was chosen, unless it is gone by now. */
export function useChosenWorkspace(chosen: string | null): string | null {
  const { data } = useOwnWorkspaces();
  const isGone = data !== undefined && !data.some((one) => one.id === chosen);
  return isGone ? null : chosen;
}

/** Where the agent works: in a workspace of the person, or in one that it makes. */
export function WorkspaceRow({ chosen, onChange }: Props) {
  const { data, isError, isPending, refetch } = useOwnWorkspaces();
  const workspace = data?.find((one) => one.id === chosen);
  const state = workspace && workspaceState(workspace);
  return (
    <>
      <span>Workspace</span>
      <span>
        {isError && (
          <>
            <span className="bad">Workspaces could not be loaded.</span>
            <Button look="text" size="small" onClick={() => void refetch()}>
              Try again
            </Button>
          </>
        )}
        {workspace && state && (
          <>
            <Glyph name="cpu" className={state.tone} />
            <b>{plain(workspace.name)}</b>
            <span className="q cut">{noteOf(workspace)}</span>
          </>
        )}
        {isPending && <span className="q">Loading</span>}
        {!workspace && data && (
          <span className="q">
            {chosen === null
              ? "None yet: the agent may create one."
              : "The last one is gone: the agent may create another."}
          </span>
        )}
        <span className="grow" />
        {data && data.length > 0 && (
          <Menu
            align="end"
            label="Workspace"
            trigger={
              <Button look="text" size="small">
                Change
              </Button>
            }
          >
            <MenuChoices
              value={workspace?.id ?? ""}
              onChange={(id) => onChange(id === "" ? null : id)}
            >
              <MenuChoice value="" note="The agent may create one.">
                None
              </MenuChoice>
              {data.map((one) => (
                <MenuChoice key={one.id} value={one.id} note={noteOf(one)}>
                  {plain(one.name)}
                </MenuChoice>
              ))}
            </MenuChoices>
          </Menu>
        )}
      </span>
    </>
  );
}
