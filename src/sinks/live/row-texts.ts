import type { RecordBatch } from '../../columnar/record-batch.ts'
import { JsonlEncoder } from '../../formats/jsonl/jsonl-encoder.ts'

const newline = 0x0a

/** Each row as one JSON object, as the jsonl format writes it. */
export function rowTexts(batch: RecordBatch): string[] {
  if (batch.numRows === 0) return []
  const encoder = new JsonlEncoder(batch.schema, false)
  const bytes = Buffer.concat([...encoder.push(batch), ...encoder.end()])
  const texts: string[] = []
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(newline, at)
    texts.push(bytes.toString('utf8', at, end))
    at = end + 1
  }
  return texts
}
