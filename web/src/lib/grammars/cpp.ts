// C++ as C with more words. The grammar that comes along for C++ is larger than the whole
// first load, for differences that five colours do not show.
import type { LanguageRegistration } from "shiki/core";
import c from "shiki/langs/c.mjs";

const KEYWORDS =
  "alignas alignof and and_eq asm bitand bitor catch co_await co_return co_yield compl concept consteval constinit const_cast decltype delete dynamic_cast explicit export final friend import module mutable namespace new noexcept not not_eq operator or or_eq override private protected public reinterpret_cast requires static_assert static_cast template this thread_local throw try typeid typename using virtual xor xor_eq";
const TYPES = "bool char8_t char16_t char32_t wchar_t string string_view auto";

const words = (all: string) => `\\b(?:${all.split(" ").join("|")})\\b`;

const cpp: LanguageRegistration = {
  name: "cpp",
  displayName: "C++",
  scopeName: "source.cpp",
  repository: {},
  patterns: [{ include: "source.c" }],
  // Inside of blocks C knows itself alone: these words are looked for everywhere.
  injections: {
    "L:source.cpp -comment -string": {
      patterns: [
        { begin: 'R"([^ ()\\\\\\t]{0,16})\\(', end: '\\)\\1"', name: "string.quoted.raw.cpp" },
        {
          match: "\\b(class|struct|enum|union|namespace|concept)\\s+([A-Za-z_]\\w*)",
          captures: { 1: { name: "storage.type.cpp" }, 2: { name: "entity.name.type.cpp" } },
        },
        { match: words(KEYWORDS), name: "keyword.other.cpp" },
        { match: "\\b(?:true|false|nullptr)\\b", name: "constant.language.cpp" },
        { match: words(TYPES), name: "storage.type.cpp" },
        {
          match: "\\b([A-Za-z_]\\w*)\\s*(?=::)",
          captures: { 1: { name: "entity.name.type.cpp" } },
        },
      ],
    },
  },
};

export default [...c, cpp];
