import { type Bitmap, getBit } from '../../columnar/bitmap.ts'
import type { Vector } from '../../columnar/vector.ts'
import { presentRows } from './define.ts'
import { ByteSink, payloadWriter } from './value-encoding.ts'

/**
 * Encodes each row that is present and included, and hands it to `add` with its slot. The sink is one and the same:
 * take what is in it before returning.
 */
export function eachPayload(slots: Int32Array, value: Vector, length: number, include: Bitmap | null, add: (slot: number, sink: ByteSink) => void): void {
  const rows = presentRows([value], include, length)
  const sink = new ByteSink()
  const write = payloadWriter(value)
  for (let i = 0; i < length; i++) {
    const slot = slots[i]
    if (slot < 0 || (rows !== null && !getBit(rows, i))) continue
    sink.length = 0
    write(sink, i)
    add(slot, sink)
  }
}
