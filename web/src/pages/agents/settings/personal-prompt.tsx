import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, errorText } from "@/api/client";
import type { UpdateUserPromptRequest, UserPrompt } from "@/api/generated/types";
import { queryClient } from "@/api/query";
import { Glyph } from "@/components/ui/glyph";
import { Failed, Loading } from "@/components/ui/states";
import { fieldError } from "./parts/field-error";
import { bytesOf, PROMPT_BYTES_MAX, PromptField } from "./parts/prompt-field";
import { SaveBar } from "./parts/save-bar";
import { Section } from "./parts/section";

const KEY = ["user-prompt"];

export function PersonalPrompt() {
  const prompt = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.get<UserPrompt>("/chats/config/user-prompt", undefined, signal),
  });
  return (
    <Section title="Personal prompt" about="Added to the instructions of your chats.">
      {prompt.isPending && <Loading rows={4} label="Loading your prompt" />}
      {prompt.isError && (
        <Failed
          title="Your prompt could not be loaded"
          error={prompt.error}
          onRetry={prompt.refetch}
        />
      )}
      {prompt.data && <Form stored={prompt.data.custom_prompt} />}
    </Section>
  );
}

function Form({ stored }: { stored: string }) {
  const [draft, setDraft] = useState<string | null>(null);
  const text = draft ?? stored;
  const save = useMutation({
    mutationFn: (body: UpdateUserPromptRequest) =>
      api.put<UserPrompt>("/chats/config/user-prompt", body),
    onSuccess: (saved) => {
      queryClient.setQueryData<UserPrompt>(KEY, saved);
      setDraft(null);
    },
  });
  const change = (next: string) => {
    save.reset();
    setDraft(next === stored ? null : next);
  };
  const atField = fieldError(save.error, "custom_prompt");
  const fits = bytesOf(text) <= PROMPT_BYTES_MAX;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (fits) save.mutate({ custom_prompt: text });
      }}
    >
      <PromptField
        label="Personal prompt"
        value={text}
        onChange={change}
        placeholder="For example: explain a change before you make it. Prefer small commits."
        error={atField}
      />
      {save.data?.warnings?.map((warning) => (
        <p key={warning} className="help warn" role="status">
          <Glyph name="warn" /> {warning}
        </p>
      ))}
      <SaveBar
        changes={draft === null ? 0 : 1}
        saving={save.isPending}
        saved={save.isSuccess}
        error={save.isError && !atField ? errorText(save.error) : undefined}
        onDiscard={() => change(stored)}
      />
    </form>
  );
}
