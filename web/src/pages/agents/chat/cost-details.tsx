import { Popover } from "radix-ui";
import type { ChatCost } from "@/api/generated/types";
import type { Opening } from "@/components/ui/late";
import { dollars, plural, tokens } from "@/lib/format";
import { plain } from "@/lib/plain";

interface Props extends Opening {
  cost: ChatCost;
}

/** By model, in a box above the sum. */
export default function CostDetails({ cost, trigger, ...opening }: Props) {
  return (
    <Popover.Root {...opening}>
      <Popover.Trigger asChild>{trigger}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="sheet costs"
          side="top"
          align="end"
          sideOffset={6}
          collisionPadding={8}
          aria-label="Cost of this chat"
        >
          <table className="num">
            <thead>
              <tr>
                <th>Model</th>
                <th>Tokens</th>
                <th>Cost</th>
              </tr>
            </thead>
            <tbody>
              {cost.by_model.map((model) => (
                <tr key={model.model_config_id + model.model}>
                  <td className="cut">{plain(model.display_name) || plain(model.model)}</td>
                  <td>{tokens(model.total_input_tokens + model.total_output_tokens)}</td>
                  <td>{dollars(model.total_cost_micros)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <Notes cost={cost} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Notes({ cost }: { cost: ChatCost }) {
  const { total_cost_micros: total, own_cost_micros: own, unpriced_message_count: count } = cost;
  return (
    <>
      {total > own && <p>{dollars(total - own)} of it by subagents.</p>}
      {count > 0 && (
        <p>
          {plural(count, "call")} of models without a price {count === 1 ? "is" : "are"} not
          counted.
        </p>
      )}
    </>
  );
}
