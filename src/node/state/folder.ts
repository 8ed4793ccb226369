import { chmod, mkdir } from "node:fs/promises";
import { posix, win32 } from "node:path";
import { onDisk } from "../files/diskError";

export interface StateEnvironment {
  readonly platform: NodeJS.Platform;
  /** The user's home folder. */
  readonly home: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/**
 * Where SecureShare keeps its state: `SECURESHARE_HOME`, else the platform's place (XDG Base
 * Directory Specification 0.8 for Linux). Relative values are ignored, as that asks for.
 */
export function stateFolderPath({ platform, home, variables }: StateEnvironment): string {
  const paths = platform === "win32" ? win32 : posix;
  const join = (...parts: string[]) => paths.join(...parts);
  const set = (name: string) => {
    const value = variables[name];
    return value !== undefined && paths.isAbsolute(value) ? value : undefined;
  };
  const own = set("SECURESHARE_HOME");
  if (own !== undefined) return own;
  if (platform === "win32")
    return join(set("LOCALAPPDATA") ?? join(home, "AppData", "Local"), "SecureShare");
  if (platform === "darwin") return join(home, "Library", "Application Support", "SecureShare");
  return join(set("XDG_STATE_HOME") ?? join(home, ".local", "state"), "secureshare");
}

/** Makes the state folder, or one below it, readable by its user alone. */
export async function makePrivateFolder(path: string): Promise<void> {
  await onDisk(path, async () => {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await chmod(path, 0o700);
  });
}
