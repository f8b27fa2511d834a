import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { ModelConfig, Provider, ProviderSchema } from "@/api/generated/types";
import { PageHead } from "@/components/page-head";
import { Button } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { Empty, Failed, Loading } from "@/components/ui/states";
import { modelConfigsQuery, providersQuery, schemaQuery } from "../providers/queries";
import { ModelForm } from "./form";
import { ModelTable } from "./table";

/** The word in the address while a model is being added. */
const NEW = "new";

export function ModelsPage() {
  const models = useQuery(modelConfigsQuery);
  const providers = useQuery(providersQuery);
  const schema = useQuery(schemaQuery);
  const { model: chosen } = useSearch({ strict: false }) as { model?: string };
  const navigate = useNavigate();
  const open = (model: string | undefined) =>
    void navigate({
      to: "/agents/settings/models",
      search: { model },
      replace: true,
      // Only Cancel and what removes it close it: nothing is lost by mistake then.
      ignoreBlocker: model === undefined,
    });
  const usable = (providers.data ?? []).filter((one) => one.source !== "supported");
  const failed = [models, providers, schema].find((query) => query.isError);
  const ready = models.data && providers.data && schema.data;
  return (
    <>
      <PageHead
        title="Models"
        about="What people can choose. Exactly one is the default."
        action={
          usable.length > 0 && (
            <Button onClick={() => open(NEW)}>
              <Glyph name="plus" /> Add model
            </Button>
          )
        }
      />
      {failed && (
        <Failed title="Models could not be loaded" error={failed.error} onRetry={failed.refetch} />
      )}
      {!failed && !ready && <Loading rows={5} label="Loading models" />}
      {ready && usable.length === 0 && (
        <Empty title="No provider yet">
          A model needs somebody who runs it.{" "}
          <Link className="link" to="/agents/settings/providers">
            Set up a provider
          </Link>
        </Empty>
      )}
      {ready && usable.length > 0 && models.data.length === 0 && chosen !== NEW && (
        <Empty title="No models yet">Add the first one; it becomes the default.</Empty>
      )}
      {ready && models.data.length > 0 && (
        <ModelTable models={models.data} providers={providers.data} chosen={chosen} onOpen={open} />
      )}
      {ready && chosen && (
        <Chosen
          key={chosen}
          model={models.data.find((one) => one.id === chosen)}
          isNew={chosen === NEW}
          providers={usable}
          schemas={schema.data.providers}
          onOpen={open}
        />
      )}
    </>
  );
}

interface ChosenProps {
  model: ModelConfig | undefined;
  isNew: boolean;
  providers: Provider[];
  schemas: ProviderSchema[];
  onOpen: (model: string | undefined) => void;
}

function Chosen({ model, isNew, ...rest }: ChosenProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.scrollIntoView({ block: "nearest" }), []);
  if (!model && !isNew) return <Empty title="Not found">This model was removed.</Empty>;
  return (
    <div ref={place}>
      <ModelForm model={model} {...rest} />
    </div>
  );
}
