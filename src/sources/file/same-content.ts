import type { FileSystem, ReadableFile } from '../../common/file-system.ts'

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
    return await readHead(file)
  } finally {
    await file.close()
  }
}

async function readHead(file: ReadableFile): Promise<Uint8Array> {
  const head = new Uint8Array(Math.min(headBytes, file.size))
  let length = 0
  while (length < head.length) {
    const read = await file.read(head, length, head.length - length, length)
    if (read === 0) break
    length += read
  }
  return head.subarray(0, length)
}
