import type { CatalogueModel } from "@/api/generated/types";
import { unavailable, useModels } from "@/api/models";
import { Menu, MenuChoice, MenuChoices, MenuHead } from "@/components/ui/menu";
import { tokens } from "@/lib/format";
import { plain } from "@/lib/plain";

interface Props {
  model: CatalogueModel | undefined;
  onChange: (id: string) => void;
}

/** Models by provider; those that can't be used are listed with the reason. */
export function ModelMenu({ model, onChange }: Props) {
  const { data, isPending } = useModels();
  if (isPending) return null;
  return (
    <Menu
      label="Model"
      side="top"
      trigger={
        <button
          type="button"
          className="btn text model"
          aria-label={`Model: ${model?.display_name ?? "none"}`}
        >
          <span className="cut">{plain(model?.display_name ?? "No model")}</span>
        </button>
      }
    >
      <MenuChoices value={model?.model_config_id ?? ""} onChange={onChange}>
        {data?.providers.map((provider) => (
          <div key={provider.provider}>
            <MenuHead>{plain(provider.display_name)}</MenuHead>
            {provider.models.map((one) => (
              <MenuChoice
                key={one.model_config_id}
                value={one.model_config_id}
                disabled={!provider.available}
                note={unavailable(provider) ?? `${tokens(one.context_limit)} tokens of context`}
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
