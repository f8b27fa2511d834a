import { Link } from "@tanstack/react-router";
import { PageHead } from "@/components/page-head";
import { Button } from "@/components/ui/button";
import { Switch } from "@/components/ui/form";
import { complain } from "@/components/ui/toast";
import { playChime } from "@/lib/attention/chime";
import { useAttention } from "@/lib/attention/choices";
import { Section } from "./parts/section";

export function NotificationsPage() {
  const { toasts, chime, setToasts, setChime } = useAttention();
  const test = () =>
    playChime().catch((error: unknown) => complain("This browser makes no sound.", error));
  return (
    <>
      <PageHead title="Notifications" about="How you hear of a chat that you are not looking at." />
      <Section
        title="While Muster is open"
        about="Kept in this browser, so that each device may differ. The title of the tab counts what waits for you in any case."
      >
        <div className="form">
          <label htmlFor="toasts">Messages</label>
          <div>
            <div className="swrow">
              <Switch id="toasts" checked={toasts} onCheckedChange={setToasts} />
              Say when another chat finishes, fails or needs you
            </div>
          </div>
          <label htmlFor="chime">Chime</label>
          <div>
            <div className="swrow">
              <Switch id="chime" checked={chime} onCheckedChange={setChime} />
              Make a sound as well
              <Button look="text" size="small" onClick={() => void test()}>
                Play it
              </Button>
            </div>
            <p className="help">
              Only one tab makes it, one sound at a time. Browsers stay silent until you have
              clicked or typed something in the page.
            </p>
          </div>
        </div>
      </Section>
      <p className="first-foot">
        Chats that have something to say are bold in{" "}
        <Link to="/agents" className="link">
          the list
        </Link>{" "}
        until you open them.
      </p>
    </>
  );
}
