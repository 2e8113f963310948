import { fail } from './errors.ts'
import { checkVersion, type Mojo } from './mojo.ts'
import type { Block, Scorer, Scoring } from './scorer.ts'

const maxTrees = 100_000
const maxNodes = 10_000_000
const maxDepth = 1024
const nodeKind = 0x4e
const leafKind = 0x4c
/** H2O's answer for a row that comes to a node which is not there. */
const lengthOfNoPath = -1
const eulerMascheroni = 0.5772156649

/** Extended isolation forests: trees that ask on which side of a plane a row is. */
export function readExtendedIsolationForest(mojo: Mojo): Scoring {
  checkVersion(mojo, 1)
  return { scorer: new PlaneForest(mojo), extras: [] }
}

/** One tree: node 0 is the root; `left` is −1 at a leaf. Trees count their nodes as if every one had two children. */
interface PlaneTree {
  readonly left: Int32Array
  readonly right: Int32Array
  /** Of a split: where its plane begins in `points` and `normals`. */
  readonly plane: Int32Array
  /** Per plane `features` numbers each: a point of it, and what is orthogonal to it. */
  readonly points: Float64Array
  readonly normals: Float64Array
  /** At a leaf: the length of the path to it, and what further splits of its rows would add. */
  readonly lengths: Float64Array
}

class PlaneForest implements Scorer {
  readonly width = 2
  readonly #features: number
  readonly #trees: readonly PlaneTree[]
  readonly #usualLength: number

  constructor({ info, files, features }: Mojo) {
    this.#features = features
    const count = info.count('ntrees', maxTrees, 0)
    if (count === 0) throw fail('it has no trees')
    const littleEndian = (info.find('endianness') ?? 'LITTLE_ENDIAN') === 'LITTLE_ENDIAN'
    let nodes = 0
    this.#trees = Array.from({ length: count }, (_, t) => {
      const name = `trees/t${String(t).padStart(2, '0')}.bin`
      const tree = readTree(files.read(name), features, littleEndian, name)
      nodes += tree.left.length
      if (nodes > maxNodes) throw fail(`its trees have more than ${maxNodes} nodes`)
      return tree
    })
    this.#usualLength = averageLength(info.count('sample_size', Number.MAX_SAFE_INTEGER, 0))
  }

  score({ rows, matrix, predictions }: Block): void {
    for (let r = 0; r < rows; r++) {
      let sum = 0
      for (const tree of this.#trees) sum += pathLength(tree, matrix, r * this.#features, this.#features)
      const mean = sum / this.#trees.length
      predictions[2 * r] = 2 ** (-1 * (mean / this.#usualLength))
      predictions[2 * r + 1] = mean
    }
  }
}

function pathLength({ left, right, plane, points, normals, lengths }: PlaneTree, matrix: Float64Array, from: number, features: number): number {
  let node = 0
  while (left[node] >= 0) {
    let side = 0
    for (let f = 0, at = plane[node]; f < features; f++, at++) side += (matrix[from + f] - points[at]) * normals[at]
    node = side <= 0 ? left[node] : right[node]
  }
  return lengths[node]
}

/** How long an unsuccessful search through a tree of n rows is on average. */
function averageLength(n: number): number {
  if (n < 2) return 0
  if (n === 2) return 1
  return 2 * (Math.log(n - 1) + eulerMascheroni) - (2 * (n - 1)) / n
}

/**
 * Reads a tree: how many numbers a plane has (4 bytes), and then its nodes, each a number (4 bytes; those of the children
 * of k are 2k + 1 and 2k + 2) and "N" with two lists of 64-bit floats, or "L" with the rows of a leaf (4 bytes).
 */
function readTree(bytes: Uint8Array, features: number, littleEndian: boolean, name: string): PlaneTree {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const wrong = (what: string): Error => fail(`"${name}" ${what}`)
  const width = bytes.length < 4 ? -1 : view.getInt32(0, littleEndian)
  if (width !== features) throw wrong(`has planes of ${width} numbers for ${features} features`)
  // Numbers of nodes double with each level, and wrap round in 32 bits below the 31st.
  const starts = new Map<number, number>()
  for (let at = 4; at < bytes.length; ) {
    const kind = at + 5 <= bytes.length ? bytes[at + 4] : 0
    // H2O writes buffers of its own size: zeros follow the last node.
    if (kind === 0 && bytes.subarray(at).every(b => b === 0)) break
    const size = kind === nodeKind ? 2 * width * 8 : kind === leafKind ? 4 : -1
    if (size < 0 || at + 5 + size > bytes.length) throw wrong(`has no whole node at byte ${at}`)
    const number = view.getInt32(at, littleEndian)
    if (!starts.has(number)) starts.set(number, at + 4)
    if (starts.size > maxNodes) throw wrong(`has more than ${maxNodes} nodes`)
    at += 5 + size
  }
  // A split may have children that the file has not.
  const capacity = 2 * starts.size + 1
  const left = new Int32Array(capacity).fill(-1)
  const right = new Int32Array(capacity).fill(-1)
  const plane = new Int32Array(capacity)
  const points: number[] = []
  const normals: number[] = []
  const lengths = new Float64Array(capacity)
  const numbers = [0]
  const depths = [0]
  for (let node = 0; node < numbers.length; node++) {
    const at = starts.get(numbers[node])
    if (at === undefined) {
      if (node === 0) throw wrong('has no root')
      lengths[node] = lengthOfNoPath
      continue
    }
    if (bytes[at] === leafKind) {
      lengths[node] = depths[node] + averageLength(view.getInt32(at + 1, littleEndian))
      continue
    }
    if (depths[node] >= maxDepth || numbers.length + 2 > capacity) throw wrong('comes to a node twice')
    plane[node] = points.length
    for (let f = 0; f < width; f++) {
      normals.push(view.getFloat64(at + 1 + f * 8, littleEndian))
      points.push(view.getFloat64(at + 1 + (width + f) * 8, littleEndian))
    }
    left[node] = numbers.length
    right[node] = numbers.length + 1
    numbers.push((2 * numbers[node] + 1) | 0, (2 * numbers[node] + 2) | 0)
    depths.push(depths[node] + 1, depths[node] + 1)
  }
  return { left, right, plane, points: Float64Array.from(points), normals: Float64Array.from(normals), lengths }
}
