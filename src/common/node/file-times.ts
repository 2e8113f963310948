import { utimes } from 'node:fs/promises'

/** Sets when a file was last changed, for tests of what depends on it. Milliseconds since the epoch. */
export async function setModifiedTime(path: string, ms: number): Promise<void> {
  await utimes(path, ms / 1000, ms / 1000)
}
