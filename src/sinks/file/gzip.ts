import { constants, crc32, deflateRawSync } from 'node:zlib'

const blockBytes = 1024 * 1024

/**
 * Compresses into one gzip member, a block of 1 MiB at a time on the calling thread. The same bytes give the same
 * output, however they are pushed: the header has no time, and blocks are cut by count.
 *
 *   header (10 bytes) | deflated blocks, each ended by a sync flush | empty last block | CRC-32 | length
 */
export class GzipStream {
  #block = new Uint8Array(blockBytes)
  #used = 0
  #crc = 0
  #length = 0
  #started = false

  push(bytes: Uint8Array): Uint8Array[] {
    const out: Uint8Array[] = []
    this.#crc = crc32(bytes, this.#crc)
    this.#length += bytes.length
    for (let at = 0; at < bytes.length;) {
      const n = Math.min(bytes.length - at, blockBytes - this.#used)
      this.#block.set(bytes.subarray(at, at + n), this.#used)
      this.#used += n
      at += n
      if (this.#used === blockBytes) this.#flush(out)
    }
    return out
  }

  end(): Uint8Array[] {
    const out: Uint8Array[] = []
    this.#flush(out)
    const trailer = new Uint8Array(10)
    // 03 00 is a final block with nothing in it.
    trailer[0] = 3
    const view = new DataView(trailer.buffer)
    view.setUint32(2, this.#crc, true)
    view.setUint32(6, this.#length % 4294967296, true)
    out.push(trailer)
    return out
  }

  #flush(out: Uint8Array[]): void {
    if (!this.#started) {
      this.#started = true
      out.push(Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255))
    }
    if (this.#used === 0) return
    out.push(deflateRawSync(this.#block.subarray(0, this.#used), { finishFlush: constants.Z_SYNC_FLUSH }))
    this.#used = 0
  }
}
