import { createRootRoute, createRoute } from "@tanstack/react-router";
import { NotFoundPage } from "./pages/not-found";
import { RootLayout } from "./pages/root";
import { SignedIn } from "./pages/signed-in";

// The routes that others hang below; apart, so that no two files import each other.

export const rootRoute = createRootRoute({
  component: RootLayout,
  notFoundComponent: NotFoundPage,
});

export const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "signed-in",
  component: SignedIn,
});
