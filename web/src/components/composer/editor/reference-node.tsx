import {
  $applyNodeReplacement,
  DecoratorNode,
  type EditorConfig,
  type LexicalNode,
  type NodeKey,
  type SerializedLexicalNode,
  type Spread,
} from "lexical";
import type { ReactNode } from "react";
import { type FileReference, referenceName } from "../content";
import { ReferenceChip } from "./reference-chip";

type Serialized = Spread<{ reference: FileReference }, SerializedLexicalNode>;

/** Lines of a file among the words; the caret steps over it as over one character. */
export class ReferenceNode extends DecoratorNode<ReactNode> {
  __reference: FileReference;

  static override getType(): string {
    return "file-reference";
  }

  static override clone(node: ReferenceNode): ReferenceNode {
    return new ReferenceNode(node.__reference, node.__key);
  }

  static override importJSON({ reference }: Serialized): ReferenceNode {
    return $referenceNode(reference);
  }

  constructor(reference: FileReference, key?: NodeKey) {
    super(key);
    this.__reference = reference;
  }

  override exportJSON(): Serialized {
    return { ...super.exportJSON(), reference: this.__reference };
  }

  override createDOM(_config: EditorConfig): HTMLElement {
    const holder = document.createElement("span");
    holder.className = "chip-slot";
    return holder;
  }

  override updateDOM(): false {
    return false;
  }

  override getTextContent(): string {
    return referenceName(this.__reference);
  }

  override isInline(): true {
    return true;
  }

  /** A selected chip would swallow what is typed next: the caret passes it like a letter. */
  override isKeyboardSelectable(): boolean {
    return false;
  }

  override decorate(): ReactNode {
    return <ReferenceChip reference={this.__reference} nodeKey={this.__key} />;
  }
}

export function $referenceNode(reference: FileReference): ReferenceNode {
  return $applyNodeReplacement(new ReferenceNode(reference));
}

export function isReferenceNode(node: LexicalNode | null | undefined): node is ReferenceNode {
  return node instanceof ReferenceNode;
}
