import { decodeFrame, encodeFrame } from '../columnar/frame.ts'
import type { SinkPart } from '../sinks/sink.ts'
import type { SinkName } from '../exec/physical-plan.ts'
import type { PartsBySink } from './sink-set.ts'

/**
 * Parts of one sink as bytes for the checkpoint (protocol rule 23), so that a batch whose source cannot be read again
 * can still be published after a crash:
 *
 *   u32 length of the header | header (JSON: the parts, with the lengths of their frames) | frames
 */
export function encodeSpool(parts: readonly SinkPart[]): Uint8Array {
  const frames = parts.map(p => p.batches.map(encodeFrame))
  const header = new TextEncoder().encode(
    JSON.stringify(parts.map((p, i) => ({ partition: p.partition, handle: p.handle, rows: p.rows, bytes: p.bytes, digest: p.digest, frames: frames[i].map(f => f.length) }))),
  )
  const size = frames.flat().reduce((n, f) => n + f.length, 4 + header.length)
  const out = new Uint8Array(size)
  new DataView(out.buffer).setUint32(0, header.length, true)
  out.set(header, 4)
  let at = 4 + header.length
  for (const frame of frames.flat()) {
    out.set(frame, at)
    at += frame.length
  }
  return out
}

export function decodeSpool(bytes: Uint8Array): SinkPart[] {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))) as (Omit<SinkPart, 'batches'> & { readonly frames: readonly number[] })[]
  let at = 4 + length
  return header.map(({ frames, ...part }) => ({
    ...part,
    batches: frames.map(n => {
      const batch = decodeFrame(bytes.slice(at, at + n))
      at += n
      return batch
    }),
  }))
}

export function partsFromSpool(entries: readonly { readonly sink: string; readonly bytes: Uint8Array }[]): PartsBySink {
  return new Map(entries.map(e => [e.sink as SinkName, decodeSpool(e.bytes)]))
}
