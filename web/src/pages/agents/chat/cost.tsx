import { useQuery } from "@tanstack/react-query";
import { lazy } from "react";
import type { Chat, ChatCost, ChatMessage } from "@/api/generated/types";
import { chatCostQuery } from "@/api/usage";
import { Late } from "@/components/ui/late";
import { dollars, plural } from "@/lib/format";
import { useAccess } from "../sharing/access";

const CostDetails = lazy(() => import("./cost-details"));

interface Props {
  chat: Chat;
  messages: readonly ChatMessage[];
}

/** What the chat has cost so far. Nothing where no model has a price, or where it is another's. */
export function Cost({ chat, messages }: Props) {
  const { write } = useAccess(chat);
  const answers = messages.filter((message) => message.usage).length;
  const { data } = useQuery({ ...chatCostQuery(chat.id, answers), enabled: write && answers > 0 });
  if (!data || data.priced_message_count === 0) return null;
  const trigger = (
    <button type="button" className="cost num" aria-label={spoken(data)}>
      {data.unpriced_message_count > 0 && "≥ "}
      {dollars(data.total_cost_micros)}
    </button>
  );
  return <Late trigger={trigger}>{(opening) => <CostDetails cost={data} {...opening} />}</Late>;
}

function spoken({ total_cost_micros, unpriced_message_count: unpriced }: ChatCost): string {
  const words = `Cost: ${dollars(total_cost_micros)}`;
  return unpriced > 0 ? `${words}, and ${plural(unpriced, "call")} without a price` : words;
}
