import type { ReadableFile } from './file-system.ts'

/** Fills the buffer from `position`, as a read may give less than was asked for; answers how many bytes there were before the file ended. */
export async function readFull(file: ReadableFile, buffer: Uint8Array, position: number): Promise<number> {
  let done = 0
  while (done < buffer.length) {
    const n = await file.read(buffer, done, buffer.length - done, position + done)
    if (n === 0) break
    done += n
  }
  return done
}
