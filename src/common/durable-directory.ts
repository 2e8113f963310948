import type { FileSystem } from './file-system.ts'

/**
 * Makes a directory with its parents, durably. Also names that are there already are synced: the process that made them
 * may have died before it did so, and a power loss would take all that lies below.
 */
export async function makeDurableDirectory(files: FileSystem, path: string): Promise<void> {
  await files.makeDirectory(path)
  let at = path.replace(/(?<=.)\/+$/, '')
  while (at !== '.' && at !== '/') {
    at = parentOf(at)
    try {
      await files.syncDirectory(at)
    } catch (error) {
      // A directory that we may not even read is not one that we have made something in.
      if (!['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '.' : path.slice(0, slash) || '/'
}
