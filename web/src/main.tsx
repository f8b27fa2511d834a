import "./styles/index.css";

import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError, whenNewBuild, whenSignedOut } from "./api/client";
import { queryClient } from "./api/query";
import { ME, meQuery } from "./api/session";
import { askOnLeave } from "./components/composer/references";
import { keepDraftsOnLeave } from "./components/composer/store";
import { loadsAnew, missingPart, offerReload } from "./lib/new-build";
import { keepOffline } from "./lib/offline";
import { followSystem } from "./lib/theme";
import { router } from "./router";

followSystem();
keepOffline();
keepDraftsOnLeave();
askOnLeave();
whenNewBuild(offerReload);
whenSignedOut((path) => {
  // The signed-in layout looks at this query: one 401 anywhere leads to the sign-in page. Its
  // own 401 is the answer; asking again for that would go on for ever.
  if (path === ME) return;
  void queryClient.invalidateQueries({ queryKey: meQuery.queryKey, refetchType: "active" });
});
router.subscribe("onBeforeNavigate", ({ toLocation, pathChanged }) => {
  if (pathChanged && loadsAnew()) location.assign(toLocation.href);
});
window.addEventListener("vite:preloadError", missingPart);

const root = document.getElementById("root");
if (!root) throw new ApiError(0, { message: "The page has no root." });
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
