import { useLexicalComposerContext } from "@lexical/react/LexicalComposerContext";
import { useLexicalNodeSelection } from "@lexical/react/useLexicalNodeSelection";
import { $getNodeByKey, type NodeKey } from "lexical";
import { Glyph } from "@/components/ui/glyph";
import { plain } from "@/lib/plain";
import { type FileReference, referenceName } from "../content";

export function ReferenceChip({
  reference,
  nodeKey,
}: {
  reference: FileReference;
  nodeKey: NodeKey;
}) {
  const [editor] = useLexicalComposerContext();
  const [isSelected] = useLexicalNodeSelection(nodeKey);
  const name = plain(referenceName(reference));
  const remove = () => {
    editor.update(() => {
      const node = $getNodeByKey(nodeKey);
      node?.selectPrevious();
      node?.remove();
    });
    editor.focus();
  };
  return (
    <span
      className={`chip ref ${isSelected ? "on" : ""}`}
      title={plain(reference.file_name)}
      contentEditable={false}
    >
      <Glyph name="file" />
      {name}
      <button
        type="button"
        className="chip-x"
        tabIndex={-1}
        aria-label={`Remove ${name}`}
        onMouseDown={(event) => event.preventDefault()}
        onClick={remove}
      >
        <Glyph name="close" />
      </button>
    </span>
  );
}
