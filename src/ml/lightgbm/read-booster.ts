import { unreadable, unsupported } from '../errors.ts'
import { EnsembleBuilder } from '../tree/builder.ts'
import { maxTreeNodes } from '../tree/ensemble.ts'
import type { RawTree } from '../tree/raw-tree.ts'
import type { Booster } from './booster.ts'
import { readInputs } from './categories.ts'
import { readLinearLeaves } from './linear-leaves.ts'
import { readObjective } from './objective.ts'
import { readTextFile } from './text-file.ts'
import { readTree, UseCollector } from './trees.ts'

const maxFeatures = 100_000
const maxGroups = 10_000
const versions = ['v2', 'v3', 'v4']

const fail = (what: string, cause?: unknown): Error => unreadable('LightGBM', what, cause)

/** @throws AnalysisError ML_UNREADABLE, ML_UNSUPPORTED */
export function readBooster(bytes: Uint8Array): Booster {
  const file = readTextFile(bytes, fail)
  const { header } = file
  const version = header.find('version')
  if (version === undefined || !versions.includes(version)) {
    throw unsupported('LightGBM', `the layout ${version === undefined ? 'of before version 2' : JSON.stringify(version.slice(0, 20))}`, `Layouts ${versions.join(', ')} are scored (LightGBM 2.1 to 4): save the model with one of those, or look for a newer Millrace.`)
  }
  const features = header.count('max_feature_idx', maxFeatures - 1) + 1
  const groups = header.count('num_tree_per_iteration', maxGroups)
  if (groups === 0 || file.trees.length % groups !== 0) throw fail(`it has ${file.trees.length} trees, with ${groups} in each round`)
  const objective = readObjective(header.find('objective'), fail)
  if (objective.task === 'classes' && groups < 2) throw fail('it has fewer than two classes for a multi-class objective')
  if (objective.task === 'binary' && groups !== 1) throw fail(`it has ${groups} sums for a binary objective`)
  const uses = new UseCollector()
  const raw: RawTree[] = []
  let nodes = 0
  for (const block of file.trees) {
    const tree = readTree(block, features, uses)
    nodes += tree.left.length
    if (nodes > maxTreeNodes) throw fail(`it has more than ${maxTreeNodes} nodes`)
    raw.push(tree)
  }
  const cover = raw.every(tree => tree.cover !== undefined) ? 'known' : 'unknown'
  const builder = new EnsembleBuilder({ features: uses.uses.length, groups, nodes, goesLeft: 'notGreater', cover }, what => fail(`it is broken: ${what}`))
  raw.forEach((tree, i) => builder.add(tree, i % groups))
  return {
    ...readInputs(file, features, fail),
    objective,
    groups,
    uses: uses.uses,
    trees: builder.finish(),
    linear: readLinearLeaves(file.trees, tree => (raw[tree].left.length + 1) / 2, features),
    averageOver: header.find('average_output') === undefined ? undefined : Math.max(1, file.trees.length / groups),
  }
}
