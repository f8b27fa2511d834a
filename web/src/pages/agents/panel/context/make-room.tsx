import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import type { Chat } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { complain } from "@/components/ui/toast";
import { useAccess } from "../../sharing/access";

/** What makes room in the model's context, for those who may and while nothing runs. */
export function MakeRoom({ chat }: { chat: Chat }) {
  const { write } = useAccess(chat);
  const [asks, setAsks] = useState(false);
  const summarise = useMutation({
    mutationFn: () => api.post<Chat>(`/chats/${chat.id}/compact`),
    onError: (error) => complain("Not summarised.", error),
  });
  const clear = useMutation({
    mutationFn: () => api.post<Chat>(`/chats/${chat.id}/clear`),
    onError: (error) => complain("Not cleared.", error),
    onSettled: () => setAsks(false),
  });
  if (!write || chat.archived) return null;
  const idle = chat.status === "waiting" || chat.status === "error";
  return (
    <p className="make-room">
      <Button
        size="small"
        disabled={!idle || summarise.isPending}
        onClick={() => summarise.mutate()}
      >
        Summarise now
      </Button>
      <Button look="text" size="small" disabled={!idle} onClick={() => setAsks(true)}>
        Clear
      </Button>
      <Confirm
        open={asks}
        onClose={() => setAsks(false)}
        title="Clear the context?"
        about="The model begins afresh and reads nothing of this conversation. For you it stays as it is."
        verb="Clear"
        busy={clear.isPending}
        onConfirm={() => clear.mutate()}
      />
    </p>
  );
}
