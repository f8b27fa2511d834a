import { useQuery } from "@tanstack/react-query";
import { healthQuery } from "@/api/deployment";
import type { DeploymentHealth, ReplicaHealth, SandboxHealth } from "@/api/generated/types";
import { PageHead } from "@/components/page-head";
import { Button } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { Empty, Failed, Loading } from "@/components/ui/states";
import { ago, clockTime, fullTime } from "@/lib/format";
import { useMinutes } from "@/lib/now";
import { Section } from "../parts/section";
import { Checks } from "./checks";
import { Options } from "./options";
import { engineName, levelMeaning, verdict } from "./words";

export function DeploymentPage() {
  const health = useQuery(healthQuery);
  return (
    <>
      <PageHead
        title="Deployment"
        about="This server, and how it is doing."
        action={
          <Button disabled={health.isFetching} onClick={() => void health.refetch()}>
            {health.isFetching ? "Checking" : "Check again"}
          </Button>
        }
      />
      {health.isPending && <Loading rows={8} label="Checking the server" />}
      {health.isError && !health.data && (
        <Failed
          title="The server could not be checked"
          error={health.error}
          onRetry={() => void health.refetch()}
        />
      )}
      {health.data && <Health health={health.data} />}
      {health.data && <Options />}
    </>
  );
}

function Health({ health }: { health: DeploymentHealth }) {
  const { ok, text } = verdict(health);
  return (
    <>
      <p className="verdict" role="status">
        <Glyph name={ok ? "check" : "warn"} className={ok ? "good" : "warn"} />
        <span>
          <b>{text}</b> <span className="q">Checked at {clockTime(health.checked_at)}.</span>
        </span>
      </p>
      <Facts health={health} />
      <Section title="Checks">
        <Checks checks={health.checks} label="Checks of this machine" />
      </Section>
      {health.sandbox ? (
        <Sandbox sandbox={health.sandbox} />
      ) : (
        <Section title="Sandbox">
          <Empty title="No workspaces of its own">This server starts none on its machine.</Empty>
        </Section>
      )}
      <Servers replicas={health.replicas} />
    </>
  );
}

function Facts({ health }: { health: DeploymentHealth }) {
  const { database } = health;
  const answered = `${(database.answer_us / 1_000).toFixed(1)} ms`;
  const facts: [string, string][] = [
    ["Version", health.build ? `${health.version}, pages ${health.build}` : health.version],
    ["Address", health.access_url],
    ["Listens at", health.http_address],
    ["Database", `${engineName(database.engine)} ${database.version}, answered in ${answered}`],
  ];
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Sandbox({ sandbox }: { sandbox: SandboxHealth }) {
  return (
    <Section
      title="Sandbox"
      note={`Level ${sandbox.level}, required: ${sandbox.required}`}
      about={levelMeaning(sandbox.level)}
    >
      <Checks checks={sandbox.layers} label="Layers of the sandbox" />
      <p className="help">
        Tried when the server started. Restart it after you have mended something.
      </p>
    </Section>
  );
}

function Servers({ replicas }: { replicas: ReplicaHealth[] }) {
  const now = useMinutes();
  if (replicas.length === 0) return null;
  return (
    <Section title="Servers" about="Those that share the database and run chats.">
      <table className="tbl">
        <thead>
          <tr>
            <th>Server</th>
            <th>Started</th>
            <th>Last sign of life</th>
            <th>State</th>
          </tr>
        </thead>
        <tbody>
          {replicas.map((replica) => (
            <tr key={replica.id}>
              <td>
                <code>{replica.id}</code>
              </td>
              <td className="m" data-label="Started" title={fullTime(replica.started_at)}>
                {ago(replica.started_at, now)}
              </td>
              <td
                className="m"
                data-label="Last sign of life"
                title={fullTime(replica.heartbeat_at)}
              >
                {ago(replica.heartbeat_at, now)}
              </td>
              <td>
                <span className={replica.alive ? "m" : "warn"}>
                  <Glyph name={replica.alive ? "check" : "lost"} />{" "}
                  {replica.alive ? "Alive" : "Silent"}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
