// Swift in the five colours that are shown. The full grammar is a fifth of the first load, for
// differences that nobody sees.
import type { LanguageRegistration } from "shiki/core";

const KEYWORDS =
  "actor any as associatedtype async await break case catch class consume continue convenience default defer deinit didSet do dynamic else enum extension fallthrough fileprivate final for func get guard if import in indirect infix init inout internal is isolated lazy let mutating nonisolated nonmutating open operator optional override package postfix precedencegroup prefix private protocol public repeat required rethrows return set some static struct subscript super switch throw throws try typealias unowned var weak where while willSet";

const words = (all: string) => `\\b(?:${all.split(" ").join("|")})\\b`;

const swift: LanguageRegistration = {
  name: "swift",
  displayName: "Swift",
  scopeName: "source.swift",
  repository: {
    comment: {
      patterns: [
        { match: "//.*$", name: "comment.line.swift" },
        // Comments nest.
        {
          begin: "/\\*",
          end: "\\*/",
          name: "comment.block.swift",
          patterns: [{ include: "#nested" }],
        },
      ],
    },
    nested: { begin: "/\\*", end: "\\*/", patterns: [{ include: "#nested" }] },
    code: {
      begin: "\\\\#*\\(",
      end: "\\)",
      name: "meta.embedded.swift",
      patterns: [{ include: "$self" }],
    },
    string: {
      patterns: [
        {
          begin: '(#*)"""',
          end: '"""\\1',
          name: "string.quoted.triple.swift",
          patterns: [{ include: "#code" }, { match: "\\\\." }],
        },
        {
          begin: '(#*)"',
          end: '"\\1|$',
          name: "string.quoted.double.swift",
          patterns: [{ include: "#code" }, { match: "\\\\." }],
        },
      ],
    },
  },
  patterns: [
    { include: "#comment" },
    { include: "#string" },
    {
      match: "\\b(func)\\s+([A-Za-z_]\\w*)",
      captures: { 1: { name: "keyword.other.swift" }, 2: { name: "entity.name.function.swift" } },
    },
    { match: "[@#][A-Za-z_]\\w*", name: "keyword.other.attribute.swift" },
    { match: words(KEYWORDS), name: "keyword.control.swift" },
    { match: "\\b(?:true|false|nil|self|Self)\\b", name: "constant.language.swift" },
    {
      match: "\\b(?:0[xob])?[0-9][0-9A-Fa-f_]*(?:\\.[0-9_]+)?(?:[eEpP][+-]?[0-9]+)?\\b",
      name: "constant.numeric.swift",
    },
    { match: "\\b[a-z_]\\w*(?=\\s*\\()", name: "entity.name.function.swift" },
  ],
};

export default [swift];
