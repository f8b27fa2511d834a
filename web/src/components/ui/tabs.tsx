import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";

interface Tab {
  id: string;
  name: string;
  count?: number | undefined;
}

interface Props {
  tabs: Tab[];
  value: string;
  onChange: (id: string) => void;
  label: string;
  /** At the end of the row of tabs. */
  end?: ReactNode;
  children: ReactNode;
}

export function Tabs({ tabs, value, onChange, label, end, children }: Props) {
  return (
    <Radix.Root value={value} onValueChange={onChange} className="tab-root">
      <div className="tabs">
        <Radix.List aria-label={label} className="tab-list">
          {tabs.map((tab) => (
            <Radix.Trigger key={tab.id} value={tab.id} className="tab">
              {tab.name}
              {tab.count !== undefined && <span className="q num">{tab.count}</span>}
            </Radix.Trigger>
          ))}
        </Radix.List>
        {end && <span className="end">{end}</span>}
      </div>
      {children}
    </Radix.Root>
  );
}

export function TabPage({ id, children }: { id: string; children: ReactNode }) {
  return (
    <Radix.Content value={id} className="tab-page" tabIndex={-1}>
      {children}
    </Radix.Content>
  );
}
