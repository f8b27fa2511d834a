import { Checkbox as RadixCheckbox, Switch as RadixSwitch } from "radix-ui";
import { type ComponentProps, type ReactNode, useId } from "react";
import { Glyph } from "./glyph";

interface FieldProps {
  label: string;
  help?: ReactNode;
  error?: string | undefined;
  /** Gets the ids that tie label, help and error to the control. */
  children: (ids: { id: string; "aria-describedby": string; "aria-invalid": boolean }) => ReactNode;
}

/** A row of a settings form: label left, control and help right. */
export function Field({ label, help, error, children }: FieldProps) {
  const id = useId();
  const about = `${id}-about`;
  return (
    <>
      <label htmlFor={id}>{label}</label>
      <div>
        {children({ id, "aria-describedby": about, "aria-invalid": error !== undefined })}
        <div id={about}>
          {help && <p className="help">{help}</p>}
          {error && (
            <p className="help bad" role="alert">
              <Glyph name="error" />
              {error}
            </p>
          )}
        </div>
      </div>
    </>
  );
}

type InputProps = ComponentProps<"input"> & { mono?: boolean; short?: boolean };

export function Input({ mono, short, className = "", ...rest }: InputProps) {
  const look = `inp ${mono ? "mono" : ""} ${short ? "short" : ""} ${className}`;
  return <input className={look} autoComplete="off" {...rest} />;
}

export function TextArea({ className = "", ...rest }: ComponentProps<"textarea">) {
  return <textarea className={`inp area ${className}`} {...rest} />;
}

export function Select({ className = "", ...rest }: ComponentProps<"select">) {
  return <select className={`inp select ${className}`} {...rest} />;
}

export function Switch(props: ComponentProps<typeof RadixSwitch.Root>) {
  return (
    <RadixSwitch.Root className="sw" {...props}>
      <RadixSwitch.Thumb className="sw-thumb" />
    </RadixSwitch.Root>
  );
}

export function Checkbox(props: ComponentProps<typeof RadixCheckbox.Root>) {
  return (
    <RadixCheckbox.Root className="ck" {...props}>
      <RadixCheckbox.Indicator>
        <Glyph name="check" />
      </RadixCheckbox.Indicator>
    </RadixCheckbox.Root>
  );
}
