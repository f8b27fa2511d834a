import { DropdownMenu as Radix } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
import { Glyph } from "./glyph";

interface MenuProps {
  trigger: ReactElement;
  children: ReactNode;
  align?: "start" | "end" | "center";
  side?: "top" | "bottom" | "left" | "right";
  label?: string;
}

export function Menu({ trigger, children, align = "start", side = "bottom", label }: MenuProps) {
  return (
    // Not modal: that would hide the rest from screen readers and leave it in the way of Tab.
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          className="sheet menu"
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={8}
          aria-label={label}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface ItemProps {
  children: ReactNode;
  onSelect: () => void;
  disabled?: boolean;
  danger?: boolean;
  keys?: string;
  /** Second line: why it is disabled, what it means. */
  note?: string | undefined;
}

export function MenuItem({ children, onSelect, disabled, danger, keys, note }: ItemProps) {
  return (
    <Radix.Item
      className={`menu-item ${danger ? "bad" : ""}`}
      disabled={disabled}
      onSelect={onSelect}
    >
      <span className="grow">
        {children}
        {note && <small>{note}</small>}
      </span>
      {keys && <kbd>{keys}</kbd>}
    </Radix.Item>
  );
}

interface ChoiceProps {
  value: string;
  onChange: (value: string) => void;
  children: ReactNode;
}

export function MenuChoices({ value, onChange, children }: ChoiceProps) {
  return (
    <Radix.RadioGroup value={value} onValueChange={onChange}>
      {children}
    </Radix.RadioGroup>
  );
}

interface ChoiceItemProps {
  value: string;
  children: ReactNode;
  disabled?: boolean;
  note?: string | undefined;
}

export function MenuChoice({ value, children, disabled, note }: ChoiceItemProps) {
  return (
    <Radix.RadioItem className="menu-item" value={value} disabled={disabled}>
      <span className="menu-mark">
        <Radix.ItemIndicator>
          <Glyph name="check" />
        </Radix.ItemIndicator>
      </span>
      <span className="grow">
        {children}
        {note && <small>{note}</small>}
      </span>
    </Radix.RadioItem>
  );
}

interface CheckProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: ReactNode;
  note?: string | undefined;
}

/** Stays open: several may be switched at once. */
export function MenuCheck({ checked, onChange, children, note }: CheckProps) {
  return (
    <Radix.CheckboxItem
      className="menu-item"
      checked={checked}
      onCheckedChange={onChange}
      onSelect={(event) => event.preventDefault()}
    >
      <span className="menu-mark">
        <Radix.ItemIndicator>
          <Glyph name="check" />
        </Radix.ItemIndicator>
      </span>
      <span className="grow">
        {children}
        {note && <small>{note}</small>}
      </span>
    </Radix.CheckboxItem>
  );
}

export function MenuHead({ children }: { children: ReactNode }) {
  return <Radix.Label className="menu-head">{children}</Radix.Label>;
}

export function MenuRule() {
  return <Radix.Separator className="menu-rule" />;
}
