import { PageHead } from "@/components/page-head";
import { DeviceSection } from "./device";
import { PersonalPrompt } from "./personal-prompt";
import { SendKeySection } from "./send-key";
import { Thresholds } from "./thresholds";

export function BehaviorPage() {
  return (
    <>
      <PageHead title="Behavior" about="How agents work for you, in every chat you start." />
      <PersonalPrompt />
      <Thresholds />
      <SendKeySection />
      <DeviceSection />
    </>
  );
}
