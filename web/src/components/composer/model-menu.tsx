import { Popover } from "radix-ui";
import { useState } from "react";
import type { CatalogueModel } from "@/api/generated/types";
import { useModels } from "@/api/models";
import { Menu, MenuChoice, MenuChoices, MenuHead } from "@/components/ui/menu";
import { plain } from "@/lib/plain";
import { modelNote } from "./model-note";
import { ModelSearch } from "./model-search";

/** From more than these on there is a search. */
const LISTED_MAX = 8;

interface Props {
  model: CatalogueModel | undefined;
  onChange: (id: string) => void;
}

/** Models by provider; those that can't be used are listed with the reason. */
export function ModelMenu({ model, onChange }: Props) {
  const { data, isPending } = useModels();
  const [open, setOpen] = useState(false);
  if (isPending) return null;
  const providers = (data?.providers ?? []).filter((provider) => provider.models.length > 0);
  const count = providers.reduce((sum, provider) => sum + provider.models.length, 0);
  const name = model && (plain(model.display_name) || "Unnamed model");
  const trigger = (
    <button type="button" className="btn text model" aria-label={`Model: ${name ?? "none"}`}>
      <span className="cut">{name ?? "No model"}</span>
    </button>
  );
  if (count > LISTED_MAX) {
    return (
      <Popover.Root open={open} onOpenChange={setOpen}>
        <Popover.Trigger asChild>{trigger}</Popover.Trigger>
        <Popover.Portal>
          <Popover.Content
            className="sheet palette picker"
            side="top"
            align="start"
            sideOffset={6}
            collisionPadding={8}
            aria-label="Model"
          >
            <ModelSearch
              providers={providers}
              model={model}
              onChoose={(id) => {
                setOpen(false);
                onChange(id);
              }}
            />
          </Popover.Content>
        </Popover.Portal>
      </Popover.Root>
    );
  }
  return (
    <Menu label="Model" side="top" trigger={trigger}>
      <MenuChoices value={model?.model_config_id ?? ""} onChange={onChange}>
        {providers.map((provider) => (
          <div key={provider.provider}>
            <MenuHead>{plain(provider.display_name)}</MenuHead>
            {provider.models.map((one) => (
              <MenuChoice
                key={one.model_config_id}
                value={one.model_config_id}
                disabled={!provider.available}
                note={modelNote(provider, one)}
              >
                {plain(one.display_name)}
              </MenuChoice>
            ))}
          </div>
        ))}
      </MenuChoices>
    </Menu>
  );
}
