import assert from "node:assert/strict";
import { test } from "node:test";

import { advice, interpreter, serverCommand, type Surroundings } from "../src/command";

function around(changes: Partial<Surroundings> & { files?: string[] } = {}): Surroundings {
  const { files = [], ...others } = changes;
  return {
    command: [],
    python: "",
    chosen: undefined,
    folder: "/project",
    home: "/home/me",
    platform: "linux",
    exists: (file) => files.includes(file),
    ...others,
  };
}

test("the command of the settings goes first", () => {
  const { program, args } = serverCommand(around({ command: ["uv", "run", "convlint"] }));
  assert.deepEqual([program, ...args], ["uv", "run", "convlint", "server"]);
});

test("the settings may speak of the folder and of home", () => {
  assert.equal(serverCommand(around({ command: ["${workspaceFolder}/bin/convlint"] })).program, "/project/bin/convlint");
  assert.equal(serverCommand(around({ command: ["~/bin/convlint"] })).program, "/home/me/bin/convlint");
  assert.equal(serverCommand(around({ command: ["tools/convlint"] })).program, "/project/tools/convlint");
  assert.equal(serverCommand(around({ command: ["~me/convlint"], folder: undefined })).program, "~me/convlint");
});

test("a folder with a dollar sign in its name is taken as it is", () => {
  const { program } = serverCommand(around({ command: ["${workspaceFolder}/c"], folder: "/pro$&ject" }));
  assert.equal(program, "/pro$&ject/c");
});

test("models run under the setting, else the chosen interpreter, else the folder's own", () => {
  const files = ["/project/.venv/bin/python"];
  assert.equal(interpreter(around({ python: "~/py", chosen: "/chosen/python", files })), "/home/me/py");
  assert.equal(interpreter(around({ chosen: "/chosen/python", files })), "/chosen/python");
  assert.equal(interpreter(around({ files })), "/project/.venv/bin/python");
  assert.equal(interpreter(around()), undefined);
});

test("the convlint of the interpreter's environment is taken where there is one", () => {
  const found = serverCommand(around({ chosen: "/env/bin/python", files: ["/env/bin/convlint"] }));
  assert.deepEqual([found.program, ...found.args], ["/env/bin/convlint", "server", "--python", "/env/bin/python"]);
  assert.equal(serverCommand(around({ chosen: "/env/bin/python" })).program, "convlint");
});

test("on Windows programs have their own names", () => {
  const files = ["C:\\p\\.venv\\Scripts\\python.exe", "C:\\p\\.venv\\Scripts\\convlint.exe"];
  assert.equal(serverCommand(around({ platform: "win32", folder: "C:\\p", files })).program, files[1]);
});

test("who cannot start is told what was tried and what to do", () => {
  const text = advice(serverCommand(around()), "spawn convlint ENOENT");
  assert.match(text, /\(convlint server\): spawn convlint ENOENT/);
  assert.match(text, /pip install "convlint\[lsp\]"/);
  assert.match(text, /convlint\.path/);
});
