// What the server is told of the editor's settings.

/** The settings that the server reads; the names are those of the configuration section `convlint`. */
export interface Settings {
  readonly showInfo: boolean;
  readonly inlayHints: boolean;
  readonly codeLens: boolean;
}

/** Those that decide which program serves: it has to be started again when one changes. */
const STARTING = ["convlint.enable", "convlint.path", "convlint.python"];

/** Whether a change of the configuration asks for another server. The server itself is told of all others. */
export function concerns(affects: (section: string) => boolean): boolean {
  return STARTING.some(affects);
}
