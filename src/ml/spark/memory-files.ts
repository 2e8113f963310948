import type { FileStat, FileSystem, ReadableFile } from '../../common/file-system.ts'

/** One file's bytes behind the file-system port, under any name: what decoders that read by position are given. */
export class MemoryFiles implements FileSystem {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  async open(): Promise<ReadableFile> {
    const bytes = this.#bytes
    return {
      size: bytes.length,
      async read(buffer, offset, length, position) {
        const part = bytes.subarray(position, Math.min(bytes.length, position + length))
        buffer.set(part, offset)
        return part.length
      },
      async close() {},
    }
  }

  async readFile(): Promise<Uint8Array> {
    return this.#bytes
  }

  async stat(): Promise<FileStat> {
    return { kind: 'file', size: this.#bytes.length, mtimeMs: 0, inode: 0 }
  }

  async list(): Promise<readonly never[]> {
    return []
  }

  create(): Promise<never> {
    return readOnly()
  }

  append(): Promise<never> {
    return readOnly()
  }

  makeDirectory(): Promise<never> {
    return readOnly()
  }

  rename(): Promise<never> {
    return readOnly()
  }

  link(): Promise<never> {
    return readOnly()
  }

  remove(): Promise<never> {
    return readOnly()
  }

  removeDirectory(): Promise<never> {
    return readOnly()
  }

  syncDirectory(): Promise<never> {
    return readOnly()
  }
}

function readOnly(): Promise<never> {
  return Promise.reject(new Error('Bytes in memory are only read.'))
}
