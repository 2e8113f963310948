import type { Json } from '../../common/json.ts'
import type { InputPartition } from '../source.ts'
import type { FilePart, FileSpec } from './file-reader.ts'

/**
 * The partitions in which a file is read, from its size and the limit alone: of equal size, and as few as the limit
 * allows. A packed file is one; one whose name does not tell is cut in vain, since its first part reads all of it.
 * `name` is what errors call the file.
 */
export function cutFile(file: FileSpec, name: string, maxBytes: number): readonly InputPartition[] {
  const { path, size } = file
  if (size <= maxBytes || path.endsWith('.gz')) return [{ spec: file as unknown as Json, label: name }]
  const count = Math.ceil(size / maxBytes)
  const cut = (k: number): number => (k === count ? size : Math.floor((size / count) * k))
  return Array.from({ length: count }, (_, k) => {
    const part: FilePart = { of: name, start: cut(k), end: cut(k + 1) }
    return { spec: { ...file, part } as unknown as Json, label: `${name} (bytes ${part.start} to ${part.end - 1})` }
  })
}
