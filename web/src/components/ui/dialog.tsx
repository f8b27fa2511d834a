import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "./button";

interface Props {
  open: boolean;
  onClose: () => void;
  title: string;
  /** One sentence under the title. */
  about?: string;
  children?: ReactNode;
  /** Buttons at the end; the decisive one first. */
  actions?: ReactNode;
  /** `wide` for what is read or has columns. */
  className?: string;
}

export function Dialog(props: Props) {
  const { open, onClose, title, about, children, actions, className = "" } = props;
  return (
    <Radix.Root open={open} onOpenChange={(next) => next || onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="veil" />
        <Radix.Content
          className={`sheet dialog ${className}`}
          {...(about ? {} : { "aria-describedby": undefined })}
        >
          <Radix.Title className="dialog-title">{title}</Radix.Title>
          {about && <Radix.Description className="dialog-about">{about}</Radix.Description>}
          {children}
          {actions && <div className="dialog-actions">{actions}</div>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface ConfirmProps {
  open: boolean;
  onClose: () => void;
  title: string;
  about: string;
  /** What the decisive button says: a verb. */
  verb: string;
  dangerous?: boolean;
  busy?: boolean;
  onConfirm: () => void;
}

export function Confirm(props: ConfirmProps) {
  const { open, onClose, title, about, verb, dangerous, busy, onConfirm } = props;
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      about={about}
      actions={
        <>
          <Button
            look={dangerous ? "outline" : "primary"}
            className={dangerous ? "danger" : ""}
            disabled={busy}
            onClick={onConfirm}
          >
            {verb}
          </Button>
          <Button look="text" onClick={onClose}>
            Cancel
          </Button>
        </>
      }
    />
  );
}
