// Which program serves: found from the settings, the chosen interpreter and what is installed. Knows no editor.

import * as path from "node:path";

/** What the settings, the machine and the workspace say. Paths are absolute once they are resolved. */
export interface Surroundings {
  /** `convlint.path`, word by word; empty where it is not set. */
  readonly command: readonly string[];
  /** `convlint.python`; empty where it is not set. */
  readonly python: string;
  /** The interpreter that the Python extension has chosen, where there is one. */
  readonly chosen: string | undefined;
  /** The folder of the workspace; undefined where a single file is open. */
  readonly folder: string | undefined;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  /** Whether there is a file at a path. */
  readonly exists: (file: string) => boolean;
}

/** A program and its arguments, and why it was taken. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly reason: string;
}

/** The interpreter that runs the models: the setting, the Python extension's, or the workspace's own. */
export function interpreter(around: Surroundings): string | undefined {
  if (around.python) {
    return resolved(around.python, around);
  }
  return around.chosen ?? environments(around).find((file) => around.exists(file));
}

/** The command that starts the server. */
export function serverCommand(around: Surroundings): Command {
  const python = interpreter(around);
  const options = python === undefined ? ["server"] : ["server", "--python", python];
  const [program, ...rest] = around.command;
  if (program !== undefined) {
    const args = [...rest.map((word) => expanded(word, around)), ...options];
    return { program: resolved(program, around), args, reason: "convlint.path" };
  }
  const beside = python === undefined ? undefined : neighbour(python, around);
  if (beside !== undefined) {
    return { program: beside, args: options, reason: `installed beside ${python}` };
  }
  return { program: "convlint", args: options, reason: "PATH" };
}

/** What to tell a user whose server does not start. */
export function advice(command: Command, error: string): string {
  const tried = [command.program, ...command.args].join(" ");
  return (
    `convlint cannot start (${tried}): ${error}. ` +
    'Install it with `pip install "convlint[lsp]"`, or name it in the setting `convlint.path`.'
  );
}

/** The `convlint` that is installed in the environment of an interpreter. */
function neighbour(python: string, around: Surroundings): string | undefined {
  const file = join(around, paths(around).dirname(python), around.platform === "win32" ? "convlint.exe" : "convlint");
  return around.exists(file) ? file : undefined;
}

function environments(around: Surroundings): string[] {
  const folder = around.folder;
  if (folder === undefined) {
    return [];
  }
  const inside = around.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"];
  return [".venv", "venv"].map((name) => join(around, folder, name, ...inside));
}

function resolved(text: string, around: Surroundings): string {
  const file = expanded(text, around);
  const isName = !/[\\/]/.test(file);
  if (isName || paths(around).isAbsolute(file) || around.folder === undefined) {
    return file;
  }
  return join(around, around.folder, file);
}

function expanded(text: string, around: Surroundings): string {
  const home = text.replace(/^~(?=$|[\\/])/, () => around.home);
  return around.folder === undefined ? home : home.replaceAll("${workspaceFolder}", () => around.folder ?? "");
}

function join(around: Surroundings, ...parts: string[]): string {
  return paths(around).join(...parts);
}

function paths(around: Surroundings): path.PlatformPath {
  return around.platform === "win32" ? path.win32 : path.posix;
}
