import { isUtf8Range } from '../utf8-range.ts'
import { RecordFault } from '../bad-record.ts'
import { type AvroStep, op } from './avro-step.ts'
import { decimalText } from './decimal-text.ts'

/** A record of a schema that contains itself may be nested this deep. */
const maxDepth = 100
/** Values without bytes (nulls, records of nothing) cost time all the same: more of them than this, and than bytes, are no data. */
const freeValues = 65_536
const maxMicros = 2 ** 53

/** Reads Avro's binary encoding straight into column builders, by steps that were made for one writer's schema. */
export class AvroReader {
  #bytes: Uint8Array = new Uint8Array(0)
  #view: DataView = new DataView(new ArrayBuffer(0))
  #end = 0
  /** Where the number ended that was read last. */
  #at = 0
  /** The number that was read last, when it is beyond ±2^53. */
  #big = 0n
  #depth = 0
  #budget = 0
  readonly #fault = new RecordFault()

  load(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** Reads `[start, end)`; answers why it cannot be, or undefined. */
  read(step: AvroStep, start: number, end: number): string | undefined {
    this.#end = end
    this.#depth = 0
    this.#budget = Math.max(freeValues, end - start)
    try {
      const at = this.#value(step, start)
      if (at !== end) return `there are ${end - at} bytes behind the Avro record`
      return undefined
    } catch (fault) {
      if (!(fault instanceof RecordFault)) throw fault
      return fault.reason
    }
  }

  #value(step: AvroStep, at: number): number {
    switch (step.op) {
      case op.record:
        return this.#record(step, at)
      case op.union: {
        const branch = this.#long(at)
        const { children } = step
        if (!(branch >= 0 && branch < children.length)) throw this.#because(`a union has ${children.length} branches, and ${branch} is none of them`)
        return this.#value(children[branch], this.#at)
      }
      case op.string: {
        const start = this.#length(at)
        const end = this.#at
        if (!isUtf8Range(this.#bytes, this.#view, start, end)) throw this.#because(`${step.place} has text that is no valid UTF-8`)
        builderOf(step).appendBytes(this.#bytes, start, end)
        return end
      }
      case op.int32: {
        const value = this.#long(at)
        if (value !== (value | 0)) throw this.#beyond(step, value, 'it goes from -2147483648 to 2147483647; integer and int64 go further')
        builderOf(step).appendInt32(value)
        return this.#at
      }
      case op.integer: {
        const value = this.#long(at)
        if (Number.isNaN(value)) throw this.#beyond(step, value, 'it goes from -(2^53 - 1) to 2^53 - 1, and beyond that would round; int64 goes further')
        builderOf(step).appendFloat64(value)
        return this.#at
      }
      case op.int64: {
        const value = this.#long(at)
        if (Number.isNaN(value)) builderOf(step).appendInt64(this.#big)
        else builderOf(step).appendInt64Of(value)
        return this.#at
      }
      case op.longToFloat64: {
        const value = this.#long(at)
        builderOf(step).appendFloat64(Number.isNaN(value) ? Number(this.#big) : value)
        return this.#at
      }
      case op.double:
        this.#need(at, 8)
        builderOf(step).appendFloat64(this.#view.getFloat64(at, true))
        return at + 8
      case op.float:
        this.#need(at, 4)
        builderOf(step).appendFloat64(this.#view.getFloat32(at, true))
        return at + 4
      case op.timestampMillis:
      case op.timestampMicros: {
        const value = this.#long(at)
        const micros = step.op === op.timestampMillis ? value * 1000 : value
        if (!(micros >= -maxMicros && micros <= maxMicros)) throw this.#beyond(step, value, 'it is beyond 2^53 microseconds from 1970, which ends in the years 1684 and 2255')
        builderOf(step).appendFloat64(micros)
        return this.#at
      }
      case op.date: {
        const value = this.#long(at)
        if (value !== (value | 0)) throw this.#beyond(step, value, 'an Avro int has 32 bits')
        builderOf(step).appendInt32(value)
        return this.#at
      }
      case op.boolean:
        builderOf(step).appendBoolean(this.#boolean(at))
        return at + 1
      case op.null:
        builderOf(step).appendNull()
        return at
      case op.constant:
        builderOf(step).append(step.value)
        return at
      case op.enum: {
        const symbol = step.symbols[this.#symbol(step, at)]
        builderOf(step).appendBytes(symbol, 0, symbol.length)
        return this.#at
      }
      case op.bytes: {
        const start = this.#length(at)
        builderOf(step).appendBytes(this.#bytes, start, this.#at)
        return this.#at
      }
      case op.fixed:
        this.#need(at, step.size)
        builderOf(step).appendBytes(this.#bytes, at, at + step.size)
        return at + step.size
      case op.decimalBytes: {
        const start = this.#length(at)
        const end = this.#at
        this.#decimal(step, start, end)
        return end
      }
      case op.decimalFixed:
        this.#need(at, step.size)
        this.#decimal(step, at, at + step.size)
        return at + step.size
      case op.array:
      case op.map: {
        const end = this.#items(step, at)
        if (step.builder !== null) step.builder.appendList()
        return end
      }
      case op.vector:
        return this.#vector(step, at)
      case op.skipNull:
        return at
      case op.skipBoolean:
        this.#boolean(at)
        return at + 1
      case op.skipInt: {
        const value = this.#long(at)
        if (value !== (value | 0)) throw this.#because('an int has more than 32 bits')
        return this.#at
      }
      case op.skipLong:
        this.#long(at)
        return this.#at
      case op.skipFloat:
        this.#need(at, 4)
        return at + 4
      case op.skipDouble:
        this.#need(at, 8)
        return at + 8
      case op.skipFixed:
        this.#need(at, step.size)
        return at + step.size
      case op.skipBytes:
        this.#length(at)
        return this.#at
      case op.skipString: {
        const start = this.#length(at)
        if (!isUtf8Range(this.#bytes, this.#view, start, this.#at)) throw this.#because('it has text that is no valid UTF-8')
        return this.#at
      }
      case op.skipEnum:
        this.#symbol(step, at)
        return this.#at
      case op.fault:
        throw this.#because(step.reason)
    }
  }

  #record(step: AvroStep, start: number): number {
    if (++this.#depth > maxDepth) throw this.#because(`its records are nested more than ${maxDepth} deep`)
    this.#spend(1)
    const { children } = step
    let at = start
    for (let i = 0; i < children.length; i++) at = this.#value(children[i], at)
    if (step.builder !== null) step.builder.appendStruct()
    this.#depth--
    return at
  }

  /** Blocks of items: a count (negative: the bytes of the block follow it), the items, and a count of 0 at last. */
  #items(step: AvroStep, start: number): number {
    const { children, builder } = step
    const isMap = step.op === op.map
    const [first, second] = children
    const entry = isMap && builder !== null ? builder.children[0] : null
    let at = start
    for (;;) {
      const count = this.#block(at)
      at = this.#at
      if (count === 0) return at
      this.#spend(count)
      for (let i = 0; i < count; i++) {
        at = this.#value(first, at)
        if (isMap) at = this.#value(second, at)
        if (entry !== null) entry.appendStruct()
      }
    }
  }

  #block(at: number): number {
    const count = this.#long(at)
    if (Number.isNaN(count)) throw this.#because('a block of an array or map has more than 2^53 items')
    if (count >= 0) return count
    const bytes = this.#long(this.#at)
    if (!(bytes >= 0 && bytes <= this.#end - this.#at)) throw this.#because('a block of an array or map is longer than the record')
    return -count
  }

  /** An array with exactly the numbers of a dense vector. */
  #vector(step: AvroStep, start: number): number {
    const { numbers } = step
    const [element] = step.children
    let at = start
    let filled = 0
    for (;;) {
      const count = this.#block(at)
      at = this.#at
      if (count === 0) break
      if (count > numbers.length - filled) throw this.#because(`${step.place} cannot hold an array of more than ${numbers.length} numbers`)
      for (let i = 0; i < count; i++) {
        const value = this.#number(element, at)
        at = this.#at
        if (!Number.isFinite(value)) throw this.#because(`${step.place} cannot hold ${value}`)
        numbers[filled++] = value
      }
    }
    if (filled !== numbers.length) throw this.#because(`${step.place} cannot hold an array of ${filled} numbers`)
    builderOf(step).appendVector(numbers)
    return at
  }

  #number(element: AvroStep, at: number): number {
    if (element.op === op.skipDouble) {
      this.#need(at, 8)
      this.#at = at + 8
      return this.#view.getFloat64(at, true)
    }
    if (element.op === op.skipFloat) {
      this.#need(at, 4)
      this.#at = at + 4
      return this.#view.getFloat32(at, true)
    }
    const value = this.#long(at)
    return Number.isNaN(value) ? Number(this.#big) : value
  }

  #decimal(step: AvroStep, start: number, end: number): void {
    const text = decimalText(this.#bytes, start, end, step.scale)
    if (text === undefined) throw this.#because(`${step.place} cannot hold a decimal of ${end - start} bytes`)
    builderOf(step).appendString(text)
  }

  #symbol(step: AvroStep, at: number): number {
    const index = this.#long(at)
    if (!(index >= 0 && index < step.size)) throw this.#because(`an enum has ${step.size} symbols, and ${index} is none of them`)
    return index
  }

  #boolean(at: number): boolean {
    this.#need(at, 1)
    const byte = this.#bytes[at]
    if (byte > 1) throw this.#because(`a boolean is the byte ${byte}, not 0 or 1`)
    return byte === 1
  }

  /** Of bytes and text: answers where they begin, and `#at` is where they end. */
  #length(at: number): number {
    const length = this.#long(at)
    const start = this.#at
    if (!(length >= 0 && length <= this.#end - start)) throw this.#because(`a text or bytes of ${Number.isNaN(length) ? this.#big : length} bytes stand where ${this.#end - start} are left`)
    this.#at = start + length
    return start
  }

  #need(at: number, bytes: number): void {
    if (bytes > this.#end - at) throw this.#because('it ends in the middle of a value')
  }

  #spend(values: number): void {
    this.#budget -= values
    if (this.#budget < 0) throw this.#because(`it has more values than bytes, and more than ${freeValues}`)
  }

  /** A zigzag number of up to 64 bits; NaN and `#big` where it is beyond ±(2^53 − 1). Most have one to four bytes. */
  #long(start: number): number {
    const bytes = this.#bytes
    let at = start
    let byte = bytes[at++]
    let low = byte & 0x7f
    if (byte >= 0x80) {
      byte = bytes[at++]
      low |= (byte & 0x7f) << 7
      if (byte >= 0x80) {
        byte = bytes[at++]
        low |= (byte & 0x7f) << 14
        if (byte >= 0x80) {
          byte = bytes[at++]
          low |= (byte & 0x7f) << 21
          if (byte >= 0x80) return this.#longer(at, low)
        }
      }
    }
    // Behind the memory there is nothing, which ends the number too.
    if (at > this.#end) throw this.#because('it ends in the middle of a value')
    this.#at = at
    return (low >>> 1) ^ -(low & 1)
  }

  /** From the fifth byte on. `low` has 28 bits, then come 28 more, then 8. */
  #longer(start: number, low: number): number {
    const bytes = this.#bytes
    let at = start
    let middle = 0
    let high = 0
    let byte = 0x80
    for (let shift = 0; shift < 28 && byte >= 0x80; shift += 7) {
      byte = bytes[at++]
      middle |= (byte & 0x7f) << shift
    }
    for (let shift = 0; shift < 14 && byte >= 0x80; shift += 7) {
      byte = bytes[at++]
      high |= (byte & 0x7f) << shift
    }
    if (at > this.#end) throw this.#because('it ends in the middle of a value')
    if (byte >= 0x80 || high > 0xff) throw this.#because('a number has more than 64 bits')
    this.#at = at
    const negative = (low & 1) !== 0
    // Half of it, which zigzag makes of it: below 2^53 when the bits from the 54th on are 0.
    if (high === 0 && middle < 0x400_0000) {
      const half = (low >>> 1) + middle * 0x800_0000
      if (!negative || half < Number.MAX_SAFE_INTEGER) return negative ? -half - 1 : half
    }
    const half = BigInt(low >>> 1) | (BigInt(middle) << 27n) | (BigInt(high) << 55n)
    this.#big = negative ? -half - 1n : half
    return Number.NaN
  }

  #beyond(step: AvroStep, value: number, why: string): RecordFault {
    return this.#because(`${step.place} cannot hold ${Number.isNaN(value) ? this.#big : value}: ${why}`)
  }

  #because(reason: string): RecordFault {
    return this.#fault.because(reason)
  }
}

/** Steps that keep something have a builder. */
function builderOf(step: AvroStep): NonNullable<AvroStep['builder']> {
  return step.builder as NonNullable<AvroStep['builder']>
}
