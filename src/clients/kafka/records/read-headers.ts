import type { RecordBlock } from './record-block.ts'
import { readVarint, varintEnd } from './varint.ts'

/** Byte ranges of one header in the block's bytes; `valueStart` and `valueEnd` are -1 for null. A name may come more than once. */
export type HeaderVisitor = (nameStart: number, nameEnd: number, valueStart: number, valueEnd: number) => void

/** Visits the headers of a record in their order. The reader has checked them already. */
export function readHeaders(block: RecordBlock, record: number, visit: HeaderVisitor): void {
  const { bytes } = block
  let at = block.headerStart[record]
  for (let left = block.headerCount[record]; left > 0; left--) {
    const nameLength = readVarint(bytes, at)
    const nameStart = varintEnd
    const valueLength = readVarint(bytes, nameStart + nameLength)
    const valueStart = varintEnd
    at = valueStart + Math.max(0, valueLength)
    if (valueLength < 0) visit(nameStart, nameStart + nameLength, -1, -1)
    else visit(nameStart, nameStart + nameLength, valueStart, at)
  }
}
