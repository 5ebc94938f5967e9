// Which documents a server is told of and asked about. Knows no editor.

const LANGUAGE = "python";

/** What a server is there for: a folder of the workspace, or loose files, and what is saved nowhere. */
export interface Share {
  /** The path of the folder, with slashes; undefined where none is open. */
  readonly folder: string | undefined;
  /** Whether documents without a file belong to it: to one server of all. */
  readonly takesUnsaved: boolean;
}

/** As a client's document selector has it: by a scheme of its own, or that of the notebook that a cell is in. */
export type Filter =
  | { language: string; scheme: string; pattern?: string }
  | { language: string; notebook: { scheme: string } };

/** The documents that a server is asked about. */
export function filters(share: Share): Filter[] {
  const inside = share.folder === undefined ? {} : { pattern: `${share.folder}/**/*` };
  const saved = ["file", "vscode-notebook-cell"].map((scheme) => ({ language: LANGUAGE, scheme, ...inside }));
  return share.takesUnsaved
    ? [...saved, { language: LANGUAGE, scheme: "untitled" }, { language: LANGUAGE, notebook: { scheme: "untitled" } }]
    : saved;
}

/** Whether a server is told of a notebook; the path has slashes. */
export function takes(share: Share, scheme: string, path: string): boolean {
  if (scheme !== "file") {
    return scheme === "untitled" && share.takesUnsaved;
  }
  return share.folder === undefined || path.startsWith(`${share.folder}/`);
}
