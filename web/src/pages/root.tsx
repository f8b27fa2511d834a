import { Outlet } from "@tanstack/react-router";
import { TipProvider } from "@/components/ui/tooltip";

export function RootLayout() {
  return (
    <TipProvider delayDuration={400}>
      <Outlet />
    </TipProvider>
  );
}
