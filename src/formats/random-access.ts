import type { FileSystem, ReadableFile } from '../common/file-system.ts'
import { unreadable } from './file-errors.ts'

/** A file read by position, with every range checked against its size before memory is taken for it. */
export class RandomAccess {
  readonly name: string
  readonly size: number
  readonly #file: ReadableFile

  private constructor(file: ReadableFile, name: string) {
    this.#file = file
    this.name = name
    this.size = file.size
  }

  /** `name` is what errors call the file. */
  static async open(files: FileSystem, path: string, name: string): Promise<RandomAccess> {
    return new RandomAccess(await files.open(path), name)
  }

  /** The bytes from start to end, in a buffer of their own. Throws FORMAT_UNREADABLE beyond the file. */
  async read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    if (!(start >= 0 && start <= end && end <= this.size)) {
      throw unreadable(this.name, `bytes ${start} to ${end} are named, but the file has ${this.size}`)
    }
    const bytes = new Uint8Array(end - start)
    for (let done = 0; done < bytes.length;) {
      const n = await this.#file.read(bytes, done, bytes.length - done, start + done)
      if (n === 0) throw unreadable(this.name, 'the file became shorter while it was read', start + done)
      done += n
    }
    return bytes
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}
