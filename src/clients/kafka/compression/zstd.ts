import * as zlib from 'node:zlib'
import { type Compress, type Decompress, ExceedsLimit } from './codec.ts'
import { chunkSize, isTooLarge } from './gzip.ts'
import { withNarrowWindows, zstdFrameBound } from './zstd-frame.ts'

/** What node:zlib has from Node 22.15 on. */
interface ZstdOfNode {
  zstdCompressSync(bytes: Uint8Array): Uint8Array
  zstdDecompressSync(bytes: Uint8Array, options: { readonly maxOutputLength: number; readonly chunkSize: number }): Uint8Array
}

const nodeHasZstd = (module: object): module is ZstdOfNode => 'zstdCompressSync' in module && 'zstdDecompressSync' in module

export async function loadUnzstd(node: object = zlib): Promise<Decompress> {
  if (nodeHasZstd(node)) {
    return (bytes, maxBytes) => {
      try {
        return node.zstdDecompressSync(bytes, { maxOutputLength: maxBytes, chunkSize: chunkSize(bytes.length * 4) })
      } catch (error) {
        throw isTooLarge(error) ? new ExceedsLimit('', { cause: error }) : error
      }
    }
  }
  // Of the packages that are here anyway. It takes what a frame claims, so that frames are measured first.
  const { decompressZstd } = await import('hyparquet-compressors')
  return (bytes, maxBytes) => {
    if (zstdFrameBound(bytes) > maxBytes) throw new ExceedsLimit()
    return decompressZstd(withNarrowWindows(bytes))
  }
}

/** Undefined where Node has no zstd: nothing that can be installed without compiling writes it. */
export function zstdCompressor(node: object = zlib): Compress | undefined {
  return nodeHasZstd(node) ? bytes => node.zstdCompressSync(bytes) : undefined
}
