import { createHash } from 'node:crypto'
import { binaryType, int32Type, integerType, stringType } from '../../../columnar/data-type.ts'
import { Vector } from '../../../columnar/vector.ts'
import type { FunctionEntry, Kernel } from '../../function-table.ts'
import { fixed, isPresent, rowFunction } from '../define.ts'

function digest(algorithm: string, bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex')
}

const sha2Algorithms: ReadonlyMap<number, string> = new Map([[0, 'sha256'], [224, 'sha224'], [256, 'sha256'], [384, 'sha384'], [512, 'sha512']])

const crcTable = Int32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let k = 0; k < 8; k++) c = (c & 1) !== 0 ? (c >>> 1) ^ 0xedb88320 : c >>> 1
  return c
})

const crc32Kernel: Kernel = ([a], length, validity) => {
  const bytes = a.values as Uint8Array
  const offsets = a.offsets as Int32Array
  const out = new Float64Array(length)
  for (let i = 0; i < length; i++) {
    if (!isPresent(validity, i)) continue
    let c = -1
    for (let at = offsets[i]; at < offsets[i + 1]; at++) c = crcTable[(c ^ bytes[at]) & 0xff] ^ (c >>> 8)
    out[i] = ~c >>> 0
  }
  return new Vector(integerType, length, validity, out)
}

export const digestFunctions: readonly FunctionEntry[] = [
  rowFunction({
    name: 'md5',
    args: [binaryType],
    result: stringType,
    usage: 'md5(value: binary) -> string',
    doc: 'The MD5 digest in lower-case hexadecimal digits.',
    safe: true,
    row: bytes => digest('md5', bytes),
  }),
  rowFunction({
    name: 'sha1',
    aliases: ['sha'],
    args: [binaryType],
    result: stringType,
    usage: 'sha1(value: binary) -> string',
    doc: 'The SHA-1 digest in lower-case hexadecimal digits.',
    safe: true,
    row: bytes => digest('sha1', bytes),
  }),
  rowFunction({
    name: 'sha2',
    args: [binaryType, int32Type],
    result: stringType,
    nullable: true,
    usage: 'sha2(value: binary, bits: int) -> string',
    doc: 'The SHA-2 digest of 224, 256, 384 or 512 bits (0 means 256) in lower-case hexadecimal digits; null for other sizes.',
    safe: true,
    row: (bytes, size) => {
      const algorithm = sha2Algorithms.get(size)
      return algorithm === undefined ? null : digest(algorithm, bytes)
    },
  }),
  fixed({
    name: 'crc32',
    args: [binaryType],
    result: integerType,
    usage: 'crc32(value: binary) -> bigint',
    doc: 'The CRC-32 checksum of the bytes.',
    safe: true,
    kernel: crc32Kernel,
  }),
]
