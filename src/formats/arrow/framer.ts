import { checkMessage } from './flat-guard.ts'

/** An encapsulated message: its metadata (a FlatBuffers table), checked, and the buffers that belong to it. */
export interface Frame {
  readonly header: number
  readonly metadata: Uint8Array
  readonly body: Uint8Array
}

/*
 *   stream = message … end          end = 0xFFFFFFFF 0, or the end of the input
 *   file   = "ARROW1" 0 0 stream footer, footer length, "ARROW1"
 *   message = 0xFFFFFFFF, metadata length, metadata, body     (before Arrow 0.15 without the 0xFFFFFFFF)
 */
type State = 'start' | 'magic' | 'prefix' | 'length' | 'metadata' | 'body' | 'end'

const magicStart = 0x4f525241
const maxMetadataBytes = 64 * 1024 * 1024
const firstBytes = 64 * 1024

/**
 * Cuts bytes as they come into messages. Memory grows with what has arrived, not with what a length claims; each body
 * is in a buffer of its own, so that columns can be views of it.
 */
export class Framer {
  #state: State = 'start'
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array(4)
  #have = 0
  #need = 4
  #frame: { readonly header: number; readonly metadata: Uint8Array } | null = null
  #isFile = false
  #position = 0

  /** Bytes taken so far. */
  get position(): number {
    return this.#position
  }

  *push(bytes: Uint8Array): Generator<Frame> {
    for (let at = 0; at < bytes.length && this.#state !== 'end';) {
      const n = Math.min(this.#need - this.#have, bytes.length - at)
      this.#append(bytes, at, n)
      at += n
      this.#position += n
      while (this.#have === this.#need) {
        const frame = this.#advance()
        if (frame !== null) yield frame
      }
    }
  }

  /** Throws unless the input may end here. */
  end(): void {
    if (this.#state === 'end' || (this.#state === 'prefix' && this.#have === 0 && !this.#isFile)) return
    throw new Error(this.#state === 'start' ? 'it is no Arrow data' : 'it ends in the middle of the data')
  }

  #append(bytes: Uint8Array, at: number, n: number): void {
    if (this.#have + n > this.#buffer.length) {
      const grown = new Uint8Array(Math.min(this.#need, Math.max(this.#have + n, this.#buffer.length * 2)))
      grown.set(this.#buffer.subarray(0, this.#have))
      this.#buffer = grown
    }
    this.#buffer.set(bytes.subarray(at, at + n), this.#have)
    this.#have += n
  }

  #expect(state: State, need: number): void {
    this.#state = state
    this.#need = need
    this.#have = 0
    this.#buffer = new Uint8Array(Math.min(need, firstBytes))
  }

  #advance(): Frame | null {
    const taken = this.#buffer
    const int32 = (): number => new DataView(taken.buffer).getInt32(0, true)
    switch (this.#state) {
      case 'start':
        if (int32() === magicStart) this.#expect('magic', 4)
        else this.#prefix(int32())
        return null
      case 'magic':
        if (int32() !== 0x3157) throw new Error('it is no Arrow data')
        this.#isFile = true
        this.#expect('prefix', 4)
        return null
      case 'prefix':
        this.#prefix(int32())
        return null
      case 'length':
        this.#length(int32())
        return null
      case 'metadata': {
        const { header, bodyLength } = checkMessage(taken)
        this.#frame = { header, metadata: taken }
        this.#expect('body', bodyLength)
        return null
      }
      case 'body': {
        const frame = { ...(this.#frame as { header: number; metadata: Uint8Array }), body: taken }
        this.#expect('prefix', 4)
        return frame
      }
      case 'end':
        return null
    }
  }

  #prefix(value: number): void {
    if (value === -1) this.#expect('length', 4)
    else this.#length(value)
  }

  #length(value: number): void {
    if (value === 0) this.#expect('end', 1)
    else if (value < 0 || value > maxMetadataBytes) throw new Error('it is no Arrow data')
    else this.#expect('metadata', value)
  }
}
