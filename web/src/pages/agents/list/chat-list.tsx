import { useInfiniteQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useCallback, useDeferredValue, useMemo, useState } from "react";
import { Virtuoso } from "react-virtuoso";
import { type ChatFilter, chatsQuery } from "@/api/chats";
import { useWatchLink } from "@/api/watch-link";
import { Button } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { Empty, Failed, Loading } from "@/components/ui/states";
import { era } from "@/lib/format";
import { useMinutes } from "@/lib/now";
import { FilterBar } from "./filter-bar";
import { ChatRow } from "./row";
import { type ListRow, listRows, type Unfolded } from "./status";
import { useCalm } from "./use-calm";

const EVERYTHING: ChatFilter = { archived: false, shared: false, text: "" };

export function ChatList() {
  const [filter, setFilter] = useState(EVERYTHING);
  const { link } = useWatchLink();
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
  const [unfolded, setUnfolded] = useState<Unfolded>({});
  const now = useMinutes();
  const { chats, pointer } = useCalm(
    useMemo(() => data?.pages.flat() ?? [], [data]),
    asked.shared,
  );
  const rows = useMemo(
    () => listRows(chats, (chat) => era(chat.updated_at, now), id, unfolded),
    [chats, now, id, unfolded],
  );
  const fold = useCallback((chat: string, open: boolean) => {
    setUnfolded((before) => ({ ...before, [chat]: open }));
  }, []);
  const searching = filter.archived || filter.text.trim() !== "";
  const filtered = filter.shared || searching;
  return (
    <div className="list" {...pointer}>
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
          itemContent={(_, row) => <Row row={row} now={now} openId={id} onFold={fold} />}
        />
      )}
    </div>
  );
}

interface RowProps {
  row: ListRow;
  now: number;
  openId: string | undefined;
  onFold: (chat: string, open: boolean) => void;
}

function Row({ row, now, openId, onFold }: RowProps) {
  if (row.kind === "head") return <h2>{row.name}</h2>;
  const { chat, parent, open } = row;
  return (
    <ChatRow
      chat={chat}
      parent={parent}
      unfolded={open}
      open={chat.id === openId}
      now={now}
      onFold={onFold}
    />
  );
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
