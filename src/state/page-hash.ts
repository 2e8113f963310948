/** Spreads keys over pages: the key's hash stirred, since its upper bits chose the partition. Part of the segment format. */
export function pageHash(hash: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> 0
}
