export type Fail = (what: string, cause?: unknown) => Error

const utf8 = new TextDecoder('utf-8')

/** The bytes of an HDF5 file: little-endian numbers at addresses, each access checked. */
export class Hdf5Bytes {
  readonly fail: Fail
  readonly #bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array, fail: Fail) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.fail = fail
  }

  get length(): number {
    return this.#bytes.length
  }

  u8(at: number): number {
    return this.#view.getUint8(this.#check(at, 1))
  }

  u16(at: number): number {
    return this.#view.getUint16(this.#check(at, 2), true)
  }

  u32(at: number): number {
    return this.#view.getUint32(this.#check(at, 4), true)
  }

  /** A number of 64 bits; undefined when all are set, which is how an address says that there is nothing. */
  u64(at: number): number | undefined {
    const [low, high] = [this.u32(at), this.u32(at + 4)]
    return low === 0xffffffff && high === 0xffffffff ? undefined : high * 4_294_967_296 + low
  }

  /** A number of 64 bits that counts bytes of this file. */
  address(at: number): number {
    const value = this.u64(at)
    if (value === undefined || value > this.#bytes.length) throw this.fail(`the HDF5 file points to byte ${value ?? 'nowhere'} of ${this.#bytes.length}`)
    return value
  }

  expect(at: number, signature: string): void {
    if (this.text(at, 4) !== signature) throw this.fail(`the HDF5 file has no ${signature} where one belongs`)
  }

  has(at: number, signature: string): boolean {
    return at + 4 <= this.#bytes.length && this.text(at, 4) === signature
  }

  text(at: number, length: number): string {
    this.#check(at, length)
    return utf8.decode(this.#bytes.subarray(at, at + length))
  }

  /** Text up to a zero byte, or as long as it may be. */
  zeroEnded(at: number, most = this.#bytes.length - at): string {
    this.#check(at, 0)
    const bytes = this.#bytes.subarray(at, at + most)
    const end = bytes.indexOf(0)
    return utf8.decode(end < 0 ? bytes : bytes.subarray(0, end))
  }

  /** A text of variable length: its length, the address of a global heap, and its number there. */
  heapText(at: number): string {
    const length = this.u32(at)
    const heap = this.address(at + 4)
    const wanted = this.u32(at + 12)
    this.expect(heap, 'GCOL')
    const end = Math.min(this.#bytes.length, heap + (this.u64(heap + 8) ?? 0))
    for (let next = heap + 16; next + 16 <= end; ) {
      const size = this.u64(next + 8) ?? Infinity
      const number = this.u16(next)
      if (number === wanted) return this.text(next + 16, Math.min(length, size))
      if (number === 0) break
      next += 16 + Math.ceil(size / 8) * 8
    }
    throw this.fail('the HDF5 file has a text that is not in its heap')
  }

  /** Numbers from an address as 32-bit floats. */
  numbers(at: number, count: number, kind: string): Float32Array {
    const size = Number(kind.slice(1))
    this.#check(at, count * size)
    const view = this.#view
    // A copy of its own, aligned; slice() of a Buffer would be a view.
    if (kind === 'f4') return new Float32Array(Uint8Array.prototype.slice.call(this.#bytes, at, at + count * 4).buffer)
    const out = new Float32Array(count)
    for (let k = 0, p = at; k < count; k++, p += size) out[k] = numberAt(view, p, kind)
    return out
  }

  #check(at: number, length: number): number {
    if (!(at >= 0 && at + length <= this.#bytes.length)) throw this.fail(`the HDF5 file ends before byte ${at + length}`)
    return at
  }
}

function numberAt(view: DataView, at: number, kind: string): number {
  switch (kind) {
    case 'f8':
      return view.getFloat64(at, true)
    case 'f2': {
      const word = view.getUint16(at, true)
      const exponent = (word >>> 10) & 31
      const fraction = word & 1023
      const size = exponent === 31 ? (fraction === 0 ? Infinity : NaN) : exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15)
      return word & 0x8000 ? -size : size
    }
    case 'i8':
      return Number(view.getBigInt64(at, true))
    case 'u8':
      return Number(view.getBigUint64(at, true))
    case 'i4':
      return view.getInt32(at, true)
    case 'u4':
      return view.getUint32(at, true)
    case 'i2':
      return view.getInt16(at, true)
    case 'u2':
      return view.getUint16(at, true)
    case 'i1':
      return view.getInt8(at)
    default:
      return view.getUint8(at)
  }
}
