/** A file that was chosen or dropped; `path` says where it lay in the folder that was given, and is empty outside of one. */
export interface Picked {
  file: File;
  path: string;
}

export interface Dropped {
  picked: Picked[];
  /** Paths that the browser would not open. */
  unreadable: string[];
}

export function fromInput(files: Iterable<File>): Picked[] {
  return [...files].map((file) => ({ file, path: file.webkitRelativePath || "" }));
}

/** Read what was dropped, folders with all that is in them. Has to be called before the event is over: after it the list is empty. */
export function fromDrop(transfer: DataTransfer): Promise<Dropped> {
  const entries = [...transfer.items].map((item) => entryOf(item));
  const found: Dropped = { picked: [], unreadable: [] };
  if (entries.some((entry) => entry !== null)) return readAll(entries, found).then(() => found);
  found.picked = fromInput(transfer.files);
  return Promise.resolve(found);
}

function entryOf(item: DataTransferItem): FileSystemEntry | null {
  return item.kind === "file" ? item.webkitGetAsEntry() : null;
}

async function readAll(
  entries: readonly (FileSystemEntry | null)[],
  found: Dropped,
): Promise<void> {
  for (const entry of entries) {
    if (entry === null) continue;
    const path = entry.fullPath.replace(/^\//, "");
    try {
      if (isFolder(entry)) await readAll(await childrenOf(entry), found);
      else if (isFile(entry)) {
        const file = await fileOf(entry);
        found.picked.push({ file, path: path.includes("/") ? path : "" });
      }
    } catch {
      found.unreadable.push(path);
    }
  }
}

async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    // A hundred at most come at once; an empty batch is the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (some.length === 0) return all.sort((a, b) => a.name.localeCompare(b.name));
    all.push(...some);
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => {
    entry.file(resolve, reject);
  });
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

/** What systems and programs keep beside people's files. */
export function isLitter({ file, path }: Picked): boolean {
  const parts = (path || file.name).split("/");
  return (
    parts.some((part) => part.startsWith(".") || part === "__MACOSX") ||
    /^(thumbs\.db|desktop\.ini|~\$.*)$/i.test(file.name)
  );
}
