import { snappyUncompress } from 'hyparquet/src/snappy.js'
import { messageOf } from '../common/errors.ts'
import { crc32c } from '../common/crc32c.ts'
import { LevelBytes, masked, uint32 } from './level-bytes.ts'

const footerBytes = 48
const magic = [0x8b80fb57, 0xdb477524] as const

interface BlockHandle {
  readonly offset: number
  readonly size: number
}

/**
 * What is damaged in a table file of LevelDB, null when every block matches its checksum (LevelDB, table format:
 * blocks, an index block that names them, a footer that names the index).
 */
export function tableDamage(file: Uint8Array): string | null {
  const footer = file.length - footerBytes
  if (footer < 0) return `it has only ${file.length} bytes`
  if (uint32(file, file.length - 8) !== magic[0] || uint32(file, file.length - 4) !== magic[1]) return 'its last bytes are not those of a table'
  try {
    const handles = new LevelBytes(file, footer)
    // Two blocks that name others: the index of filters, and that of the data.
    for (const index of [readHandle(handles), readHandle(handles)]) {
      if (!isIntact(file, index)) return blockDamage(index)
      for (const block of indexed(contentOf(file, index))) if (!isIntact(file, block)) return blockDamage(block)
    }
    return null
  } catch (error) {
    return messageOf(error)
  }
}

function readHandle(bytes: LevelBytes): BlockHandle {
  return { offset: bytes.varint(), size: bytes.varint() }
}

function isIntact(file: Uint8Array, { offset, size }: BlockHandle): boolean {
  const end = offset + size + 1
  return end + 4 <= file.length && masked(crc32c(file, offset, end)) === uint32(file, end)
}

function blockDamage({ offset }: BlockHandle): string {
  return `the block at byte ${offset} does not match its checksum`
}

/** A block without its compression; its checksum was compared before. */
function contentOf(file: Uint8Array, { offset, size }: BlockHandle): Uint8Array {
  const stored = file.subarray(offset, offset + size)
  if (file[offset + size] === 0) return stored
  const content = new Uint8Array(new LevelBytes(stored).varint())
  snappyUncompress(stored, content)
  return content
}

/** The blocks that an index block names: entries with shared prefixes, then restart points and their number. */
function* indexed(block: Uint8Array): Generator<BlockHandle> {
  const end = block.length - 4 * (uint32(block, block.length - 4) + 1)
  const bytes = new LevelBytes(block, 0, end)
  while (!bytes.done) {
    bytes.varint()
    const own = bytes.varint()
    const size = bytes.varint()
    bytes.skip(own)
    const next = bytes.at + size
    yield readHandle(bytes)
    bytes.at = next
  }
}

