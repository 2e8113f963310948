/**
 * The file-system port: the only way to files, so that tests can lose what was not synced. Paths are absolute or
 * relative to the working directory, with `/`. Failures are Node's own errors (`code` ENOENT, EEXIST, ENOSPC, …).
 */
export interface FileSystem {
  /** Opens for reading. */
  open(path: string): Promise<ReadableFile>
  /** Creates a new file for writing; EEXIST when there is one. */
  create(path: string, options?: CreateOptions): Promise<WritableFile>
  /** Opens for appending, creating it if needed. */
  append(path: string, options?: CreateOptions): Promise<WritableFile>
  readFile(path: string): Promise<Uint8Array>
  stat(path: string): Promise<FileStat | undefined>
  /** Names in a directory with what they are; symbolic links are reported as such and not followed. */
  list(path: string): Promise<readonly DirectoryEntry[]>
  /** Creates the directory and its parents. Durable after syncDirectory of each parent. */
  makeDirectory(path: string): Promise<void>
  /** Replaces the target if there is one. Durable after syncDirectory. */
  rename(from: string, to: string): Promise<void>
  /** Gives a file a second name, atomically; EEXIST when the name is taken. Durable after syncDirectory. */
  link(from: string, to: string): Promise<void>
  /** Removes a file; absence is not an error. */
  remove(path: string): Promise<void>
  /** Removes a directory and all below it; absence is not an error. */
  removeDirectory(path: string): Promise<void>
  /** Makes the names in the directory durable. */
  syncDirectory(path: string): Promise<void>
}

export interface CreateOptions {
  /** Readable by its owner alone, for what lies in a checkpoint. Otherwise the process's umask decides. */
  readonly private?: boolean
}

export interface FileStat {
  readonly kind: 'file' | 'directory' | 'other'
  readonly size: number
  /** Milliseconds since the epoch, with a fraction where the system has one. */
  readonly mtimeMs: number
  readonly inode: number
}

export interface DirectoryEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'link' | 'other'
}

export interface ReadableFile {
  readonly size: number
  /** Reads up to `length` bytes at `position` into `buffer` from `offset`; answers how many, 0 at the end. */
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number>
  close(): Promise<void>
}

export interface WritableFile {
  /** Writes all of the bytes. */
  write(bytes: Uint8Array): Promise<void>
  /** Makes the content durable. After a failure the descriptor must not be used again: the kernel may have dropped the pages. */
  sync(): Promise<void>
  close(): Promise<void>
}
