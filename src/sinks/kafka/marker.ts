import { makeError } from '../../common/errors.ts'

/**
 * What the sink keeps beside its rows, in the same transaction: the last batch, and who may write. A fence writes it again
 * with its own epoch.
 */
export interface SinkMarker {
  /** The last batch and its token; null before the first. */
  readonly batch: number | null
  readonly token: string | null
  readonly epoch: number
  /** Random, made with the first marker: another one is another history. */
  readonly incarnation: string
  /** Random, of the sink object that wrote it: only it may take its own epoch again. */
  readonly writer: string
}

/** Value of the marker's record. */
export function encodeMarker({ batch, token, epoch, incarnation, writer }: SinkMarker): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ version: 1, batch, token, epoch, incarnation, writer }))
}

/** @throws CheckpointError SINK_MARKER_DAMAGED */
export function decodeMarker(bytes: Uint8Array, where: { readonly topic: string; readonly key: string; readonly offset: number }): SinkMarker {
  const text = new TextDecoder().decode(bytes)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (!isMarker(value)) {
    throw makeError(
      'SINK_MARKER_DAMAGED',
      `The record at offset ${where.offset} of topic "${where.topic}", with the key "${where.key}", is no marker of this version of the sink: ${text.slice(0, 200)}. Use a transactionalIdPrefix whose topic nothing else writes to, with a new checkpointLocation.`,
      { context: where },
    )
  }
  return value
}

function isMarker(value: unknown): value is SinkMarker {
  if (typeof value !== 'object' || value === null) return false
  const { version, batch, token, epoch, incarnation, writer } = value as { readonly [key: string]: unknown }
  const isCount = (n: unknown): boolean => Number.isSafeInteger(n) && (n as number) >= 0
  const isBatch = (batch === null && token === null) || (isCount(batch) && typeof token === 'string')
  return version === 1 && isBatch && isCount(epoch) && typeof incarnation === 'string' && typeof writer === 'string'
}
