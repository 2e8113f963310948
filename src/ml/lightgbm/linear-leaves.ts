import type { Section } from './section.ts'

const maxTerms = 50_000_000

/**
 * Leaves that are linear functions (linear_tree): the constant, and coefficients of features. Leaves of all trees have one
 * numbering: `firstLeaf[tree]` plus the leaf's own.
 */
export interface LinearLeaves {
  readonly firstLeaf: Int32Array
  /** Per tree: 1 where its leaves are linear. */
  readonly isLinear: Uint8Array
  readonly constant: Float64Array
  /** Per leaf, and one more: where its terms begin. */
  readonly firstTerm: Int32Array
  /** Per term: a position in `features`, and what the value is multiplied by. */
  readonly termFeature: Int32Array
  readonly coefficient: Float64Array
  /** The features of the model that some leaf multiplies, each once. */
  readonly features: readonly number[]
}

/**
 * Reads the linear leaves of all trees; undefined where there are none. Blocks with `is_linear=1` have `leaf_const`, and per
 * leaf `num_features` many entries of `leaf_features` and `leaf_coeff`.
 */
export function readLinearLeaves(blocks: readonly Section[], leavesOf: (tree: number) => number, features: number): LinearLeaves | undefined {
  const isLinear = Uint8Array.from(blocks, block => (block.find('is_linear') === '1' ? 1 : 0))
  if (!isLinear.includes(1)) return undefined
  const firstLeaf = new Int32Array(blocks.length)
  let leaves = 0
  blocks.forEach((_, tree) => {
    firstLeaf[tree] = leaves
    leaves += leavesOf(tree)
  })
  const constant = new Float64Array(leaves)
  const firstTerm = new Int32Array(leaves + 1)
  const terms: { readonly features: Int32Array; readonly coefficients: Float64Array }[] = []
  let total = 0
  blocks.forEach((block, tree) => {
    const own = leavesOf(tree)
    const counts = isLinear[tree] === 1 ? block.ints('num_features', own) : new Int32Array(own)
    let many = 0
    for (let k = 0; k < own; k++) {
      firstTerm[firstLeaf[tree] + k] = total + many
      if (counts[k] < 0) throw block.wrong(`has ${counts[k]} features in leaf ${k}`)
      many += counts[k]
      if (total + many > maxTerms) throw block.wrong(`makes more than ${maxTerms} terms of linear leaves`)
    }
    if (isLinear[tree] === 1) {
      constant.set(block.floats('leaf_const', own), firstLeaf[tree])
      terms.push({ features: block.ints('leaf_features', many), coefficients: block.floats('leaf_coeff', many) })
    }
    total += many
  })
  firstTerm[leaves] = total
  return { firstLeaf, isLinear, constant, firstTerm, ...joinTerms(terms, total, features, blocks[0]) }
}

function joinTerms(
  terms: readonly { readonly features: Int32Array; readonly coefficients: Float64Array }[],
  total: number,
  features: number,
  block: Section,
): Pick<LinearLeaves, 'termFeature' | 'coefficient' | 'features'> {
  const termFeature = new Int32Array(total)
  const coefficient = new Float64Array(total)
  const positions = new Map<number, number>()
  let at = 0
  for (const part of terms) {
    coefficient.set(part.coefficients, at)
    for (const feature of part.features) {
      if (feature < 0 || feature >= features) throw block.wrong(`and others multiply feature ${feature} of ${features}`)
      const position = positions.get(feature) ?? positions.size
      positions.set(feature, position)
      termFeature[at++] = position
    }
  }
  return { termFeature, coefficient, features: [...positions.keys()] }
}

/**
 * Adds the linear leaves of one tree. `values` is row-major with a column per entry of `linear.features`; a row that lacks a
 * value which its leaf multiplies gets the leaf's plain number instead.
 */
export function addLinearTree(
  linear: LinearLeaves,
  tree: number,
  { leaves, ids, leaf }: { readonly leaves: Int32Array; readonly ids: Int32Array; readonly leaf: Float64Array },
  values: Float64Array,
  rows: number,
  { sums, groups, group }: { readonly sums: Float64Array; readonly groups: number; readonly group: number },
): void {
  const { constant, firstTerm, termFeature, coefficient, features } = linear
  const width = features.length
  for (let row = 0; row < rows; row++) {
    const node = leaves[row]
    const number = linear.firstLeaf[tree] + ids[node]
    let sum = constant[number]
    for (let k = firstTerm[number]; k < firstTerm[number + 1]; k++) {
      const value = values[row * width + termFeature[k]]
      if (value !== value) {
        sum = leaf[node]
        break
      }
      sum += coefficient[k] * value
    }
    sums[row * groups + group] += sum
  }
}
