import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import type { KeyArena } from './key-arena.ts'

/*
 * Keys of n rows. Which form is taken depends on these keys alone, so that the same rows have the same bytes whatever
 * else the table has held.
 *
 *   n = 0: nothing
 *   n > 0: varint length + 1 that all share | varint 0, n varint lengths      then the bytes of all
 */

export function writeKeys(out: ByteWriter, arena: KeyArena, slots: Int32Array, n: number): void {
  if (n === 0) return
  const shared = sharedLength(arena, slots, n)
  out.varint(shared + 1)
  if (shared < 0) for (let i = 0; i < n; i++) out.varint(arena.end(slots[i]) - arena.start(slots[i]))
  for (let i = 0; i < n; i++) out.raw(arena.bytes, arena.start(slots[i]), arena.end(slots[i]))
}

/** Where the keys of a block lie: key i is bytes[offsets[i] .. offsets[i + 1]) of the segment. */
export function readKeys(input: ByteReader, n: number): Int32Array {
  const offsets = new Int32Array(n + 1)
  if (n === 0) return offsets
  const shared = input.varint('the length of keys') - 1
  if (shared < 0) for (let i = 1; i <= n; i++) offsets[i] = input.count(1, 'the length of a key')
  else {
    input.need(n * shared, 'keys')
    offsets.fill(shared, 1)
  }
  let total = 0
  for (let i = 1; i <= n; i++) total += offsets[i]
  offsets[0] = input.skip(total, 'keys')
  for (let i = 1; i <= n; i++) offsets[i] += offsets[i - 1]
  return offsets
}

/** The length of all these keys, −1 when they differ. */
function sharedLength(arena: KeyArena, slots: Int32Array, n: number): number {
  if (arena.fixedLength >= 0) return arena.fixedLength
  const length = arena.end(slots[0]) - arena.start(slots[0])
  for (let i = 1; i < n; i++) if (arena.end(slots[i]) - arena.start(slots[i]) !== length) return -1
  return length
}
