import { unreadable, unsupported } from '../errors.ts'
import type { ModelInput } from '../model.ts'
import { EnsembleBuilder } from '../tree/builder.ts'
import { maxTreeNodes, type TreeEnsemble } from '../tree/ensemble.ts'
import type { RawTree } from '../tree/raw-tree.ts'
import { BinaryReader, maxNameBytes } from './binary-reader.ts'
import { type Booster, type LinearWeights, maxFeatures, maxGroups } from './booster.ts'
import { objectiveOf, toMargin } from './objective.ts'
import { hasCovers } from './trees.ts'

const format = 'XGBoost'
const fail = (what: string): Error => unreadable(format, what)

/**
 * Which weight a tree of dart has: its own, as in XGBoost. Some readers of the format give it the one at its place among
 * the trees of its own sum, or none.
 */
export type DartWeights = 'ofTree' | 'ofPlaceInGroup' | 'none'

const learnerBytes = 136
const boosterBytes = 160
const linearBytes = 136
const treeBytes = 148
const nodeBytes = 20
const statBytes = 16
const maxTrees = 1_000_000

/**
 * Whether these are the bytes of a model in the binary format that XGBoost wrote before JSON: they begin with "binf", or,
 * as such models lie in other files (H2O's), with the learner's block, in which the objective's name comes after 136 bytes.
 */
export function isOldBinary(bytes: Uint8Array): boolean {
  if (hasMagic(bytes)) return true
  if (bytes.length < learnerBytes + 8) return false
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(learnerBytes, true)
  const name = Buffer.from(bytes.buffer, bytes.byteOffset + learnerBytes + 8, Math.min(Number(length), bytes.length - learnerBytes - 8, maxNameBytes)).toString('latin1')
  return length < maxNameBytes && /^[a-z]+:[a-z]+$/.test(name)
}

function hasMagic(bytes: Uint8Array): boolean {
  return bytes[0] === 0x62 && bytes[1] === 0x69 && bytes[2] === 0x6e && bytes[3] === 0x66
}

/**
 * Reads the binary format of before JSON (versions 0.4 to 2; all numbers little-endian):
 *
 *     "binf"                                      may be absent
 *     learner, 136 bytes                          float base_score, int num_feature, int num_class, int has attributes,
 *                                                 int has metrics, int major, int minor, int num_target, …
 *     <length> name of the objective, <length> name of the booster
 *     booster, 160 bytes                          int num_trees, …                    (gblinear: 136 bytes, <length> weights)
 *     per tree: 148 bytes                         int roots, int nodes, int deleted, int depth, int features, int leaf vector, …
 *         20 bytes per node                       int parent, int left, int right, uint feature (top bit: missing goes left),
 *                                                 float threshold or leaf
 *         16 bytes per node                       float gain, float cover, float weight, int leaf children
 *     int per tree                                the sum that it adds to
 *     <length> floats                             dart: weights of the trees
 *     <length> pairs of texts                     attributes
 *
 * The format has no names of features.
 * @throws AnalysisError ML_UNREADABLE, ML_UNSUPPORTED
 */
export function readOldBinary(bytes: Uint8Array, dartWeights: DartWeights = 'ofTree'): Booster {
  const reader = new BinaryReader(bytes, hasMagic(bytes) ? 4 : 0, fail)
  const at = reader.take(learnerBytes)
  const { view } = reader
  const baseScore = view.getFloat32(at, true)
  const features = count(view.getUint32(at + 4, true), maxFeatures, 'features')
  const classes = count(view.getInt32(at + 8, true), maxGroups, 'classes')
  const hasAttributes = view.getInt32(at + 12, true) !== 0
  const major = view.getUint32(at + 20, true)
  const targets = count(major === 0 ? 1 : view.getUint32(at + 28, true), maxGroups, 'targets')
  if (classes > 1 && targets > 1) throw unsupported(format, `${classes} classes for each of ${targets} targets`, 'Train one model per target.')
  const groups = Math.max(1, classes, targets)
  const objectiveName = reader.text()
  const objective = objectiveOf(objectiveName)
  if (objective === undefined) throw unsupported(format, `the objective ${JSON.stringify(objectiveName)}`, 'Its predictions are computed by code outside of the file; train with a built-in objective.')
  if (objective.task === 'classes' && groups < 2) throw fail('it has fewer than two classes for a multi-class objective')
  // Before 1.0 the base score was saved as a margin.
  const baseMargin = major === 0 ? baseScore : toMargin(baseScore, objective.link)
  if (!Number.isFinite(baseMargin)) throw fail(`its base score is ${baseScore}, which is none of this objective`)
  const shared = { inputs: unnamedInputs(features), isUnnamed: true, numberedInputs: new Set<string>(), lookUps: new Map(), objective, groups, baseMargins: new Float32Array(groups).fill(baseMargin) }
  const booster = reader.text()
  if (booster === 'gblinear') return { ...shared, trees: undefined, linear: readLinear(reader, features, groups) }
  if (booster !== 'gbtree' && booster !== 'dart') throw unsupported(format, `the booster ${JSON.stringify(booster)}`, 'Boosters gbtree, dart and gblinear are scored.')
  return { ...shared, trees: readTrees(reader, booster === 'dart' ? dartWeights : undefined, hasAttributes, { features, groups }), linear: undefined }
}

