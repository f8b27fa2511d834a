import { useState } from "react";
import { Button } from "@/components/ui/button";
import { LabelChips, LabelEditor } from "./label-editor";
import type { LabelProblem, Labels } from "./labels";

interface Props {
  labels: Labels;
  problem: LabelProblem | null;
  onChange: (labels: Labels) => void;
}

/** Collapsed until somebody wants labels, or the server has something to say about them. */
export function LabelRow({ labels, problem, onChange }: Props) {
  const [asked, setAsked] = useState(false);
  const open = asked || problem !== null;
  const none = Object.keys(labels).length === 0;
  return (
    <>
      <span>Labels</span>
      <span className={open ? "opts-open" : ""}>
        {open ? (
          <LabelEditor labels={labels} problem={problem} onChange={onChange} autoFocus />
        ) : (
          <>
            {none ? <span className="q">None</span> : <LabelChips labels={labels} />}
            <span className="grow" />
          </>
        )}
        <Button
          look="text"
          size="small"
          aria-expanded={open}
          onClick={() => setAsked(!open)}
          disabled={problem !== null}
        >
          {open ? "Done" : none ? "Add" : "Edit"}
        </Button>
      </span>
    </>
  );
}
