/**
 * One field of a protocol buffers message, as the wire has it (protobuf.dev/programming-guides/encoding).
 *
 *     tag = field number << 3 | wire type; 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes
 */
export interface WireField {
  readonly number: number
  readonly wire: 0 | 1 | 2 | 5
  /** Of a varint: its low 53 bits exact where it is below 2^53, otherwise rounded. */
  readonly value: number
  /** Of wire types 1, 2 and 5: the content. */
  readonly bytes: Uint8Array
  /** Tag and content, to be copied as they are. */
  readonly whole: Uint8Array
}

const noBytes = new Uint8Array(0)

/**
 * The fields of a message in their order. Repeated and unknown ones are for the caller to judge; nothing is copied.
 * @throws what `fail` builds for bytes that are no message
 */
export function* wireFields(bytes: Uint8Array, fail: (what: string) => Error): Generator<WireField> {
  let at = 0

  function varint(): number {
    let result = 0
    let scale = 1
    for (let k = 0; k < 10; k++) {
      if (at >= bytes.length) throw fail('a message ends in the middle of a number')
      const byte = bytes[at++]
      result += (byte & 127) * scale
      if (byte < 128) return result
      scale *= 128
    }
    throw fail('a message has a number of more than ten bytes')
  }

  function take(length: number): Uint8Array {
    if (length > bytes.length - at) throw fail(`a message announces ${length} bytes where ${bytes.length - at} are left`)
    at += length
    return bytes.subarray(at - length, at)
  }

  while (at < bytes.length) {
    const start = at
    const tag = varint()
    const number = Math.floor(tag / 8)
    const wire = tag % 8
    if (number < 1 || number > 536_870_911) throw fail(`a message has a field numbered ${number}`)
    if (wire !== 0 && wire !== 1 && wire !== 2 && wire !== 5) throw fail(`a message has the wire type ${wire}`)
    const value = wire === 0 ? varint() : 0
    const content = wire === 0 ? noBytes : take(wire === 2 ? varint() : wire === 1 ? 8 : 4)
    yield { number, wire, value, bytes: content, whole: bytes.subarray(start, at) }
  }
}

const decoder = new TextDecoder('utf-8')

export function fieldText(field: WireField): string {
  return decoder.decode(field.bytes)
}

/** A varint that stands for a signed 64-bit number; exact to ±2^53. */
export function signedVarint(value: number): number {
  return value >= 9_223_372_036_854_775_808 ? value - 18_446_744_073_709_551_616 : value
}

/** Whole numbers of a repeated field, one a field or packed. */
export function repeatedVarints(field: WireField, fail: (what: string) => Error): number[] {
  if (field.wire === 0) return [signedVarint(field.value)]
  if (field.wire !== 2) throw fail('a list of whole numbers is written as another type')
  // A packed list is varints one after the other: read here as the values of tags would be.
  const out: number[] = []
  let value = 0n
  let shift = 0n
  for (const byte of field.bytes) {
    value |= BigInt(byte & 127) << shift
    if (byte < 128) {
      out.push(Number(BigInt.asIntN(64, value)))
      value = 0n
      shift = 0n
    } else if ((shift += 7n) > 63n) throw fail('a message has a number of more than ten bytes')
  }
  if (shift !== 0n) throw fail('a message ends in the middle of a number')
  return out
}
