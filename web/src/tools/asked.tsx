import { Notice } from "@/components/ui/states";
import { clockTime, stopwatch } from "@/lib/format";
import { useSeconds } from "@/lib/now";
import { plain } from "@/lib/plain";
import type { ToolCall } from "@/stream/rows";
import { JsonBody } from "./generic";

/** A call that only the app which started the chat can answer. */
export function Asked({ call }: { call: ToolCall }) {
  const name = plain(call.name.replaceAll("_", " ")) || "a tool";
  return (
    <Notice
      tone="ask"
      glyph="hand"
      title={
        <>
          Waiting for the app<span className="obj cut">{name}</span>
        </>
      }
      note={call.deadline && <Left until={call.deadline} />}
    >
      <p>
        The app that started this chat answers this call.
        {call.deadline && ` Without an answer by ${clockTime(call.deadline)} the agent goes on.`}
      </p>
      <JsonBody call={call} />
    </Notice>
  );
}

function Left({ until }: { until: string }) {
  const left = Date.parse(until) - useSeconds();
  return left > 0 ? `${stopwatch(left + 999)} left` : "time is up";
}
