// Starts `convlint server` for each folder of the workspace, and again when its settings change.

import { existsSync } from "node:fs";
import { homedir } from "node:os";

import * as vscode from "vscode";
import {
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  State,
  TransportKind,
} from "vscode-languageclient/node";

import { advice, type Command, serverCommand, type Surroundings } from "./command";
import { filters, type Share, takes } from "./documents";
import { Servers } from "./servers";
import { concerns, type Settings } from "./settings";

const SECTION = "convlint";
/** Marks the key of the server that documents without a file belong to; alone, that of a window without a folder. */
const UNSAVED = "+";

let servers: Servers<LanguageClient> | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel("convlint", { log: true });
  const running = new Servers<LanguageClient>(
    (key) => start(folderOf(key), key.startsWith(UNSAVED), output),
    (client) => client.dispose(),
  );
  servers = running;
  const restart = (): Promise<void> => running.keep(keys(), true);
  context.subscriptions.push(
    output,
    vscode.commands.registerCommand("convlint.restart", restart),
    vscode.commands.registerCommand("convlint.showOutput", () => output.show()),
    vscode.workspace.onDidChangeWorkspaceFolders(() => running.keep(keys(), false)),
    vscode.workspace.onDidChangeConfiguration((event) =>
      concerns((section) => event.affectsConfiguration(section)) ? restart() : undefined,
    ),
  );
  await running.keep(keys(), false);
}

export async function deactivate(): Promise<void> {
  await servers?.keep([], false);
}

/** One server a folder, by its URI, the first one for what is saved nowhere, too; one where no folder is open. */
function keys(): string[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const wanted = folders.filter((folder) => folder.uri.scheme === "file" && isEnabled(folder.uri));
  if (folders.length === 0) {
    return isEnabled(undefined) ? [UNSAVED] : [];
  }
  return wanted.map((folder, index) => (index === 0 ? UNSAVED : "") + folder.uri.toString());
}

function isEnabled(scope: vscode.Uri | undefined): boolean {
  return vscode.workspace.getConfiguration(SECTION, scope ?? null).get("enable", true);
}

function folderOf(key: string): vscode.WorkspaceFolder | undefined {
  const uri = key.startsWith(UNSAVED) ? key.slice(UNSAVED.length) : key;
  return vscode.workspace.workspaceFolders?.find((folder) => folder.uri.toString() === uri);
}

async function start(
  folder: vscode.WorkspaceFolder | undefined,
  takesUnsaved: boolean,
  output: vscode.LogOutputChannel,
): Promise<LanguageClient | undefined> {
  const command = serverCommand(await surroundings(folder));
  output.info(`${folder?.name ?? "loose files"}: ${command.program} ${command.args.join(" ")} (${command.reason})`);
  const client = new LanguageClient(
    SECTION,
    folder === undefined ? "convlint" : `convlint (${folder.name})`,
    { command: command.program, args: [...command.args], transport: TransportKind.stdio, options: inFolder(folder) },
    options(folder, { folder: folder && slashed(folder.uri), takesUnsaved }, output),
  );
  try {
    await client.start();
  } catch (error) {
    await complain(command, error, output);
    return undefined;
  }
  return client.state === State.Running ? client : undefined;
}

function options(
  folder: vscode.WorkspaceFolder | undefined,
  share: Share,
  output: vscode.LogOutputChannel,
): LanguageClientOptions {
  return {
    documentSelector: filters(share),
    notebookDocumentOptions: {
      filterCells: (notebook, cells) => (takes(share, notebook.uri.scheme, slashed(notebook.uri)) ? cells : []),
    },
    initializationOptions: { settings: settingsOf(folder?.uri) },
    outputChannel: output,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    synchronize: { configurationSection: SECTION },
    ...(folder === undefined ? {} : { workspaceFolder: folder }),
  };
}

function slashed(uri: vscode.Uri): string {
  return uri.fsPath.replaceAll("\\", "/");
}

function inFolder(folder: vscode.WorkspaceFolder | undefined): { cwd?: string } {
  return folder === undefined ? {} : { cwd: folder.uri.fsPath };
}

function settingsOf(scope: vscode.Uri | undefined): Settings {
  const found = vscode.workspace.getConfiguration(SECTION, scope ?? null);
  return {
    showInfo: found.get("showInfo", false),
    inlayHints: found.get("inlayHints", true),
    codeLens: found.get("codeLens", true),
  };
}

async function surroundings(folder: vscode.WorkspaceFolder | undefined): Promise<Surroundings> {
  const found = vscode.workspace.getConfiguration(SECTION, folder?.uri ?? null);
  return {
    command: found.get<string[]>("path", []),
    python: found.get("python", ""),
    chosen: await chosenInterpreter(folder),
    folder: folder?.uri.fsPath,
    home: homedir(),
    platform: process.platform,
    exists: existsSync,
  };
}

/** The interpreter that is chosen in the Python extension, where that is installed. */
async function chosenInterpreter(folder: vscode.WorkspaceFolder | undefined): Promise<string | undefined> {
  const python = vscode.extensions.getExtension("ms-python.python");
  if (python === undefined) {
    return undefined;
  }
  try {
    const api = await python.activate();
    const chosen = api?.environments?.getActiveEnvironmentPath?.(folder?.uri);
    const environment = chosen && (await api.environments.resolveEnvironment(chosen));
    return environment?.executable?.uri?.fsPath;
  } catch {
    return undefined;
  }
}

async function complain(command: Command, error: unknown, output: vscode.LogOutputChannel): Promise<void> {
  const text = advice(command, error instanceof Error ? error.message : String(error));
  output.error(text);
  const answer = await vscode.window.showErrorMessage(text, "Show output");
  if (answer !== undefined) {
    output.show();
  }
}
