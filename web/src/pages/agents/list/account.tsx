import { useNavigate } from "@tanstack/react-router";
import { signOut, useMe } from "@/api/session";
import { Initials } from "@/components/initials";
import { Glyph } from "@/components/ui/glyph";
import { Menu, MenuChoice, MenuChoices, MenuHead, MenuItem, MenuRule } from "@/components/ui/menu";
import { complain } from "@/components/ui/toast";
import { useShell } from "@/lib/shell";
import { type Theme, useTheme } from "@/lib/theme";
import { administration } from "../settings/nav";
import { UsageMeter } from "./usage";

export function Account() {
  const me = useMe();
  const navigate = useNavigate();
  const { theme, choose } = useTheme();
  const { setHelp } = useShell();
  const leave = () =>
    signOut().then(
      () => navigate({ to: "/login" }),
      (error: unknown) => complain("Not signed out.", error),
    );
  return (
    <div className="side-foot">
      <Initials name={me.name || me.username} />
      <span className="cut">{me.name || me.username}</span>
      <Menu
        align="end"
        side="top"
        label="Account"
        trigger={
          <button type="button" className="btn text ico sm" aria-label="Account and settings">
            <Glyph name="gear" />
          </button>
        }
      >
        <MenuItem onSelect={() => void navigate({ to: "/agents/analytics" })}>Your usage</MenuItem>
        <MenuItem onSelect={() => void navigate({ to: "/agents/settings" })}>Settings</MenuItem>
        {administration(me).map((entry) => (
          <MenuItem key={entry.to} onSelect={() => void navigate({ to: entry.to })}>
            {entry.name}
          </MenuItem>
        ))}
        <MenuItem keys="?" onSelect={() => setHelp(true)}>
          Keyboard
        </MenuItem>
        <MenuRule />
        <MenuHead>Theme</MenuHead>
        <MenuChoices value={theme} onChange={(value) => choose(value as Theme)}>
          <MenuChoice value="system">System</MenuChoice>
          <MenuChoice value="light">Light</MenuChoice>
          <MenuChoice value="dark">Dark</MenuChoice>
        </MenuChoices>
        <MenuRule />
        <MenuItem onSelect={leave}>Sign out</MenuItem>
      </Menu>
      <UsageMeter />
    </div>
  );
}
