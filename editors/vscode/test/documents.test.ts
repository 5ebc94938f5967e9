import assert from "node:assert/strict";
import { test } from "node:test";

import { filters, takes } from "../src/documents";

const first = { folder: "/one", takesUnsaved: true };
const second = { folder: "/two", takesUnsaved: false };
const loose = { folder: undefined, takesUnsaved: true };

test("files and cells belong to the server of their folder", () => {
  assert.deepEqual(filters(second), [
    { language: "python", scheme: "file", pattern: "/two/**/*" },
    { language: "python", scheme: "vscode-notebook-cell", pattern: "/two/**/*" },
  ]);
  assert.deepEqual(filters(loose).slice(0, 2), [
    { language: "python", scheme: "file" },
    { language: "python", scheme: "vscode-notebook-cell" },
  ]);
});

test("what is saved nowhere belongs to one server", () => {
  const unsaved = [
    { language: "python", scheme: "untitled" },
    { language: "python", notebook: { scheme: "untitled" } },
  ];
  assert.deepEqual(filters(first).slice(2), unsaved);
  assert.deepEqual(filters(loose).slice(2), unsaved);
});

test("a notebook is told to the server that it belongs to, and to no other", () => {
  const told = (scheme: string, path: string) => [first, second, loose].map((share) => takes(share, scheme, path));
  assert.deepEqual(told("file", "/two/net.ipynb"), [false, true, true]);
  assert.deepEqual(told("file", "/two-more/net.ipynb"), [false, false, true]);
  assert.deepEqual(told("untitled", "Untitled-1.ipynb"), [true, false, true]);
  assert.deepEqual(told("git", "/two/net.ipynb"), [false, false, false]);
});
