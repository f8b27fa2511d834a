// The editor's tree as words and references, and back. One paragraph: a message is plain text.
import {
  $createLineBreakNode,
  $createParagraphNode,
  $createTextNode,
  $getRoot,
  $getSelection,
  $isElementNode,
  $isLineBreakNode,
  $isRangeSelection,
  type LexicalNode,
} from "lexical";
import { type Body, type FileReference, merged, type Piece } from "../content";
import { $referenceNode, isReferenceNode } from "./reference-node";

function $nodesOfText(text: string): LexicalNode[] {
  return text.split("\n").flatMap((line, at) => {
    const words = line === "" ? [] : [$createTextNode(line)];
    return at === 0 ? words : [$createLineBreakNode(), ...words];
  });
}

/** Replaces everything. */
export function $write(body: Body): void {
  const paragraph = $createParagraphNode();
  for (const piece of body) {
    if (piece.kind === "text") paragraph.append(...$nodesOfText(piece.text));
    else paragraph.append($referenceNode(piece.reference));
  }
  $getRoot().clear().append(paragraph);
}

function piecesOf(node: LexicalNode): Piece[] {
  if (isReferenceNode(node)) return [{ kind: "reference", reference: node.__reference }];
  if ($isLineBreakNode(node)) return [{ kind: "text", text: "\n" }];
  if ($isElementNode(node)) return node.getChildren().flatMap(piecesOf);
  return [{ kind: "text", text: node.getTextContent() }];
}

export function $read(): Body {
  const paragraphs = $getRoot().getChildren();
  return merged(
    paragraphs.flatMap((node, at): Piece[] => {
      const pieces = piecesOf(node);
      return at === 0 ? pieces : [{ kind: "text", text: "\n" }, ...pieces];
    }),
  );
}

function $caret() {
  const selection = $getSelection();
  return $isRangeSelection(selection) ? selection : $getRoot().selectEnd();
}

/** What stands before the caret, if it is a character. */
function $before(): string {
  const { anchor } = $caret();
  const node = anchor.getNode();
  if (anchor.type === "text") return node.getTextContent().slice(0, anchor.offset).slice(-1);
  const previous = $isElementNode(node) ? node.getChildAtIndex(anchor.offset - 1) : null;
  return previous ? previous.getTextContent().slice(-1) : "";
}

/** At the caret, apart from the words around it. */
export function $insertReference(reference: FileReference): void {
  if (/\S/.test($before())) $caret().insertText(" ");
  $caret().insertNodes([$referenceNode(reference)]);
  $caret().insertText(" ");
}

export function $insertText(text: string): void {
  $caret().insertRawText(text);
}
