import { RecordFault } from '../bad-record.ts'
import type { ProtoValue } from './proto-step.ts'

/** Numbers and lengths of the wire format. Methods take a position and answer the one behind what they read. */
export class WireReader {
  bytes: Uint8Array = new Uint8Array(0)
  view: DataView = new DataView(new ArrayBuffer(0))
  /** The 64 bits that were read last. */
  low = 0
  high = 0
  /** Whether they have no sign. */
  #unsigned = false
  /** Where the bytes begin that were skipped last. */
  start = 0
  readonly #fault = new RecordFault()

  load(bytes: Uint8Array): void {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  varint(start: number, end: number): number {
    const { bytes } = this
    let at = start
    let byte = at < end ? bytes[at++] : 0x80
    let low = byte & 0x7f
    let high = 0
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (at >= end) throw this.because('it ends in the middle of a value')
      if (shift > 63) throw this.because('a number has more than ten bytes')
      byte = bytes[at++]
      const part = byte & 0x7f
      if (shift < 28) low |= part << shift
      else if (shift === 28) {
        low |= part << 28
        high = part >>> 4
      } else high |= part << (shift - 32)
    }
    this.low = low
    this.high = high
    this.#unsigned = false
    return at
  }

  /** The value of a wire type; of one with a length, `start` is where its bytes begin. */
  skip(type: number, at: number, end: number): number {
    let next: number
    if (type === 0) return this.varint(at, end)
    if (type === 1) next = at + 8
    else if (type === 5) next = at + 4
    else if (type === 2) {
      this.start = this.varint(at, end)
      if (this.high !== 0 || this.low < 0) throw this.because('a value is longer than the message around it')
      next = this.start + this.low
    } else throw this.because(type === 3 || type === 4 ? 'it has a group, which is not read' : `it has the wire type ${type}, which is none`)
    if (next > end) throw this.because('a value is longer than the message around it')
    return next
  }

  /** A whole number of any of the types, into `low` and `high`. */
  whole(type: ProtoValue, at: number, end: number): void {
    switch (type) {
      case 'fixed32':
      case 'sfixed32':
        this.low = this.view.getInt32(at, true)
        this.#extend(type === 'fixed32')
        return
      case 'fixed64':
      case 'sfixed64':
        this.low = this.view.getInt32(at, true)
        this.high = this.view.getInt32(at + 4, true)
        this.#unsigned = type === 'fixed64'
        return
      default:
        break
    }
    this.varint(at, end)
    switch (type) {
      // Negative ones have ten bytes; of more than 32 bits the lower ones count, as the format has it.
      case 'int32':
        return this.#extend(false)
      case 'uint32':
        return this.#extend(true)
      case 'uint64':
        this.#unsigned = true
        return
      case 'sint32':
        this.low = (this.low >>> 1) ^ -(this.low & 1)
        return this.#extend(false)
      case 'sint64': {
        const sign = -(this.low & 1)
        this.low = ((this.low >>> 1) | (this.high << 31)) ^ sign
        this.high = (this.high >>> 1) ^ sign
        return
      }
      default:
        return
    }
  }

  /** The 64 bits as a number; exact if it is a safe integer. */
  get number(): number {
    return (this.#unsigned ? this.high >>> 0 : this.high) * 0x1_0000_0000 + (this.low >>> 0)
  }

  get big(): bigint {
    return (BigInt(this.#unsigned ? this.high >>> 0 : this.high) << 32n) | BigInt(this.low >>> 0)
  }

  because(reason: string): RecordFault {
    return this.#fault.because(reason)
  }

  #extend(unsigned: boolean): void {
    this.high = unsigned ? 0 : this.low >> 31
    this.#unsigned = unsigned
  }
}
