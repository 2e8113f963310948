import { dirname, resolve } from 'node:path'
import type { FileSystem } from './file-system.ts'

/**
 * Makes a directory with its parents, so that they survive a power loss. Also names that are there already are synced:
 * the process that made them may have died before it did so, and a power loss would take all that lies below.
 */
export async function makeDurableDirectory(files: FileSystem, path: string): Promise<void> {
  await files.makeDirectory(path)
  for (let at = resolve(path); at !== dirname(at); at = dirname(at)) {
    try {
      await files.syncDirectory(dirname(at))
    } catch (error) {
      // A directory that we may not even read is not one that we have made something in.
      if (!['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
}
