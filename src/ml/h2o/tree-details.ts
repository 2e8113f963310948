import type { RawTree } from '../tree/raw-tree.ts'
import { fail } from './errors.ts'
import type { TreeFormat } from './tree-blob.ts'

const recordBytes = 40

/**
 * Adds to a tree what its `_aux.bin` says: how H2O numbers the nodes, and how much training data went through each. It has
 * a record per split:
 *
 *     number of the node, (reserved), weight left, weight right, prediction left, right, error left, right,
 *     number of the left child, number of the right child       4 bytes each
 */
export function withDetails(tree: RawTree, bytes: Uint8Array, { littleEndian }: TreeFormat, name: string): RawTree {
  const count = tree.left.length
  if (bytes.length % recordBytes !== 0 || bytes.length / recordBytes > count) throw fail(`"${name}" has ${bytes.length} bytes, not ${recordBytes} a split`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const recordOf = new Map<number, number>()
  for (let at = 0; at < bytes.length; at += recordBytes) recordOf.set(view.getInt32(at, littleEndian), at)
  const ids = new Int32Array(count)
  const cover = new Float32Array(count)
  // Parents come before their children, which get their numbers and weights from them.
  for (let node = 0; node < count; node++) {
    if (tree.left[node] === -1) continue
    const at = recordOf.get(ids[node])
    if (at === undefined) throw fail(`"${name}" does not have node ${ids[node]}`)
    const weightLeft = view.getFloat32(at + 8, littleEndian)
    const weightRight = view.getFloat32(at + 12, littleEndian)
    if (node === 0) cover[0] = weightLeft + weightRight
    ids[tree.left[node]] = view.getInt32(at + 32, littleEndian)
    ids[tree.right[node]] = view.getInt32(at + 36, littleEndian)
    cover[tree.left[node]] = weightLeft
    cover[tree.right[node]] = weightRight
  }
  return { ...tree, ids, cover }
}
