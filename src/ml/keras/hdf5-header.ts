import type { Hdf5Bytes } from './hdf5-bytes.ts'

/** A message of an object's header: what it is about, and where its content begins. */
export interface Message {
  readonly type: number
  readonly at: number
}

const continuation = 16
const maxMessages = 10_000
const maxBlocks = 1_000

/** All messages of an object, those of continuation blocks included. */
export function readMessages(file: Hdf5Bytes, address: number): readonly Message[] {
  const found: Message[] = []
  const isNew = file.has(address, 'OHDR')
  const blocks: { start: number; end: number }[] = []
  let hasOrder = false
  if (isNew) {
    // "OHDR", version, flags, optional times and limits, size of the first block in 1, 2, 4 or 8 bytes.
    const flags = file.u8(address + 5)
    hasOrder = (flags & 4) !== 0
    const at = address + 6 + (flags & 32 ? 16 : 0) + (flags & 16 ? 4 : 0)
    const width = 1 << (flags & 3)
    const size = width === 1 ? file.u8(at) : width === 2 ? file.u16(at) : file.u32(at)
    blocks.push({ start: at + width, end: at + width + size })
  } else {
    if (file.u8(address) !== 1) throw file.fail('the HDF5 file has an object of an unknown version')
    blocks.push({ start: address + 16, end: address + 16 + file.u32(address + 8) })
  }
  for (let b = 0; b < blocks.length; b++) {
    if (b > maxBlocks) throw file.fail('the HDF5 file has an object in too many pieces')
    const { end } = blocks[b]
    const headBytes = isNew ? (hasOrder ? 6 : 4) : 8
    for (let at = blocks[b].start; at + headBytes <= end; ) {
      const type = isNew ? file.u8(at) : file.u16(at)
      const size = file.u16(at + (isNew ? 1 : 2))
      at += headBytes
      if (type === continuation) {
        const start = file.address(at)
        const length = file.address(at + 8)
        // A block of the newer kind begins with "OCHK" and ends with a checksum.
        blocks.push(isNew ? { start: start + 4, end: start + length - 4 } : { start, end: start + length })
      } else found.push({ type, at })
      if (found.length > maxMessages) throw file.fail('the HDF5 file has an object of too many parts')
      at += size
    }
  }
  return found
}

const maxRank = 32

/** Lengths of the dimensions; none for a single value. */
export function readDataspace(file: Hdf5Bytes, at: number): number[] {
  const version = file.u8(at)
  if (version !== 1 && version !== 2) throw file.fail(`the HDF5 file has a dataspace of version ${version}`)
  const rank = file.u8(at + 1)
  if (rank > maxRank) throw file.fail(`the HDF5 file has an array of ${rank} dimensions`)
  return Array.from({ length: rank }, (_, k) => file.address(at + (version === 1 ? 8 : 4) + 8 * k))
}

export interface Datatype {
  readonly kind: 'integer' | 'float' | 'text' | 'variable text' | 'other'
  /** In bytes, of one value. */
  readonly size: number
  readonly isSigned: boolean
}

export function readDatatype(file: Hdf5Bytes, at: number): Datatype {
  const kind = file.u8(at) & 15
  const bits = file.u8(at + 1)
  const size = file.u32(at + 4)
  const isBigEndian = (bits & 1) === 1
  if (kind === 0 && !isBigEndian) return { kind: 'integer', size, isSigned: (bits & 8) !== 0 }
  if (kind === 1 && !isBigEndian) return { kind: 'float', size, isSigned: true }
  if (kind === 3) return { kind: 'text', size, isSigned: false }
  if (kind === 9 && (bits & 15) === 1) return { kind: 'variable text', size, isSigned: false }
  return { kind: 'other', size, isSigned: false }
}
