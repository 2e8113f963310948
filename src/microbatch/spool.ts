import { decodeFrame, encodeFrame } from '../columnar/frame.ts'
import { assert } from '../common/assert.ts'
import type { AttemptId } from '../checkpoint/attempt.ts'
import type { SpooledOutput, SpoolFiles } from '../checkpoint/spool-files.ts'
import type { SinkName } from '../exec/physical-plan.ts'
import type { SinkPart } from '../sinks/sink.ts'
import type { PartsBySink } from './sink-set.ts'

/**
 * The output of one attempt as a file of the checkpoint (protocol rule 23), so that a batch whose source cannot be read
 * again can still be published after a crash:
 *
 *   "MRSPOOL1" | u32 length of the header | header | for each frame of each part: u32 length | frame
 *
 * The header is JSON: the parts of each sink in order, with the number of their frames instead of their rows. Numbers are
 * little-endian.
 */
const magic = 'MRSPOOL1'

interface PartHeader extends Omit<SinkPart, 'batches'> {
  readonly sink: SinkName
  readonly frames: number
}

/** Keeps the output; durable on return. */
export async function keepOutput(spool: SpoolFiles, batchId: number, attempt: AttemptId, parts: PartsBySink): Promise<SpooledOutput> {
  if ([...parts.values()].every(list => list.length === 0)) return { bytes: 0, digest: '' }
  return spool.write(batchId, attempt, pieces(parts))
}

/**
 * The output that an attempt has kept.
 * @throws CheckpointError CHECKPOINT_CORRUPT when the file is damaged
 */
export async function keptOutput(spool: SpoolFiles, batchId: number, attempt: AttemptId, kept: SpooledOutput): Promise<PartsBySink> {
  if (kept.bytes === 0) return new Map()
  return spool.read(batchId, attempt, kept, async next => {
    assert(new TextDecoder().decode(await next(magic.length)) === magic, 'Kept output begins with its magic bytes.')
    const block = async (): Promise<Uint8Array> => next(lengthIn(await next(4)))
    const header = JSON.parse(new TextDecoder().decode(await block())) as readonly PartHeader[]
    const parts = new Map<SinkName, SinkPart[]>()
    for (const { sink, frames, ...part } of header) {
      const batches = []
      for (let n = 0; n < frames; n++) batches.push(decodeFrame(await block()))
      parts.set(sink, [...(parts.get(sink) ?? []), { ...part, batches }])
    }
    return parts
  })
}

/** One frame at a time, so that the whole is never in memory twice. */
function* pieces(parts: PartsBySink): Generator<Uint8Array> {
  const header: PartHeader[] = [...parts].flatMap(([sink, list]) => list.map(({ batches, ...part }) => ({ sink, ...part, frames: batches.length })))
  yield new TextEncoder().encode(magic)
  yield* block(new TextEncoder().encode(JSON.stringify(header)))
  for (const list of parts.values()) for (const { batches } of list) for (const batch of batches) yield* block(encodeFrame(batch))
}

function* block(bytes: Uint8Array): Generator<Uint8Array> {
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, bytes.length, true)
  yield length
  yield bytes
}

function lengthIn(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
}
