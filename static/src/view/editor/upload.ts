/** Files chosen or dropped by the learner, read into memory with a bound. */
export interface Upload {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What is asked of a browser's File. */
export interface Chosen {
  readonly name: string;
  readonly size: number;
  readonly webkitRelativePath?: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Read all that fit into `most` bytes together; the others are told by a sentence each. */
export async function readAll(
  files: readonly Chosen[],
  most: number,
): Promise<{ read: Upload[]; refused: string[] }> {
  const read: Upload[] = [];
  const refused: string[] = [];
  let room = most;
  for (const file of files) {
    const path = file.webkitRelativePath || file.name;
    if (file.size > room) {
      refused.push(`${path}: with its ${file.size} bytes the build context would be over ${most}.`);
      continue;
    }
    try {
      read.push({ path, bytes: new Uint8Array(await file.arrayBuffer()) });
      room -= file.size;
    } catch {
      // A dropped folder looks like a file and cannot be read.
      refused.push(`${path}: it could not be read. Choose files, not folders.`);
    }
  }
  return { read, refused };
}
