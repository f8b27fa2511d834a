import { lazy } from "react";
import type { CatalogueModel } from "@/api/generated/types";
import { useModels } from "@/api/models";
import { Late } from "@/components/ui/late";
import { Menu, MenuChoice, MenuChoices, MenuHead } from "@/components/ui/menu";
import { plain } from "@/lib/plain";
import { modelNote } from "./model-note";

const ModelPicker = lazy(() => import("./model-picker"));

/** From more than these on there is a search. */
const LISTED_MAX = 8;

interface Props {
  model: CatalogueModel | undefined;
  onChange: (id: string) => void;
}

/** Models by provider; those that can't be used are listed with the reason. */
export function ModelMenu({ model, onChange }: Props) {
  const { data, isPending } = useModels();
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
      <Late trigger={trigger}>
        {(opening) => (
          <ModelPicker providers={providers} model={model} onChoose={onChange} {...opening} />
        )}
      </Late>
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
