import { useNavigate } from "@tanstack/react-router";
import { Button } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { Menu, MenuCheck, MenuHead, MenuItem, MenuRule } from "@/components/ui/menu";
import { useAttention } from "@/lib/attention/choices";

/** How the person hears of chats that they are not looking at. */
export function Bell() {
  const { toasts, chime, setToasts, setChime } = useAttention();
  const navigate = useNavigate();
  return (
    <Menu
      align="end"
      label="Notifications"
      trigger={
        <Button look="text" className="ico bell" aria-label="Notifications" title="Notifications">
          <Glyph name="bell" className={chime ? "good" : ""} />
        </Button>
      }
    >
      <MenuHead>When another chat has news</MenuHead>
      <MenuCheck checked={toasts} onChange={setToasts}>
        Say so here
      </MenuCheck>
      <MenuCheck checked={chime} onChange={setChime}>
        Make a sound
      </MenuCheck>
      <MenuRule />
      <MenuItem onSelect={() => void navigate({ to: "/agents/settings/notifications" })}>
        Notification settings
      </MenuItem>
    </Menu>
  );
}
