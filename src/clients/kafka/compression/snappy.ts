import { getInt32 } from '../records/big-endian.ts'
import { type Compress, type Decompress, ExceedsLimit } from './codec.ts'
import { importPackage, type ImportPackage, optionalPackage } from './import-package.ts'

/** Decodes one raw snappy block into exactly `length` bytes. */
type DecodeBlock = (block: Uint8Array, length: number) => Uint8Array

/**
 * Snappy as Kafka's clients write it: a raw block, or the frame of the Java library (xerial) around several:
 *
 *      82 53 4e 41 50 50 59 00   int32 version   int32 oldest version that reads it   (int32 length, raw block) ...
 */
export async function loadUnsnappy(): Promise<Decompress> {
  // Of the packages that are here anyway; its decoder checks every bound, which that of snappyjs does not.
  const { compressors } = await import('hyparquet-compressors')
  const decode = compressors.SNAPPY
  if (decode === undefined) throw new Error('hyparquet-compressors has no snappy decoder')
  return (bytes, maxBytes) => (isXerial(bytes) ? unframe(bytes, maxBytes, decode) : unblock(bytes, maxBytes, decode))
}

interface SnappyJs {
  compress(bytes: Uint8Array): Uint8Array
}

/** Raw blocks, which every client reads. @throws AnalysisError KAFKA_PACKAGE_MISSING */
export async function loadSnappy(load: ImportPackage = importPackage): Promise<Compress> {
  const loaded = (await optionalPackage('snappyjs', '0.7.0', 'Writing Kafka batches with snappy', load)) as SnappyJs & { readonly default?: SnappyJs }
  const { compress } = loaded.default ?? loaded
  return bytes => compress(plain(bytes))
}

/** snappyjs answers a Buffer for a Buffer, whose slices differ from those of other typed arrays. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const xerialMagic = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]
const xerialHeader = 16

function isXerial(bytes: Uint8Array): boolean {
  return bytes.length >= xerialHeader && xerialMagic.every((byte, i) => bytes[i] === byte)
}

function unframe(bytes: Uint8Array, maxBytes: number, decode: DecodeBlock): Uint8Array {
  const blocks: Uint8Array[] = []
  let total = 0
  for (let at = xerialHeader; at < bytes.length; ) {
    const length = at + 4 <= bytes.length ? getInt32(bytes, at) : -1
    if (length < 0 || at + 4 + length > bytes.length) throw new Error(`a snappy block of ${length} bytes does not fit into its frame`)
    const block = unblock(bytes.subarray(at + 4, at + 4 + length), maxBytes - total, decode)
    blocks.push(block)
    total += block.length
    at += 4 + length
  }
  if (blocks.length === 1) return blocks[0]
  const joined = new Uint8Array(total)
  let end = 0
  for (const block of blocks) {
    joined.set(block, end)
    end += block.length
  }
  return joined
}

function unblock(block: Uint8Array, maxBytes: number, decode: DecodeBlock): Uint8Array {
  const length = claimedLength(block)
  if (length > maxBytes) throw new ExceedsLimit()
  // A copy of 64 bytes takes three at least: a claim beyond that is untrue, and would only take memory.
  if (length > block.length * 64) throw new Error(`a snappy block of ${block.length} bytes claims to hold ${length}`)
  return length === 0 ? new Uint8Array(0) : decode(block, length)
}

/** The length in front of a block: a plain varint. */
function claimedLength(block: Uint8Array): number {
  let length = 0
  for (let i = 0, scale = 1; i < 5 && i < block.length; i++, scale *= 128) {
    length += (block[i] & 127) * scale
    if (block[i] < 128) return length
  }
  throw new Error('a snappy block does not begin with its length')
}
