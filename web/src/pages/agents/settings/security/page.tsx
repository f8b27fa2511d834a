import { useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { UserLoginType } from "@/api/generated/types";
import { PageHead } from "@/components/page-head";
import { Empty, Failed, Loading } from "@/components/ui/states";
import { Section } from "../parts/section";
import { PasswordForm } from "./password";
import { Sessions } from "./sessions";

export function SecurityPage() {
  return (
    <>
      <PageHead title="Security" about="How you sign in, and where you are signed in." />
      <Password />
      <Sessions />
    </>
  );
}

function Password() {
  const login = useQuery({
    queryKey: ["login-type"],
    queryFn: ({ signal }) => api.get<UserLoginType>("/users/me/login-type", undefined, signal),
  });
  return (
    <Section title="Password">
      {login.isPending && <Loading rows={3} label="Loading how you sign in" />}
      {login.isError && (
        <Failed
          title="How you sign in could not be loaded"
          error={login.error}
          onRetry={login.refetch}
        />
      )}
      {login.data?.login_type === "password" && <PasswordForm />}
      {login.data && login.data.login_type !== "password" && (
        <Empty title="You sign in without a password">There is none to change here.</Empty>
      )}
    </Section>
  );
}
