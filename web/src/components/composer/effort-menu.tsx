import type { CatalogueModel } from "@/api/generated/types";
import { effortOf } from "@/api/models";
import { Menu, MenuChoice, MenuChoices } from "@/components/ui/menu";
import { effortWord } from "./effort";

interface Props {
  model: CatalogueModel | undefined;
  /** What the chat had last: the server keeps to it until another is named. */
  last: string | null;
  chosen: string | null;
  onChange: (effort: string | null) => void;
}

const DEFAULT = "default";

/** How hard the model thinks, where it lets itself be told. */
export function EffortMenu({ model, last, chosen, onChange }: Props) {
  if (!model || model.reasoning_efforts.length === 0) return null;
  const effort = effortOf(model, chosen, last);
  const hasWayBack = effortOf(model, null, last) === null;
  return (
    <Menu
      label="Reasoning effort"
      side="top"
      trigger={
        <button
          type="button"
          className="btn text effort"
          aria-label={`Reasoning effort: ${effort ? effortWord(effort) : "default"}`}
        >
          {effort ? effortWord(effort) : "Effort"}
        </button>
      }
    >
      <MenuChoices
        value={effort ?? DEFAULT}
        onChange={(value) => onChange(value === DEFAULT ? null : value)}
      >
        {hasWayBack && (
          <MenuChoice value={DEFAULT} note="As the model is set up">
            Default
          </MenuChoice>
        )}
        {model.reasoning_efforts.map((one) => (
          <MenuChoice key={one} value={one}>
            {effortWord(one)}
          </MenuChoice>
        ))}
      </MenuChoices>
    </Menu>
  );
}
