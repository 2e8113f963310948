import { TreeScorer } from '../tree/scorer.ts'
import type { TreeEnsemble } from '../tree/ensemble.ts'
import type { Booster } from '../xgboost/booster.ts'
import { LinearScorer } from '../xgboost/linear.ts'
import { fromMargin, softmax } from '../xgboost/objective.ts'
import { readOldBinary } from '../xgboost/old-binary.ts'
import { readCalibration } from './calibration.ts'
import { labelRow } from './classes.ts'
import { contributionExtras, type RowsForTrees } from './contributions.ts'
import { fail } from './errors.ts'
import { checkVersion, type Mojo } from './mojo.ts'
import { OneHotLayout } from './one-hot.ts'
import { OneHotRows } from './one-hot-rows.ts'
import type { Block, Extra, Scorer, Scoring } from './scorer.ts'
import { leafExtras } from './tree-leaves.ts'
import { withNodeWeights } from './xgboost-weights.ts'

/** XGBoost inside a MOJO: the booster in XGBoost's old binary format, over a row whose categories are spread over places. */
export function readXGBoost(mojo: Mojo): Scoring {
  checkVersion(mojo, 1.1)
  const { info, files } = mojo
  const layout = new OneHotLayout(mojo)
  const bytes = files.read('boosterBytes')
  // H2O's scorer takes the weights of dart class by class, and explains without them: its answers are kept to.
  const booster = readOldBinary(bytes, 'ofPlaceInGroup')
  if (booster.inputs.length > layout.width) throw fail(`its booster has ${booster.inputs.length} features, but a row has ${layout.width}`)
  const groups = mojo.classes > 2 ? mojo.classes : 1
  if (booster.groups !== groups) throw fail(`its booster has ${booster.groups} sums for ${mojo.classes} classes`)
  const isSparse = info.boolean('sparse')
  const rows = (): OneHotRows => new OneHotRows(layout, isSparse)
  const calibrate = readCalibration(mojo)
  return {
    scorer: new XGBoostScorer(mojo, booster, rows(), info.boolean('has_offset', false)),
    extras: booster.trees === undefined ? [] : [...leaves(booster.trees, rows), ...contributions(mojo, readOldBinary(bytes, 'none'), layout.width, rows)],
    ...(calibrate === undefined ? {} : { calibrate }),
  }
}

function leaves(ensemble: TreeEnsemble, rows: () => OneHotRows): Extra[] {
  const places = Int32Array.from(ensemble.roots, (_, tree) => tree)
  return leafExtras({ ensemble, places, count: places.length, rowsFor: of => new TreePlaces(of, rows()), paths: true, ids: true })
}

/** Of each place that a row is spread over. */
function contributions({ classes, files }: Mojo, { trees, baseMargins }: Booster, width: number, rows: () => OneHotRows): Extra[] {
  if (classes > 2 || trees === undefined) return []
  const weights = files.find('auxNodeWeights')
  const ensemble = { ...(weights === undefined ? trees : withNodeWeights(trees, weights)), features: width }
  return contributionExtras(ensemble, baseMargins[0], of => new TreePlaces(of, rows()))
}

/** Brings rows to the trees of a booster. */
class TreePlaces implements RowsForTrees {
  readonly scorer: TreeScorer
  readonly #rows: OneHotRows

  constructor(ensemble: TreeEnsemble, rows: OneHotRows) {
    this.scorer = new TreeScorer(ensemble)
    this.#rows = rows
  }

  each(features: Float64Array, rows: number, visit: (from: number, to: number) => void): void {
    const { inputs, matrix, width, blockRows } = this.scorer
    this.#rows.open(features, rows)
    for (let from = 0; from < rows; from += blockRows) {
      const to = Math.min(rows, from + blockRows)
      for (const { feature, column } of inputs) this.#rows.copy(feature, from, to, matrix, column, width)
      this.scorer.prepare(to - from)
      visit(from, to)
    }
  }
}

class XGBoostScorer implements Scorer {
  readonly width: number
  readonly #mojo: Mojo
  readonly #booster: Booster
  readonly #trees: TreePlaces | undefined
  readonly #linear: LinearScorer | undefined
  readonly #rows: OneHotRows
  readonly #hasOffset: boolean

  constructor(mojo: Mojo, booster: Booster, rows: OneHotRows, hasOffset: boolean) {
    this.width = mojo.classes > 1 ? mojo.classes + 1 : 1
    this.#mojo = mojo
    this.#booster = booster
    this.#trees = booster.trees === undefined ? undefined : new TreePlaces(booster.trees, rows)
    this.#linear = booster.linear === undefined ? undefined : new LinearScorer(booster.linear)
    this.#rows = rows
    this.#hasOffset = hasOffset
  }

  score(block: Block): void {
    const { rows, offsets, predictions } = block
    const { groups, baseMargins } = this.#booster
    const margins = new Float32Array(rows * groups)
    // In H2O's scorer an offset takes the place of the base score.
    for (let i = 0; i < margins.length; i++) margins[i] = this.#hasOffset ? (offsets === undefined ? 0 : offsets[Math.floor(i / groups)]) : baseMargins[i % groups]
    this.#addTo(margins, block)
    const probabilities = new Float64Array(groups > 1 ? rows * groups : 0)
    for (let r = 0; r < rows; r++) {
      const at = r * this.width
      if (groups > 1) {
        softmax(margins, r * groups, groups, probabilities)
        predictions.set(probabilities.subarray(r * groups, (r + 1) * groups), at + 1)
      } else {
        const prediction = fromMargin(margins[r], this.#booster.objective.link)
        if (this.width === 1) {
          predictions[at] = prediction
          continue
        }
        predictions[at + 1] = Math.fround(1 - prediction)
        predictions[at + 2] = prediction
      }
      this.#label(block, r, at)
    }
  }

  #addTo(margins: Float32Array, { rows, matrix }: Block): void {
    const { groups } = this.#booster
    this.#trees?.each(matrix, rows, (from, to) => this.#trees?.scorer.sum(margins.subarray(from * groups, to * groups)))
    const linear = this.#linear
    if (linear === undefined) return
    this.#rows.open(matrix, rows)
    const copies = this.#booster.inputs.map((_, place) => (from: number, to: number, column: { matrix: Float32Array | Float64Array; offset: number; stride: number }) =>
      this.#rows.copy(place, from, to, column.matrix, column.offset, column.stride))
    for (let from = 0; from < rows; from += linear.blockRows) {
      const to = Math.min(rows, from + linear.blockRows)
      linear.gather(copies, from, to)
      linear.sum(to - from, margins.subarray(from * groups, to * groups))
    }
  }

  /** H2O does not turn XGBoost's probabilities back from balanced classes. */
  #label({ matrix, predictions }: Block, r: number, at: number): void {
    const { prior, threshold, classes, features } = this.#mojo
    labelRow({ prior, threshold, balance: undefined }, predictions, at, classes, matrix.subarray(r * features, (r + 1) * features))
  }
}
