import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps, ReactNode } from "react";
import { Glyph, type GlyphName } from "./glyph";
import { Tip } from "./tooltip";

const button = cva("btn", {
  variants: {
    look: { outline: "", primary: "pri", text: "text", danger: "text danger" },
    size: { normal: "", small: "sm" },
  },
  defaultVariants: { look: "outline", size: "normal" },
});

type Look = VariantProps<typeof button>;

/** At most one `primary` button per screen. */
export function Button({ look, size, className, type, ...rest }: ComponentProps<"button"> & Look) {
  return <button type={type ?? "button"} className={button({ look, size, className })} {...rest} />;
}

interface IconProps extends Omit<ComponentProps<"button">, "children"> {
  "data-stop"?: boolean;
  "data-panel-toggle"?: boolean;
  glyph: GlyphName;
  /** Its accessible name and its tooltip. */
  label: string;
  size?: "normal" | "small";
  /** Shown after the label in the tooltip. */
  keys?: string;
  mark?: ReactNode;
}

export function IconButton({ glyph, label, size, className = "", keys, mark, ...rest }: IconProps) {
  return (
    <Tip text={label} {...(keys ? { keys } : {})}>
      <button
        type="button"
        aria-label={label}
        className={button({ look: "text", size, className: `ico ${className}` })}
        {...rest}
      >
        <Glyph name={glyph} />
        {mark}
      </button>
    </Tip>
  );
}
