import { Link } from "@tanstack/react-router";
import type { ModelCatalogue } from "@/api/generated/types";
import { usable } from "@/api/models";
import { isAdmin, useMe } from "@/api/session";
import { Notice } from "@/components/ui/states";

/** Whether every model that can be asked only plays a script. */
export function isDemo(catalogue: ModelCatalogue | undefined): boolean {
  const models = usable(catalogue);
  return models.length > 0 && models.every((model) => model.model.startsWith("script:"));
}

/** Says what the demo is, and how to get a model that thinks. */
export function DemoNotice({ catalogue }: { catalogue: ModelCatalogue | undefined }) {
  const me = useMe();
  if (!isDemo(catalogue)) return null;
  return (
    <aside className="sandbox-notice" aria-label="Demo">
      <Notice
        glyph="list"
        title="Scripted answers, real workspace"
        row={isAdmin(me)}
        actions={
          isAdmin(me) && (
            <Link to="/agents/settings/providers" className="btn sm">
              Add a model key
            </Link>
          )
        }
      >
        <p>Add a model key to talk to a real one.</p>
      </Notice>
    </aside>
  );
}
