import { Command } from "cmdk";
import { Popover } from "radix-ui";
import type { CatalogueModel, CatalogueProvider } from "@/api/generated/types";
import { Glyph } from "@/components/ui/glyph";
import type { Opening } from "@/components/ui/late";
import { plain } from "@/lib/plain";
import { modelNote } from "./model-note";

interface Props {
  providers: readonly CatalogueProvider[];
  model: CatalogueModel | undefined;
  onChoose: (id: string) => void;
}

/** The search in a box above what opens it. */
export default function ModelPicker(props: Props & Opening) {
  const { trigger, open, onOpenChange, ...search } = props;
  return (
    <Popover.Root open={open} onOpenChange={onOpenChange}>
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
            {...search}
            onChoose={(id) => {
              onOpenChange(false);
              search.onChoose(id);
            }}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** By the words that are shown, not by the id. */
function matches(_id: string, search: string, words: string[] = []): number {
  return words.join(" ").toLowerCase().includes(search.trim().toLowerCase()) ? 1 : 0;
}

/** A long list of models, by a few letters of their name. */
function ModelSearch({ providers, model, onChoose }: Props) {
  return (
    <Command label="Models" filter={matches} loop defaultValue={model?.model_config_id ?? ""}>
      <div className="in">
        <Glyph name="find" className="q" />
        <Command.Input placeholder="Find a model" />
      </div>
      <Command.List className="palette-list">
        <Command.Empty className="palette-empty">No model has such a name.</Command.Empty>
        {providers.map((provider) => (
          <Command.Group key={provider.provider} heading={plain(provider.display_name)}>
            {provider.models.map((one) => (
              <Command.Item
                key={one.model_config_id}
                value={one.model_config_id}
                keywords={[one.display_name, one.model, provider.display_name]}
                disabled={!provider.available}
                onSelect={() => onChoose(one.model_config_id)}
              >
                <span className="menu-mark">
                  {one.model_config_id === model?.model_config_id && <Glyph name="check" />}
                </span>
                <span className="grow cut">{plain(one.display_name)}</span>
                <small className="q">{modelNote(provider, one)}</small>
              </Command.Item>
            ))}
          </Command.Group>
        ))}
      </Command.List>
    </Command>
  );
}
