import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, errorText } from "@/api/client";
import type { SystemPromptConfig, UpdateSystemPromptRequest } from "@/api/generated/types";
import { queryClient } from "@/api/query";
import { PageHead } from "@/components/page-head";
import { Switch } from "@/components/ui/form";
import { Glyph } from "@/components/ui/glyph";
import { Failed, Loading } from "@/components/ui/states";
import { fieldError } from "./parts/field-error";
import { bytesOf, PROMPT_BYTES_MAX, PromptField } from "./parts/prompt-field";
import { SaveBar } from "./parts/save-bar";

const KEY = ["system-prompt"];
const PATH = "/chats/config/system-prompt";

export function SystemPromptPage() {
  const config = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.get<SystemPromptConfig>(PATH, undefined, signal),
  });
  return (
    <>
      <PageHead
        title="System prompt"
        about="What every new chat of this server begins with. Running chats keep theirs."
      />
      {config.isPending && <Loading rows={5} label="Loading the prompt" />}
      {config.isError && (
        <Failed
          title="The prompt could not be loaded"
          error={config.error}
          onRetry={config.refetch}
        />
      )}
      {config.data && <Form stored={config.data} />}
    </>
  );
}

function Form({ stored }: { stored: SystemPromptConfig }) {
  const [text, setText] = useState(stored.system_prompt);
  const [include, setInclude] = useState(stored.include_default_system_prompt);
  const save = useMutation({
    mutationFn: (body: UpdateSystemPromptRequest) => api.put(PATH, body),
    // Read back: the server may have taken invisible characters out.
    onSuccess: async () => {
      const saved = await api.get<SystemPromptConfig>(PATH);
      queryClient.setQueryData(KEY, saved);
      setText(saved.system_prompt);
      setInclude(saved.include_default_system_prompt);
    },
  });
  const atField = fieldError(save.error, "system_prompt");
  const changes =
    Number(text !== stored.system_prompt) +
    Number(include !== stored.include_default_system_prompt);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (bytesOf(text) > PROMPT_BYTES_MAX) return;
        save.mutate({ system_prompt: text, include_default_system_prompt: include });
      }}
    >
      <div className="swrow include">
        <Switch
          id="include-default"
          checked={include}
          onCheckedChange={(next) => {
            save.reset();
            setInclude(next);
          }}
        />
        <label htmlFor="include-default">Begin with the built-in prompt</label>
      </div>
      <details className="more built-in">
        <summary>
          <Glyph name="right" />
          Read the built-in prompt
        </summary>
        <pre className="sample">{stored.default_system_prompt}</pre>
      </details>
      <PromptField
        label="Prompt of this server"
        value={text}
        onChange={(next) => {
          save.reset();
          setText(next);
        }}
        placeholder="For example: how your teams write code, where documentation is, what agents must not do."
        error={atField}
      />
      <SaveBar
        changes={changes}
        saving={save.isPending}
        saved={save.isSuccess}
        error={save.isError && !atField ? errorText(save.error) : undefined}
        onDiscard={() => {
          save.reset();
          setText(stored.system_prompt);
          setInclude(stored.include_default_system_prompt);
        }}
      />
    </form>
  );
}
