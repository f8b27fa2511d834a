import { type ChatFilter, splitFilter } from "@/api/chats";
import { Glyph } from "@/components/ui/glyph";

interface Props {
  filter: ChatFilter;
  onChange: (filter: ChatFilter) => void;
}

/** Words of the title, labels as `key:value`, the archive, and what others share. */
export function FilterBar({ filter, onChange }: Props) {
  const { archived, shared, text } = filter;
  const { labels } = splitFilter(text);
  const without = (label: string) =>
    text
      .split(/\s+/)
      .filter((word) => word !== label)
      .join(" ");
  return (
    <div className="side-tools">
      <label className="find">
        <Glyph name="find" />
        <input
          type="search"
          id="chat-filter"
          placeholder="Filter by title or label"
          aria-label="Filter chats by title or label"
          autoComplete="off"
          spellCheck={false}
          value={filter.text}
          onChange={(event) => onChange({ ...filter, text: event.target.value })}
          onKeyDown={(event) => {
            if (event.key === "Escape") onChange({ ...filter, text: "" });
          }}
        />
      </label>
      <button
        type="button"
        className={`btn text ico ${shared ? "pressed" : ""}`}
        aria-pressed={shared}
        aria-label="Show chats shared with you"
        title="Show chats shared with you"
        onClick={() => onChange({ ...filter, shared: !shared })}
      >
        <Glyph name="people" />
      </button>
      <button
        type="button"
        className={`btn text ico ${archived ? "pressed" : ""}`}
        aria-pressed={archived}
        aria-label="Show archived chats"
        title="Show archived chats"
        onClick={() => onChange({ ...filter, archived: !archived })}
      >
        <Glyph name="archive" />
      </button>
      {labels.length > 0 && (
        <ul className="label-chips" aria-label="Labels that a chat must have">
          {labels.map((label) => (
            <li key={label} className="tag">
              <span className="cut">{label}</span>
              <button
                type="button"
                aria-label={`Without ${label}`}
                onClick={() => onChange({ ...filter, text: without(label) })}
              >
                <Glyph name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
