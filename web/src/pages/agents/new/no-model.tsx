import { Link } from "@tanstack/react-router";
import type { ModelCatalogue } from "@/api/generated/types";
import { isAdmin, useMe } from "@/api/session";
import { CannotWrite } from "@/components/composer/composer";

function hasModel(catalogue: ModelCatalogue): boolean {
  return catalogue.providers.some((provider) => provider.models.length > 0);
}

/** What is missing before the first chat, and who can mend it. */
export function NoModel({ catalogue }: { catalogue: ModelCatalogue }) {
  const me = useMe();
  const lacksKey = hasModel(catalogue);
  const title = lacksKey ? "No model can be used" : "One model, then you can start";
  return (
    <>
      <h1>{title}</h1>
      <p className="lede">
        {lacksKey
          ? "Every model lacks a working key."
          : "Muster is running. It needs a model to talk to."}
      </p>
      {isAdmin(me) ? (
        <p className="hello-actions">
          <Link
            to={lacksKey ? "/agents/settings/providers" : "/agents/welcome"}
            className="btn pri"
          >
            {lacksKey ? "Check the providers" : "Add a provider"}
          </Link>
        </p>
      ) : (
        <p className="lede">Ask your administrator.</p>
      )}
    </>
  );
}

/** The same in place of a chat's composer. */
export function NoModelRow({ catalogue }: { catalogue: ModelCatalogue }) {
  const me = useMe();
  const lacksKey = hasModel(catalogue);
  const reason = lacksKey ? "Every model lacks a working key." : "No model is set up yet.";
  if (!isAdmin(me)) return <CannotWrite reason={`${reason} Ask your administrator.`} />;
  return (
    <CannotWrite
      reason={reason}
      action={
        <Link to={lacksKey ? "/agents/settings/providers" : "/agents/welcome"} className="btn sm">
          {lacksKey ? "Check the providers" : "Add a provider"}
        </Link>
      }
    />
  );
}
