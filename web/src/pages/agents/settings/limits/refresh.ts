import { queryClient } from "@/api/query";

/** After a change of limits: everything that shows them. */
export async function refreshUsage(): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: ["usage"] });
}
