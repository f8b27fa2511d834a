import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import type { ModelConfig } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { complain, say } from "@/components/ui/toast";
import { refreshModels } from "../providers/queries";
import { nameOf } from "./words";

export function RemoveModel({ model, onDone }: { model: ModelConfig; onDone: () => void }) {
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () => api.delete(`/chats/model-configs/${model.id}`),
    onSuccess: async () => {
      onDone();
      await refreshModels();
      say("Model removed.");
    },
    onError: (error) => complain("Not removed.", error),
    onSettled: () => setAsking(false),
  });
  return (
    <>
      <Button look="danger" onClick={() => setAsking(true)}>
        Remove model
      </Button>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={`Remove ${nameOf(model)}?`}
        about="Chats that use it go on with the default model."
        verb="Remove"
        dangerous
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      />
    </>
  );
}