function unnamedInputs(features: number): ModelInput[] {
  return Array.from({ length: features }, (_, f) => ({ name: `f${f}`, kind: 'number' }))
}

function count(value: number, max: number, of: string): number {
  if (value < 0 || value > max) throw fail(`it has ${value} ${of}, the limit is ${max}`)
  return value
}

function readLinear(reader: BinaryReader, features: number, groups: number): LinearWeights {
  reader.take(linearBytes)
  const weights = reader.floats()
  if (weights.length !== (features + 1) * groups) throw fail(`it has ${weights.length} weights instead of ${(features + 1) * groups}`)
  if (weights.some(Number.isNaN)) throw fail('it has a weight that is not a number')
  return { features, groups, weights }
}

function readTrees(reader: BinaryReader, dartWeights: DartWeights | undefined, hasAttributes: boolean, shape: { readonly features: number; readonly groups: number }): TreeEnsemble {
  const trees = count(reader.view.getInt32(reader.take(boosterBytes), true), maxTrees, 'trees')
  const raw: RawTree[] = []
  let nodes = 0
  for (let i = 0; i < trees; i++) {
    const tree = readTree(reader)
    nodes += tree.left.length
    if (nodes > maxTreeNodes) throw fail(`it has more than ${maxTreeNodes} nodes`)
    raw.push(tree)
  }
  const groupOf = reader.ints(trees)
  const weights = dartWeights !== undefined && trees > 0 ? reader.floats() : undefined
  if (weights !== undefined && weights.length !== trees) throw fail(`it has ${trees} trees, but ${weights.length} drop weights`)
  const used = Math.min(trees, hasAttributes ? bestTrees(reader, shape.groups) : trees)
  const builder = new EnsembleBuilder({ ...shape, nodes, goesLeft: 'less', cover: hasCovers(raw) }, what => fail(`it is broken: ${what}`))
  const placeInGroup = new Int32Array(shape.groups)
  for (let i = 0; i < used; i++) {
    const place = dartWeights === 'ofPlaceInGroup' ? placeInGroup[groupOf[i]]++ : i
    const weight = weights === undefined || dartWeights === 'none' ? 1 : weights[place]
    builder.add(weight === 1 ? raw[i] : { ...raw[i], leaf: raw[i].leaf.map(value => value * weight) }, groupOf[i])
  }
  return builder.finish()
}

/** How many trees count: those up to the best iteration, where the attributes name it. */
function bestTrees(reader: BinaryReader, groups: number): number {
  let iterations: number | undefined
  let limit: number | undefined
  for (let n = reader.length(16); n > 0; n--) {
    const name = reader.text()
    const value = reader.text(Infinity)
    if (!/^\d{1,9}$/.test(value)) continue
    if (name === 'best_iteration') iterations = Number(value) + 1
    // Trees of one group: as many times the iterations as each has trees in parallel, which is nowhere else in the file.
    else if (name === 'best_ntree_limit') limit = Number(value)
  }
  return (limit ?? iterations ?? maxTrees) * groups
}

function readTree(reader: BinaryReader): RawTree {
  const header = reader.take(treeBytes)
  const { view } = reader
  const nodes = count(view.getInt32(header + 4, true), maxTreeNodes, 'nodes in one tree')
  const start = reader.take(nodes * nodeBytes)
  const stats = reader.take(nodes * statBytes)
  const left = new Int32Array(nodes)
  const right = new Int32Array(nodes)
  const feature = new Int32Array(nodes)
  const defaultLeft = new Uint8Array(nodes)
  const threshold = new Float32Array(nodes)
  const cover = new Float32Array(nodes)
  for (let node = 0, at = start; node < nodes; node++, at += nodeBytes) {
    left[node] = view.getInt32(at + 4, true)
    right[node] = view.getInt32(at + 8, true)
    const split = view.getUint32(at + 12, true)
    feature[node] = split & 0x7fffffff
    defaultLeft[node] = split >>> 31
    threshold[node] = view.getFloat32(at + 16, true)
    cover[node] = view.getFloat32(stats + node * statBytes + 4, true)
  }
  return { left, right, feature, threshold, defaultLeft, leaf: threshold, cover }
}
