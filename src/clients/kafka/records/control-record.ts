import { getInt16 } from './big-endian.ts'
import { RecordDamage } from './damage.ts'
import { readVarint, readVarlong, varintEnd } from './varint.ts'

/** The end of an aborted transaction; 1 is that of a committed one, others are not about transactions. */
export const abortMarker = 0

/**
 * What the first record of a control batch says: its key is the version and the type, two int16. `start` and `end` are
 * those of the records.
 *
 * @throws RecordDamage when there is no such key
 */
export function controlType(bytes: Uint8Array, start: number, end: number): number {
  readVarint(bytes, start)
  // Behind the length and a byte of attributes come the deltas of timestamp and offset.
  readVarlong(bytes, varintEnd + 1)
  readVarint(bytes, varintEnd)
  const keyLength = readVarint(bytes, varintEnd)
  if (keyLength < 4 || varintEnd + 4 > end) throw new RecordDamage(`the key of its control record has ${keyLength} bytes, not 4`)
  return getInt16(bytes, varintEnd + 2)
}
