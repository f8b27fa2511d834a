// Texts that try to run something, load something, lead elsewhere or break the page.

const CODE = "globalThis.pwned=1";

const HTML = [
  `<script>${CODE}</script>`,
  `<SCRIPT SRC=//evil.example/x.js></SCRIPT>`,
  `<img src=x onerror="${CODE}">`,
  `<img src="https://evil.example/p.png">`,
  `<svg onload="${CODE}"></svg>`,
  `<svg><script>${CODE}</script></svg>`,
  `<svg><a xlink:href="javascript:${CODE}"><text>x</text></a></svg>`,
  `<svg><animate onbegin=${CODE} attributeName=x dur=1s></svg>`,
  `<iframe src="javascript:${CODE}"></iframe>`,
  `<iframe srcdoc="<script>${CODE}</script>"></iframe>`,
  `<object data="data:text/html,<script>${CODE}</script>"></object>`,
  `<embed src="https://evil.example/x.swf">`,
  `<form action="https://evil.example"><button>go</button></form>`,
  `<input autofocus onfocus="${CODE}">`,
  `<details open ontoggle="${CODE}">`,
  `<video><source onerror="${CODE}"></video>`,
  `<body onload="${CODE}">`,
  `<base href="https://evil.example/">`,
  `<link rel="stylesheet" href="https://evil.example/x.css">`,
  `<meta http-equiv="refresh" content="0;url=https://evil.example">`,
  `<style>@import url(https://evil.example/x.css);</style>`,
  `<math><mtext><table><mglyph><style><img src onerror="${CODE}">`,
  `<noscript><p title="</noscript><img src=x onerror=${CODE}>">`,
  `<div style="position:fixed;inset:0;background:url(https://evil.example)">`,
  `<a href="javascript:${CODE}">x</a>`,
  `"><img src=x onerror=${CODE}>`,
  `--><script>${CODE}</script>`,
  `<!--<script>${CODE}</script>-->`,
  `<![CDATA[<script>${CODE}</script>]]>`,
  `<template><script>${CODE}</script></template>`,
];

const LINKS = [
  `javascript:${CODE}`,
  `JaVaScRiPt:${CODE}`,
  `java\tscript:${CODE}`,
  `java\u200bscript:${CODE}`,
  `\u0001javascript:${CODE}`,
  `&#106;avascript:${CODE}`,
  `&#x6A;avascript:${CODE}`,
  `vbscript:msgbox(1)`,
  `data:text/html,<script>${CODE}</script>`,
  `data:image/svg+xml,<svg onload=${CODE}>`,
  `blob:https://evil.example/1`,
  `file:///etc/passwd`,
  `//evil.example/x`,
  `/\\evil.example/x`,
  `ftp://evil.example/x`,
  `vscode://evil/x`,
  `about:blank`,
  `intent://evil#Intent;end`,
];

const LINK_FORMS = [
  (href: string) => `[click](${href})`,
  (href: string) => `[click](<${href}>)`,
  (href: string) => `<${href}>`,
  (href: string) => `![picture](${href})`,
  (href: string) => `[click][r]\n\n[r]: ${href}`,
];

const BIDI = ["\u202e", "\u2066", "\u200f", "\ufeff", "\u{e0041}", "\u0000", "\u001b[31m"];

const BREAKERS = [
  "a".repeat(5_000),
  "| a |\n|---|\n".repeat(20),
  `${"> ".repeat(200)}deep`,
  `${"- ".repeat(100)}deep`,
  "```".repeat(99),
  "`".repeat(999),
  "*".repeat(999),
  "[".repeat(999),
  "![](".repeat(300),
  "&amp;".repeat(500),
  "#".repeat(99),
  "Z\u0351\u0322\u0353".repeat(200),
  "\u0000\u0001\u0002\u0008\u007f",
  '{"__proto__":{"pwned":1}}',
  "{{constructor.constructor('globalThis.pwned=1')()}}",
  "$" + "{globalThis.pwned=1}",
];

const CONTEXTS = [
  (text: string) => text,
  (text: string) => `- item ${text}`,
  (text: string) => `> quote ${text}`,
  (text: string) => `| head |\n|---|\n| ${text} |`,
];

/** Every text of the corpus; more than two hundred. */
export const HOSTILE: string[] = [
  ...HTML.flatMap((text) => CONTEXTS.map((context) => context(text))),
  ...LINKS.flatMap((href) => LINK_FORMS.map((form) => form(href))),
  ...BIDI.map((mark) => `invoice${mark}gpj.exe`),
  ...BREAKERS,
];
