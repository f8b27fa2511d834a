import { useMutation, useQuery } from "@tanstack/react-query";
import { api, errorText } from "@/api/client";
import type { UpdateAppearanceRequest, UserAppearance } from "@/api/generated/types";
import { queryClient } from "@/api/query";
import { PageHead } from "@/components/page-head";
import { Select } from "@/components/ui/form";
import { Glyph } from "@/components/ui/glyph";
import { Failed, Loading } from "@/components/ui/states";
import { type Theme, useTheme } from "@/lib/theme";
import { TERMINAL_FONTS, terminalFamily } from "./fonts";
import { Section } from "./parts/section";

const KEY = ["appearance"];
const PATH = "/users/me/appearance";

const THEMES: { id: Theme; name: string; about: string }[] = [
  { id: "system", name: "System", about: "Follows this device." },
  { id: "light", name: "Light", about: "Warm paper." },
  { id: "dark", name: "Dark", about: "Deep ink." },
];

export function AppearancePage() {
  const { theme, choose } = useTheme();
  return (
    <>
      <PageHead title="Appearance" about="How Muster looks to you." />
      <Section title="Theme" about="Kept in this browser, so that each device may differ.">
        <fieldset className="choices">
          <legend className="vh">Theme</legend>
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
      </Section>
      <TerminalFont />
    </>
  );
}

function TerminalFont() {
  const stored = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.get<UserAppearance>(PATH, undefined, signal),
  });
  const save = useMutation({
    mutationFn: (body: UpdateAppearanceRequest) => api.put<UserAppearance>(PATH, body),
    onSuccess: (saved) => queryClient.setQueryData<UserAppearance>(KEY, saved),
  });
  const pending = save.isPending ? save.variables.terminal_font : undefined;
  const font = pending ?? stored.data?.terminal_font ?? "";
  return (
    <Section title="Terminal" about="The font of terminals, on every device of yours.">
      {stored.isPending && <Loading rows={2} />}
      {stored.isError && (
        <Failed
          title="Your choice could not be loaded"
          error={stored.error}
          onRetry={stored.refetch}
        />
      )}
      {stored.data && (
        <>
          <div className="form">
            <label htmlFor="terminal-font">Font</label>
            <div>
              <Select
                id="terminal-font"
                value={font === "jetbrains-mono" ? "" : font}
                onChange={(event) => save.mutate({ terminal_font: event.target.value })}
              >
                {TERMINAL_FONTS.map((one) => (
                  <option key={one.id} value={one.id}>
                    {one.name}
                  </option>
                ))}
              </Select>
              <p className="help" role="status">
                {save.isPending && "Saving"}
                {save.isSuccess && (
                  <>
                    <Glyph name="check" /> Saved
                  </>
                )}
                {save.isIdle && "A font that this device lacks is replaced by the default."}
              </p>
              {save.isError && (
                <p className="help bad" role="alert">
                  <Glyph name="error" /> {errorText(save.error)}
                </p>
              )}
            </div>
          </div>
          <pre className="sample" style={{ fontFamily: terminalFamily(font) }}>
            {"$ cargo test --workspace\nrunning 14 tests … ok. 14 passed; 0 failed; 0Oo 1lI"}
          </pre>
        </>
      )}
    </Section>
  );
}
