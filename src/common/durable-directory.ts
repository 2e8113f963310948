import { dirname, resolve } from 'node:path'
import type { FileSystem } from './file-system.ts'

/**
 * Creates a directory and its missing parents so that they survive a power loss: the entry of each is durable only once
 * its parent was synced.
 */
export async function makeDurableDirectory(files: FileSystem, path: string): Promise<void> {
  const missing: string[] = []
  for (let at = resolve(path); (await files.stat(at)) === undefined; at = dirname(at)) missing.push(at)
  if (missing.length === 0) return
  await files.makeDirectory(path)
  for (const made of missing.reverse()) await files.syncDirectory(dirname(made))
}
