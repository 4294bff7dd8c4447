import { realpathSync, statSync } from "node:fs";
import { isAbsolute, relative, sep } from "node:path";
import { describe, invalid } from "../../../support/errors.js";
import { JobError } from "./job.js";

/**
 * Folders a worker may read tables from for whoever writes to its queue; everything else on the
 * machine is closed to them.
 */
export class DataFolders {
  readonly #folders: readonly string[];

  /** @throws InputError `file` for what is no folder, naming `argument` */
  constructor(folders: readonly string[], argument: string) {
    this.#folders = folders.map((folder, i) => openFolder(folder, `${argument}[${i}]`));
  }

  /**
   * Where a file is once every link is followed. The refusal is the same for a file that is not
   * there and for one that is closed, so that it tells neither apart.
   * @throws JobError `file`, to be tried again: another worker may have it
   */
  resolve(file: string): string {
    const path = realPath(file);
    if (path !== null && this.#folders.some((folder) => isInside(folder, path))) return path;
    const folders =
      this.#folders.length === 0
        ? "this worker reads no files; start it with --data FOLDER"
        : "it is not in a folder that this worker reads (--data)";
    throw new JobError({ code: "file", message: `cannot read ${file}: ${folders}`, retry: true });
  }
}

function openFolder(folder: string, argument: string): string {
  const path = typeof folder === "string" ? realPath(folder) : null;
  if (path !== null && statSync(path).isDirectory()) return path;
  throw invalid("file", argument, "a folder that can be read", describe(folder));
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
