import { Outlet } from "@tanstack/react-router";
import { Toaster } from "@/components/ui/toast";
import { TipProvider } from "@/components/ui/tooltip";

export function RootLayout() {
  return (
    <TipProvider delayDuration={400}>
      <Outlet />
      <Toaster />
    </TipProvider>
  );
}
