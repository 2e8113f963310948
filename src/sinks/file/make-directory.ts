import type { FileSystem } from '../../common/file-system.ts'

/** Makes a directory with its parents, durably: the name of each new one is synced in the one above it. */
export async function makeDurableDirectory(files: FileSystem, path: string): Promise<void> {
  const missing: string[] = []
  for (let at = path.replace(/(?<=.)\/+$/, ''); (await files.stat(at)) === undefined; at = parentOf(at)) missing.push(at)
  if (missing.length === 0) return
  await files.makeDirectory(path)
  for (const made of missing) await files.syncDirectory(parentOf(made))
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '.' : path.slice(0, slash) || '/'
}
