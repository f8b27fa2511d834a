import { Switch } from "@/components/ui/form";
import { useDevice } from "@/lib/device";
import { Section } from "./parts/section";

/** Keys and width; they hold at once, in this browser. */
export function DeviceSection() {
  const { letters, setLetters, wide, setWide } = useDevice();
  return (
    <Section title="This device" about="Kept in this browser, so that each device may differ.">
      <div className="form">
        <label htmlFor="letters">Letters</label>
        <div>
          <div className="swrow">
            <Switch id="letters" checked={letters} onCheckedChange={setLetters} />
            Single letters are shortcuts
          </div>
          <p className="help">
            Outside of fields only. Keys with Ctrl or Command, F6 and Escape work in any case.
          </p>
        </div>
        <label htmlFor="wide">Full width</label>
        <div className="swrow">
          <Switch id="wide" checked={wide} onCheckedChange={setWide} />
          Conversations take the whole width
        </div>
      </div>
    </Section>
  );
}
