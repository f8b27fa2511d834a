import { Link } from "@tanstack/react-router";
import type { ModelCatalogue } from "@/api/generated/types";
import { isAdmin, useMe } from "@/api/session";

/** What is missing before the first chat, and who can mend it. */
export function NoModel({ catalogue }: { catalogue: ModelCatalogue }) {
  const me = useMe();
  const hasModel = catalogue.providers.some((provider) => provider.models.length > 0);
  const title = hasModel ? "No model can be used" : "One model, then you can start";
  return (
    <>
      <h1>{title}</h1>
      <p className="lede">
        {hasModel
          ? "Every model lacks a working key."
          : "Muster is running. It needs a model to talk to."}
      </p>
      {isAdmin(me) ? (
        <p className="hello-actions">
          <Link
            to={hasModel ? "/agents/settings/providers" : "/agents/welcome"}
            className="btn pri"
          >
            {hasModel ? "Check the providers" : "Add a provider"}
          </Link>
        </p>
      ) : (
        <p className="lede">Ask your administrator.</p>
      )}
    </>
  );
}
