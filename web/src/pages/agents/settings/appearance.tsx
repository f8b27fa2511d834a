import { PageHead } from "@/components/page-head";
import { type Theme, useTheme } from "@/lib/theme";

const THEMES: { id: Theme; name: string; about: string }[] = [
  { id: "system", name: "System", about: "Follows this device." },
  { id: "light", name: "Light", about: "Warm paper." },
  { id: "dark", name: "Dark", about: "Deep ink." },
];

export function AppearancePage() {
  const { theme, choose } = useTheme();
  return (
    <>
      <PageHead title="Appearance" about="How Muster looks in this browser." />
      <fieldset className="choices">
        <legend>Theme</legend>
        {THEMES.map((one) => (
          <label key={one.id} className="choice">
            <input
              type="radio"
              name="theme"
              checked={theme === one.id}
              onChange={() => choose(one.id)}
            />
            <span>
              <b>{one.name}</b>
              <small>{one.about}</small>
            </span>
          </label>
        ))}
      </fieldset>
    </>
  );
}
