import type { Provider } from "@/api/generated/types";
import { plain } from "@/lib/plain";
import { Section } from "../parts/section";

/** The variables of the server that set a provider up: of its key, and of its address. */
const VARIABLES: Record<string, [string, string]> = {
  anthropic: ["ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"],
  openai: ["OPENAI_API_KEY", "OPENAI_BASE_URL"],
};

export function keyVariable(provider: Provider): string | undefined {
  return VARIABLES[provider.provider]?.[0];
}

/** A provider of the server's environment: what is set there is changed there. */
export function PresetProvider({ provider }: { provider: Provider }) {
  const [key, address] = VARIABLES[provider.provider] ?? [];
  return (
    <Section
      title={plain(provider.display_name || provider.provider)}
      note="Set by the environment of the server"
      about="To change it, change the environment and start the server again."
    >
      <div className="form">
        <span className="lab">API key</span>
        <div className="key-set">
          <span className="m">From {key ? <code>{key}</code> : "the environment"}</span>
        </div>
        <span className="lab">Address</span>
        <div className="key-set">
          <span className="m">
            {provider.base_url ? <code>{provider.base_url}</code> : "Usual address"}
            {address && provider.base_url && (
              <>
                {" "}
                from <code>{address}</code>
              </>
            )}
          </span>
        </div>
      </div>
    </Section>
  );
}
