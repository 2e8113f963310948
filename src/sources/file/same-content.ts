import type { FileSystem } from '../../common/file-system.ts'
import { readFull } from '../../common/read-full.ts'

/** Files of one size and one time that begin alike this far are taken for copies. */
const headBytes = 64 * 1024

/** Whether two files begin with the same bytes. Failures are the system's. */
export async function beginAlike(files: FileSystem, a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([headOf(files, a), headOf(files, b)])
  return Buffer.compare(one, other) === 0
}

async function headOf(files: FileSystem, path: string): Promise<Uint8Array> {
  const file = await files.open(path)
  try {
    const head = new Uint8Array(Math.min(headBytes, file.size))
    return head.subarray(0, await readFull(file, head, 0))
  } finally {
    await file.close()
  }
}
