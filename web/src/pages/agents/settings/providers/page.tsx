import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { Provider } from "@/api/generated/types";
import { PageHead } from "@/components/page-head";
import { Glyph } from "@/components/ui/glyph";
import { Failed, Loading } from "@/components/ui/states";
import { plain } from "@/lib/plain";
import { isStored } from "./draft";
import { ProviderForm } from "./form";
import { keyVariable, PresetProvider } from "./preset";
import { modelConfigsQuery, providersQuery } from "./queries";

export function ProvidersPage() {
  const providers = useQuery(providersQuery);
  const { provider: chosen } = useSearch({ strict: false }) as { provider?: string };
  const navigate = useNavigate();
  const open = (provider: string | undefined) =>
    void navigate({
      to: "/agents/settings/providers",
      search: { provider },
      replace: true,
      // Only Cancel and what removes it close it: nothing is lost by mistake then.
      ignoreBlocker: provider === undefined,
    });
  const current = providers.data?.find((one) => one.provider === chosen);
  return (
    <>
      <PageHead
        title="Providers"
        about="Who answers. Keys are stored encrypted and never shown again."
      />
      {providers.isPending && <Loading rows={8} label="Loading providers" />}
      {providers.isError && (
        <Failed
          title="Providers could not be loaded"
          error={providers.error}
          onRetry={providers.refetch}
        />
      )}
      {providers.data && <Table providers={providers.data} chosen={chosen} onOpen={open} />}
      {current && (
        <Chosen key={current.provider} provider={current} onClose={() => open(undefined)} />
      )}
    </>
  );
}

function Chosen({ provider, onClose }: { provider: Provider; onClose: () => void }) {
  const models = useQuery(modelConfigsQuery);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.scrollIntoView({ block: "nearest" }), []);
  const affected = models.data?.filter((one) => one.provider === provider.provider) ?? [];
  return (
    <div ref={place}>
      {provider.source === "env_preset" ? (
        <PresetProvider provider={provider} />
      ) : (
        <ProviderForm
          provider={provider}
          models={affected.map((one) => plain(one.display_name || one.model))}
          onClose={onClose}
        />
      )}
    </div>
  );
}

interface TableProps {
  providers: Provider[];
  chosen: string | undefined;
  onOpen: (provider: string) => void;
}

function Table({ providers, chosen, onOpen }: TableProps) {
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th>Name</th>
          <th>Address</th>
          <th>Key</th>
          <th style={{ width: 168 }}>State</th>
        </tr>
      </thead>
      <tbody>
        {providers.map((one) => (
          <tr
            key={one.provider}
            className={one.provider === chosen ? "go sel" : "go"}
            onClick={() => onOpen(one.provider)}
          >
            <td>
              <button type="button" className="name" aria-expanded={one.provider === chosen}>
                {plain(one.display_name || one.provider)}
              </button>
            </td>
            <td className="m">
              <Address provider={one} />
            </td>
            <td className="m" data-label="Key">
              {keyWord(one)}
            </td>
            <td>
              <State provider={one} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function keyWord(provider: Provider): string {
  if (provider.source === "env_preset") return keyVariable(provider) ?? "From the environment";
  if (provider.has_api_key) return "Set";
  return isStored(provider) ? "None" : "";
}

function State({ provider }: { provider: Provider }) {
  if (provider.source === "supported") return <span className="q">Not set up</span>;
  if (!provider.enabled) return <span className="q">Off</span>;
  return (
    <span className="m">
      <Glyph name="check" /> Enabled
    </span>
  );
}

function Address({ provider }: { provider: Provider }) {
  if (provider.base_url) return <code>{provider.base_url}</code>;
  return provider.source === "supported" ? null : <span className="q">Usual address</span>;
}
