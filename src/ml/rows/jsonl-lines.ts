import { sliceRows } from '../../columnar/take.ts'
import { JsonlEncoder } from '../../formats/jsonl/jsonl-encoder.ts'
import type { ScoredChunk } from './score-rows.ts'

const newline = 0x0a

/** A chunk as JSON lines: scores as the jsonl format writes them, a refusal as `{"error", "message"}`, nothing for a dropped row. */
export function chunkLines({ scores, records }: ScoredChunk): Uint8Array {
  const lines = rowLines(scores)
  const pieces: Uint8Array[] = []
  for (const record of records) {
    if (typeof record === 'string') pieces.push(Buffer.from(`${JSON.stringify({ error: 'ML_SCORING_FAILED', message: record })}\n`))
    else if (record >= 0) pieces.push(lines[record])
  }
  return Buffer.concat(pieces)
}

function rowLines(scores: ScoredChunk['scores']): Uint8Array[] {
  if (scores.numRows === 0) return []
  const encoder = new JsonlEncoder(scores.schema, false)
  const bytes = Buffer.concat([...encoder.push(sliceRows(scores, 0, scores.numRows)), ...encoder.end()])
  const lines: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(newline, at) + 1
    lines.push(bytes.subarray(at, end))
    at = end
  }
  return lines
}
