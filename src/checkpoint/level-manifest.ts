import { LevelBytes } from './level-bytes.ts'

const logBlockBytes = 32_768
const logHeaderBytes = 7

/**
 * Numbers of the table files that a manifest of LevelDB names (its log of version edits). Throws RangeError when it
 * cannot be followed. Checksums are LevelDB's business: it compares them when it opens.
 */
export function liveTables(manifest: Uint8Array): Set<number> {
  const live = new Set<number>()
  for (const edit of logRecords(manifest)) applyEdit(new LevelBytes(edit), live)
  return live
}

/** The records of a log file: pieces with a header each, none across a block of 32 KiB. */
function* logRecords(log: Uint8Array): Generator<Uint8Array> {
  let pieces: Uint8Array[] = []
  for (let at = 0; at + logHeaderBytes <= log.length; ) {
    const left = logBlockBytes - (at % logBlockBytes)
    if (left < logHeaderBytes) {
      at += left
      continue
    }
    const length = log[at + 4] | (log[at + 5] << 8)
    const kind = log[at + 6]
    // 1: whole, 2: first piece, 3: middle, 4: last.
    if (kind <= 2) pieces = []
    pieces.push(log.subarray(at + logHeaderBytes, at + logHeaderBytes + length))
    at += logHeaderBytes + length
    if (kind === 1 || kind === 4) yield Buffer.concat(pieces)
  }
}

function applyEdit(edit: LevelBytes, live: Set<number>): void {
  while (!edit.done) {
    const tag = edit.varint()
    switch (tag) {
      case 1: // comparator
        edit.skipText()
        break
      case 2: // log number
      case 3: // next file number
      case 4: // last sequence
      case 9: // previous log number
        edit.varint()
        break
      case 5: // compaction pointer: level, key
        edit.varint()
        edit.skipText()
        break
      case 6: // deleted file: level, number
        edit.varint()
        live.delete(edit.varint())
        break
      case 7: // new file: level, number, size, smallest and largest key
        edit.varint()
        live.add(edit.varint())
        edit.varint()
        edit.skipText()
        edit.skipText()
        break
      default:
        throw new RangeError(`a version edit has the unknown tag ${tag}`)
    }
  }
}
