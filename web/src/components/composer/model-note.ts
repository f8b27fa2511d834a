import type { CatalogueModel, CatalogueProvider } from "@/api/generated/types";
import { unavailable } from "@/api/models";
import { tokens } from "@/lib/format";

/** What stands below a model's name. */
export function modelNote(provider: CatalogueProvider, model: CatalogueModel): string {
  const reason = unavailable(provider);
  if (!reason && model.model.startsWith("script:")) return "Demo: scripted answers";
  return reason ?? `${tokens(model.context_limit)} tokens of context`;
}
