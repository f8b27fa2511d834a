import { useShell } from "@/lib/shell";
import { SHORTCUTS } from "@/lib/shortcuts";
import { Button } from "./ui/button";
import { Dialog } from "./ui/dialog";

const GROUPS = ["Anywhere", "Chat", "Typing"] as const;

/** The keyboard map, made from the same list that the keys use. */
export function Help() {
  const { help, setHelp } = useShell();
  return (
    <Dialog
      open={help}
      onClose={() => setHelp(false)}
      title="Keyboard"
      actions={<Button onClick={() => setHelp(false)}>Close</Button>}
    >
      {GROUPS.map((group) => (
        <section key={group} className="keys">
          <h3>{group}</h3>
          <dl>
            {SHORTCUTS.filter((one) => one.group === group).map((one) => (
              <div key={one.keys}>
                <dt>{one.name}</dt>
                <dd>
                  {one.keys.split(" ").map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
