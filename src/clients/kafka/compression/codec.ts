/** How the records of a batch are compressed, in the order of the numbers that Kafka gives the codecs. */
export const codecNames = Object.freeze(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)

export type CodecName = (typeof codecNames)[number]

/**
 * The bytes that `bytes` were made of. Throws {@link ExceedsLimit} when they are, or could be, more than `maxBytes`, and any
 * other Error when `bytes` is not of the codec.
 */
export type Decompress = (bytes: Uint8Array, maxBytes: number) => Uint8Array

export type Compress = (bytes: Uint8Array) => Uint8Array

/** Compressed bytes that would become more than they may. */
export class ExceedsLimit extends Error {}

/** How much the records of one batch may become, so that a small message cannot take all memory. */
export interface DecompressionLimits {
  /** @default 64 MiB */
  readonly maxBytes: number
  /** Decompressed bytes for each compressed one. @default 100 */
  readonly maxRatio: number
  /** Batches up to this size may have any ratio: equal records compress to a thousandth. @default 8 MiB */
  readonly anyRatioBytes: number
}

export const defaultDecompressionLimits: DecompressionLimits = Object.freeze({
  maxBytes: 64 * 1024 * 1024,
  maxRatio: 100,
  anyRatioBytes: 8 * 1024 * 1024,
})

/** What `compressed` bytes may become. */
export function allowedBytes(compressed: number, limits: DecompressionLimits): number {
  return Math.min(limits.maxBytes, Math.max(limits.anyRatioBytes, compressed * limits.maxRatio))
}
