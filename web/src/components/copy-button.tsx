import { useEffect, useState } from "react";
import { copyText } from "@/lib/copy";
import { Glyph } from "./ui/glyph";
import { complain } from "./ui/toast";

interface Props {
  text: string | (() => string);
  label: string;
  /** Words instead of the sign. */
  words?: string;
}

const SHOWN_MS = 1_500;

export function CopyButton({ text, label, words }: Props) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () =>
    copyText(typeof text === "string" ? text : text()).then(
      () => setCopied(true),
      () => complain("Not copied. Select it and copy it."),
    );
  if (words) {
    return (
      <button type="button" className="btn text sm" onClick={copy}>
        {copied ? "Copied" : words}
      </button>
    );
  }
  return (
    <button
      type="button"
      className="btn text ico sm"
      aria-label={copied ? "Copied" : label}
      title={label}
      onClick={copy}
    >
      <Glyph name={copied ? "check" : "copy"} />
    </button>
  );
}
