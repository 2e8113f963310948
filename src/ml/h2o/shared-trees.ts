import { EnsembleBuilder } from '../tree/builder.ts'
import type { TreeEnsemble } from '../tree/ensemble.ts'
import type { RawTree } from '../tree/raw-tree.ts'
import { fail } from './errors.ts'
import { checkVersion, type Mojo } from './mojo.ts'
import { decodeTree, type TreeFormat } from './tree-blob.ts'
import { withDetails } from './tree-details.ts'

/** The trees of boosting, random and isolation forests: rounds of one tree, or of one per class. */
export interface SharedTrees {
  readonly ensemble: TreeEnsemble
  readonly rounds: number
  /** Trees in each round: 1, or one per class. */
  readonly perRound: number
  /** For each tree of the ensemble: class * rounds + round. A class may have no tree in some rounds. */
  readonly places: Int32Array
  /** Whether the file says how nodes are numbered, and how much training data went through them. */
  readonly hasDetails: boolean
}

const maxTrees = 200_000

export function readSharedTrees(mojo: Mojo): SharedTrees {
  checkVersion(mojo, 1.4)
  const { info, files, version } = mojo
  const format: TreeFormat = { version, littleEndian: (info.find('endianness') ?? 'LITTLE_ENDIAN') === 'LITTLE_ENDIAN' }
  const rounds = info.count('n_trees', maxTrees)
  const perRound = readPerRound(mojo)
  if (rounds * perRound > maxTrees) throw fail(`it has ${rounds * perRound} trees, the limit is ${maxTrees}`)
  const trees: { tree: RawTree; group: number; place: number }[] = []
  let nodes = 0
  let hasDetails = version > 1
  for (let group = 0; group < perRound; group++) {
    for (let round = 0; round < rounds; round++) {
      const path = `trees/t${String(group).padStart(2, '0')}_${String(round).padStart(3, '0')}`
      const bytes = files.find(`${path}.bin`)
      if (bytes === undefined) continue
      const tree = decodeTree(bytes, format, `${path}.bin`)
      const details = version > 1 ? files.find(`${path}_aux.bin`) : undefined
      hasDetails &&= details !== undefined
      nodes += tree.left.length
      trees.push({ tree: details === undefined ? tree : withDetails(tree, details, format, `${path}_aux.bin`), group, place: group * rounds + round })
    }
  }
  const builder = new EnsembleBuilder({ features: mojo.features, groups: perRound, nodes, goesLeft: 'less', cover: hasDetails ? 'known' : 'unknown' }, fail)
  for (const { tree, group } of trees) builder.add(tree, group)
  return { ensemble: builder.finish(), rounds, perRound, places: Int32Array.from(trees, t => t.place), hasDetails }
}

/** Two classes need one tree a round, unless a random forest was told to grow two. */
function readPerRound({ info, classes }: Mojo): number {
  const stated = info.find('n_trees_per_class')
  const count = stated !== undefined ? info.count('n_trees_per_class', maxTrees) : classes === 2 && !info.boolean('binomial_double_trees', false) ? 1 : classes
  if (count !== 1 && count !== classes) throw fail(`it has ${count} trees a round for ${classes} classes`)
  return count
}
