// Whom a chat is shared with, and whom it could be shared with.
import { useMutation, useQuery } from "@tanstack/react-query";
import { patchChat } from "@/api/chats";
import { api } from "@/api/client";
import type { ChatAcl, Group, GroupMember, UpdateChatAclRequest } from "@/api/generated/types";
import { queryClient } from "@/api/query";
import { complain } from "@/components/ui/toast";

export function useReaders(chatId: string) {
  return useQuery({
    queryKey: ["acl", chatId],
    queryFn: ({ signal }) => api.get<ChatAcl>(`/chats/${chatId}/acl`, undefined, signal),
  });
}

/** The groups that the person sees; who is in them are the people whom they know. */
export function useGroups() {
  return useQuery({
    queryKey: ["groups"],
    queryFn: ({ signal }) => api.get<Group[]>("/groups", undefined, signal),
  });
}

export interface Known {
  people: GroupMember[];
  groups: Group[];
}

/** Who could be added: everybody known who does not read the chat yet, by name. */
export function candidates(groups: readonly Group[], acl: ChatAcl, ownerId: string): Known {
  const readers = new Set([ownerId, ...acl.users.map((one) => one.id)]);
  const shared = new Set(acl.groups.map((one) => one.id));
  const people = new Map<string, GroupMember>();
  for (const member of groups.flatMap((group) => group.members)) {
    if (!readers.has(member.id)) people.set(member.id, member);
  }
  const byName = [...people.values()].sort((a, b) => personName(a).localeCompare(personName(b)));
  return { people: byName, groups: groups.filter((group) => !shared.has(group.id)) };
}

export function personName(one: { name: string; username: string }): string {
  return one.name || one.username;
}

export function groupName(one: { name: string; display_name: string }): string {
  return one.display_name || one.name;
}

export function useShare(chatId: string) {
  return useMutation({
    mutationFn: (body: UpdateChatAclRequest) => api.patch(`/chats/${chatId}/acl`, body),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["acl", chatId] });
      const acl = queryClient.getQueryData<ChatAcl>(["acl", chatId]);
      if (acl) patchChat(chatId, { shared: acl.users.length + acl.groups.length > 0 });
    },
    onError: (error) => complain("Not changed.", error),
  });
}
