import { assertNever } from '../../../common/assert.ts'
import { makeError } from '../../../common/errors.ts'
import type { CodecName, Compress, Decompress } from './codec.ts'
import { gunzip, gzip } from './gzip.ts'
import type { ImportPackage } from './import-package.ts'
import { loadLz4, loadUnlz4 } from './lz4.ts'
import { loadSnappy, loadUnsnappy } from './snappy.ts'
import { loadUnzstd, zstdCompressor } from './zstd.ts'

/** Decoders that are ready for use, by codec. */
export type Decompressors = ReadonlyMap<CodecName, Decompress>

/** @throws AnalysisError KAFKA_PACKAGE_MISSING */
export async function loadDecompressors(codecs: Iterable<CodecName>, load?: ImportPackage): Promise<Decompressors> {
  const loaded = new Map<CodecName, Decompress>()
  for (const codec of codecs) {
    if (codec !== 'none') loaded.set(codec, await loadDecompressor(codec, load))
  }
  return loaded
}

async function loadDecompressor(codec: Exclude<CodecName, 'none'>, load?: ImportPackage): Promise<Decompress> {
  switch (codec) {
    case 'gzip':
      return gunzip
    case 'snappy':
      return await loadUnsnappy()
    case 'lz4':
      return await loadUnlz4(load)
    case 'zstd':
      return await loadUnzstd()
    default:
      return assertNever(codec, 'codec')
  }
}

/**
 * What compresses batches that are written; undefined for 'none'.
 *
 * @throws AnalysisError KAFKA_PACKAGE_MISSING; KAFKA_CODEC_UNAVAILABLE for zstd before Node 22.15
 */
export async function loadCompressor(codec: CodecName, load?: ImportPackage): Promise<Compress | undefined> {
  switch (codec) {
    case 'none':
      return undefined
    case 'gzip':
      return gzip
    case 'snappy':
      return await loadSnappy(load)
    case 'lz4':
      return await loadLz4(load)
    case 'zstd': {
      const zstd = zstdCompressor()
      if (zstd !== undefined) return zstd
      throw makeError('KAFKA_CODEC_UNAVAILABLE', `Writing Kafka batches with zstd needs Node 22.15 or later, this is Node ${process.versions.node}. Use "lz4", "snappy" or "gzip", or a newer Node.`, {
        context: { codec, node: process.versions.node },
      })
    }
    default:
      return assertNever(codec, 'codec')
  }
}
