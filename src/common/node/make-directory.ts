import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** What making folders needs of the system. */
export interface DirectoryCalls {
  mkdir(path: string): Promise<unknown>
  isDirectory(path: string): Promise<boolean>
}

const nodeCalls: DirectoryCalls = {
  mkdir: path => mkdir(path),
  isDirectory: async path => (await stat(path).catch(() => undefined))?.isDirectory() === true,
}

/**
 * Makes a folder with its parents; one that is there already is fine. Node's own `recursive` says ENOENT where the file
 * system can only be read, and never ends where the system says ENOENT below a folder that exists, as /proc does.
 * @throws the system's error
 */
export async function makeDirectory(path: string, calls: DirectoryCalls = nodeCalls): Promise<void> {
  try {
    return await makeOne(path, calls)
  } catch (error) {
    const parent = dirname(path)
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) throw error
    await makeDirectory(parent, calls)
  }
  await makeOne(path, calls)
}

/** What mkdir says of a folder that is there differs between systems, and another process may just have made it. */
async function makeOne(path: string, { mkdir, isDirectory }: DirectoryCalls): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (!(await isDirectory(path))) throw error
  }
}
