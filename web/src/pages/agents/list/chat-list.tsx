import { useInfiniteQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useDeferredValue, useEffect, useMemo, useState } from "react";
import { Virtuoso } from "react-virtuoso";
import { type ChatFilter, chatsQuery, watchChats } from "@/api/chats";
import type { Link } from "@/api/socket";
import { Button } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { Empty, Failed, Loading } from "@/components/ui/states";
import { era } from "@/lib/format";
import { useMinutes } from "@/lib/now";
import { FilterBar } from "./filter-bar";
import { ChatRow } from "./row";
import { type ListRow, listRows } from "./status";

const EVERYTHING: ChatFilter = { archived: false, shared: false, text: "" };

export function ChatList() {
  const [filter, setFilter] = useState(EVERYTHING);
  const [link, setLink] = useState<Link>("connecting");
  useEffect(() => watchChats(setLink), []);
  const asked = useDeferredValue(filter);
  const {
    data,
    error,
    isPending,
    isError,
    refetch,
    hasNextPage,
    isFetchingNextPage,
    fetchNextPage,
  } = useInfiniteQuery({ ...chatsQuery(asked), placeholderData: (old) => old });
  const { id } = useParams({ strict: false });
  const now = useMinutes();
  const rows = useMemo(() => {
    const chats = data?.pages.flat() ?? [];
    return listRows(chats, (chat) => era(chat.updated_at, now), id);
  }, [data, now, id]);
  const searching = filter.archived || filter.text.trim() !== "";
  const filtered = filter.shared || searching;
  return (
    <div className="list">
      <FilterBar filter={filter} onChange={setFilter} />
      {link === "lost" && (
        <p className="list-lost" role="status">
          <Glyph name="lost" /> Reconnecting. The list may be out of date.
        </p>
      )}
      {isPending && <Loading rows={6} label="Loading chats" />}
      {isError && !data && (
        <Failed title="Chats could not be loaded" error={error} onRetry={() => void refetch()} />
      )}
      {data && rows.length === 0 && (
        <Nothing
          filtered={filtered}
          shared={filter.shared && !searching}
          onClear={() => setFilter(EVERYTHING)}
        />
      )}
      {rows.length > 0 && (
        <Virtuoso
          className="chats"
          data={rows}
          computeItemKey={(_, row) => row.key}
          increaseViewportBy={300}
          endReached={() => {
            if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
          }}
          itemContent={(_, row) => <Row row={row} now={now} openId={id} />}
        />
      )}
    </div>
  );
}

function Row({ row, now, openId }: { row: ListRow; now: number; openId: string | undefined }) {
  if (row.kind === "head") return <h2>{row.name}</h2>;
  return <ChatRow chat={row.chat} child={row.child} open={row.chat.id === openId} now={now} />;
}

interface NothingProps {
  filtered: boolean;
  /** Nothing else but what is shared was asked for. */
  shared: boolean;
  onClear: () => void;
}

function Nothing({ filtered, shared, onClear }: NothingProps) {
  if (!filtered) return <Empty title="No chats yet">Your chats will be listed here.</Empty>;
  return (
    <div className="blank">
      <p className="blank-title">{shared ? "Nothing is shared with you" : "No chat matches"}</p>
      <Button size="small" onClick={onClear}>
        {shared ? "Show your chats" : "Clear the filter"}
      </Button>
    </div>
  );
}
