import type { RecordBatch } from '../../columnar/record-batch.ts'
import { loadFormat } from '../../formats/registry.ts'

/** Of a row at most this many bytes are kept, as of a record that cannot be read. */
const maxRowBytes = 1024 * 1024

/** Each row as the bytes of a JSON object. */
export async function encodeRows(batch: RecordBatch): Promise<Uint8Array[]> {
  const encoder = (await loadFormat('jsonl')).encoder(batch.schema, {})
  const bytes = Buffer.concat([...encoder.push(batch), ...encoder.end()])
  const rows: Uint8Array[] = []
  for (let from = 0; from < bytes.length; ) {
    // A line feed inside a text is written as \n.
    const to = bytes.indexOf(0x0a, from)
    rows.push(bytes.subarray(from, Math.min(to, from + maxRowBytes)))
    from = to + 1
  }
  return rows
}
