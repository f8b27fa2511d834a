import { Link } from "@tanstack/react-router";
import type { ModelCatalogue } from "@/api/generated/types";
import { isAdmin, useMe } from "@/api/session";
import { CannotWrite } from "@/components/composer/composer";
import { plain } from "@/lib/plain";

function hasModel(catalogue: ModelCatalogue): boolean {
  return catalogue.providers.some((provider) => provider.models.length > 0);
}

/** For those who can't mend it themselves. */
export function whomToAsk(names: string[] | undefined): string {
  if (!names || names.length === 0) return "Ask your administrator to add one.";
  const list = new Intl.ListFormat("en", { type: "disjunction" }).format(names.map(plain));
  return `Ask ${list}, who ${names.length === 1 ? "administers" : "administer"} this server.`;
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
        <p className="lede">{whomToAsk(catalogue.administrators)}</p>
      )}
    </>
  );
}

/** The same in place of a chat's composer. */
export function NoModelRow({ catalogue }: { catalogue: ModelCatalogue }) {
  const me = useMe();
  const lacksKey = hasModel(catalogue);
  const reason = lacksKey ? "Every model lacks a working key." : "No model is set up yet.";
  if (!isAdmin(me))
    return <CannotWrite reason={`${reason} ${whomToAsk(catalogue.administrators)}`} />;
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
