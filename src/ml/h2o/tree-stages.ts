import { vectorType } from '../../columnar/data-type.ts'
import { Vector } from '../../columnar/vector.ts'
import type { Extra } from './scorer.ts'
import type { SharedTrees } from './shared-trees.ts'
import type { Finish } from './tree-model.ts'
import { TreeRows } from './tree-rows.ts'

/**
 * What the model would predict with the first round of trees only, with the first two, …: a number for each tree, round
 * by round. Offsets do not count, and a random forest divides by all of its rounds from the first on, as in H2O.
 */
export function stagesExtra({ ensemble, rounds, perRound, places }: SharedTrees, finish: Finish): Extra {
  const width = rounds * perRound
  const type = vectorType(width)
  const treeRows = new TreeRows(ensemble)
  // Trees come class by class in the ensemble, and are needed round by round.
  const order = Int32Array.from(places, (_, tree) => tree).sort((a, b) => (places[a] % rounds) - (places[b] % rounds) || a - b)
  return {
    output: { name: 'stageProbabilities', type, nullable: false, library: 'stageProbabilities', extra: 'stages' },
    width,
    compute(matrix, rows, out) {
      const { features, groups } = ensemble
      const prediction = new Float64Array(finish.width)
      treeRows.each(matrix, rows, (from, to) => {
        const sums = new Float64Array((to - from) * groups)
        let next = 0
        for (let round = 0; round < rounds; round++) {
          for (; next < order.length && places[order[next]] % rounds === round; next++) treeRows.scorer.sumTree(order[next], sums)
          for (let r = from; r < to; r++) {
            finish.row(sums, (r - from) * groups, 0, matrix.subarray(r * features, (r + 1) * features), prediction, 0)
            for (let c = 0; c < perRound; c++) out[r * width + round * perRound + c] = prediction[finish.stage + c]
          }
        }
      })
    },
    vector: (values, rows) => new Vector(type, rows, null, values),
  }
}
