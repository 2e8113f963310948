import { link, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { CreateOptions, DirectoryEntry, FileStat, FileSystem, ReadableFile, WritableFile } from '../file-system.ts'
import { makeDirectory } from './make-directory.ts'

const ignoreMissing = (error: unknown): void => {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}

const modeOf = (options: CreateOptions | undefined): number => (options?.private === true ? 0o600 : 0o666)

function writable(handle: FileHandle): WritableFile {
  return {
    async write(bytes) {
      // A short write is normal near a full disk or a signal; only all bytes count as written.
      let done = 0
      while (done < bytes.length) done += (await handle.write(bytes, done, bytes.length - done)).bytesWritten
    },
    sync: () => handle.sync(),
    close: () => handle.close(),
  }
}

/** The real file system. */
export const nodeFileSystem: FileSystem = Object.freeze({
  async open(path: string): Promise<ReadableFile> {
    const handle = await open(path, 'r')
    const { size } = await handle.stat()
    return {
      size,
      read: async (buffer, offset, length, position) => (await handle.read(buffer, offset, length, position)).bytesRead,
      close: () => handle.close(),
    }
  },
  create: async (path: string, options?: CreateOptions) => writable(await open(path, 'wx', modeOf(options))),
  append: async (path: string, options?: CreateOptions) => writable(await open(path, 'a', modeOf(options))),
  readFile: (path: string) => readFile(path),
  async stat(path: string): Promise<FileStat | undefined> {
    try {
      const s = await stat(path)
      const kind = s.isFile() ? 'file' : s.isDirectory() ? 'directory' : 'other'
      return { kind, size: s.size, mtimeMs: s.mtimeMs, inode: s.ino }
    } catch (error) {
      ignoreMissing(error)
      return undefined
    }
  },
  async list(path: string): Promise<readonly DirectoryEntry[]> {
    const entries = await readdir(path, { withFileTypes: true })
    return entries.map(e => ({
      name: e.name,
      kind: e.isFile() ? 'file' : e.isDirectory() ? 'directory' : e.isSymbolicLink() ? 'link' : 'other',
    }))
  },
  makeDirectory: (path: string) => makeDirectory(path),
  rename: (from: string, to: string) => rename(from, to),
  link: (from: string, to: string) => link(from, to),
  remove: (path: string) => unlink(path).catch(ignoreMissing),
  removeDirectory: (path: string) => rm(path, { recursive: true, force: true }),
  async syncDirectory(path: string): Promise<void> {
    const handle = await open(path, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  },
})
