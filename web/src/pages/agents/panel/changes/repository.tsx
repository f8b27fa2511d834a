import { useMemo, useState } from "react";
import type { GitRepository } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { splitPath, tilde } from "@/lib/paths";
import { plain } from "@/lib/plain";
import { commitRequest, pushedWords, uncommitted } from "@/stream/git";
import { FileList, FileSection } from "./file-section";
import { filesOf } from "./files";

interface Props {
  chat: string;
  repository: GitRepository;
  /** There are several, so each needs its name. */
  named: boolean;
  split: boolean;
  onSuggest: (text: string) => void;
}

/** One repository: where it stands, its changed files, and each with its lines. */
export function Repository({ chat, repository, named, split, onSuggest }: Props) {
  const [all, setAll] = useState(false);
  const files = useMemo(
    () => filesOf(repository, all ? Number.POSITIVE_INFINITY : undefined),
    [repository, all],
  );
  const count = uncommitted(repository);
  const group = { key: `${chat} ${repository.repo_root}`, files };
  const branch = repository.branch ?? repository.head?.slice(0, 10) ?? "no branch";
  const { name } = splitPath(tilde(repository.repo_root));
  return (
    <div className="repo">
      <div className="fhead repo-head" title={plain(repository.remote_origin ?? "")}>
        <Glyph name="branch" className="q" />
        {named && <span className="q cut">{plain(name)}</span>}
        <b className="cut">{plain(branch)}</b>
        <span className="q cut">
          {pushedWords(repository)}, {count === 0 ? "nothing uncommitted" : `${count} uncommitted`}
        </span>
        <span className="grow" />
        {count > 0 && (
          <Button size="small" onClick={() => onSuggest(commitRequest(repository))}>
            Ask to commit
          </Button>
        )}
      </div>
      {files.length > 0 && <FileList group={group} />}
      {repository.files_omitted > 0 && (
        <p className="fnote">More files have changed than are listed here.</p>
      )}
      {files.map((file) => (
        <FileSection
          key={file.path}
          chat={chat}
          group={group}
          file={file}
          split={split}
          onAll={() => setAll(true)}
        />
      ))}
    </div>
  );
}
