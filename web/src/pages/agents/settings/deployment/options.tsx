import { useQuery } from "@tanstack/react-query";
import { deploymentConfigQuery } from "@/api/deployment";
import type { DeploymentOption } from "@/api/generated/types";
import { Failed, Loading } from "@/components/ui/states";
import { Section } from "../parts/section";

/** How the server was told to be: only where it runs can that be changed. */
export function Options() {
  const config = useQuery(deploymentConfigQuery);
  return (
    <Section
      title="Settings"
      about="From flags, the environment and the config file, in this order. A change needs a restart."
    >
      {config.isPending && <Loading rows={5} label="Loading the settings" />}
      {config.isError && (
        <Failed
          title="The settings could not be loaded"
          error={config.error}
          onRetry={config.refetch}
        />
      )}
      {config.data && (
        <table className="tbl">
          <thead>
            <tr>
              <th>Setting</th>
              <th>Value</th>
              <th>Set by</th>
            </tr>
          </thead>
          <tbody>
            {config.data.options.map((option) => (
              <tr key={option.name}>
                <td>
                  <code>{option.name}</code>
                  <p className="q">{option.about}</p>
                </td>
                <td>
                  <Value option={option} />
                </td>
                <td className="q">
                  <code>{option.flag ?? option.env}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function Value({ option }: { option: DeploymentOption }) {
  if (option.secret) return <span className="q">{option.set ? "Set, not shown" : "Not set"}</span>;
  if (option.value === undefined || option.value === null)
    return <span className="q">Not set</span>;
  return <code>{option.value}</code>;
}
