import { type Compress, type Decompress, ExceedsLimit } from './codec.ts'
import { importPackage, type ImportPackage, optionalPackage } from './import-package.ts'
import { lz4FrameBound, lz4FrameLength } from './lz4-frame.ts'

interface Lz4Napi {
  compressFrameSync(bytes: Buffer): Buffer
  decompressFrameSync(bytes: Buffer): Buffer
}

/** LZ4 frames. @throws AnalysisError KAFKA_PACKAGE_MISSING */
export async function loadUnlz4(load: ImportPackage = importPackage): Promise<Decompress> {
  const { decompressFrameSync } = await lz4Napi('Reading Kafka batches with lz4', load)
  return (bytes, maxBytes) => {
    // The package grows its output without a limit, so that the frames are measured first.
    if (lz4FrameBound(bytes) > maxBytes && lz4FrameLength(bytes) > maxBytes) throw new ExceedsLimit()
    return decompressFrameSync(asBuffer(bytes))
  }
}

/** @throws AnalysisError KAFKA_PACKAGE_MISSING */
export async function loadLz4(load: ImportPackage = importPackage): Promise<Compress> {
  const { compressFrameSync } = await lz4Napi('Writing Kafka batches with lz4', load)
  return bytes => compressFrameSync(asBuffer(bytes))
}

async function lz4Napi(purpose: string, load: ImportPackage): Promise<Lz4Napi> {
  const loaded = (await optionalPackage('lz4-napi', '2.10.0', purpose, load)) as Lz4Napi & { readonly default?: Lz4Napi }
  return loaded.default ?? loaded
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
