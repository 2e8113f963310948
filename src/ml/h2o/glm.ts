import { fail, notScored } from './errors.ts'
import { glmInverseLink, type InverseLink } from './links.ts'
import { checkOffsets, checkVersion, type Mojo } from './mojo.ts'
import type { Block, Scorer, Scoring } from './scorer.ts'

/** Generalized linear models of all families; categories stand before numbers in their features and coefficients. */
export function readGlm(mojo: Mojo): Scoring {
  checkVersion(mojo, 1)
  const { info } = mojo
  const family = info.text('family')
  const eta = new LinearSums(mojo, family === 'multinomial' || family === 'ordinal' ? mojo.classes : 1)
  if (family === 'multinomial') return { scorer: new MultinomialGlm(eta), extras: [] }
  if (family === 'ordinal') return { scorer: new OrdinalGlm(eta), extras: [] }
  const link = glmInverseLink(info.text('link'), info.number('tweedie_link_power', 0))
  const isBinary = family === 'binomial' || family === 'fractionalbinomial' || family === 'quasibinomial'
  return { scorer: isBinary ? new BinomialGlm(eta, link, mojo.threshold) : new RegressionGlm(eta, link), extras: [] }
}

/** The sums of coefficients and features, in the order in which H2O adds them. */
class LinearSums {
  readonly classes: number
  readonly #categories: number
  readonly #numbers: number
  readonly #offsets: Int32Array
  readonly #skipFirst: boolean
  /** What stands in for a missing feature; undefined where nothing does. */
  readonly #imputed: Float64Array | undefined
  readonly #beta: Float64Array
  /** Coefficients of one class. */
  readonly #perClass: number

  constructor({ info, features }: Mojo, classes: number) {
    this.classes = classes
    this.#categories = info.count('cats', features)
    this.#numbers = info.count('nums', features)
    if (this.#categories + this.#numbers !== features) {
      throw notScored(`${this.#categories} categorical and ${this.#numbers} numeric terms over ${features} columns, as interactions have them`, 'Make the products columns of the data, and train on those.')
    }
    this.#offsets = this.#categories === 0 && info.find('cat_offsets') === undefined ? new Int32Array(1) : info.int32s('cat_offsets')
    checkOffsets(this.#offsets, this.#categories, 'cat_offsets')
    this.#skipFirst = !info.boolean('use_all_factor_levels', false)
    this.#imputed = info.boolean('mean_imputation', false) ? readImputed(info, this.#categories, this.#numbers) : undefined
    this.#beta = info.numbers('beta')
    this.#perClass = this.#offsets[this.#categories] + this.#numbers + 1
    if (this.#beta.length !== this.#perClass * classes) throw fail(`"beta" of model.ini has ${this.#beta.length} numbers instead of ${this.#perClass * classes}`)
  }

  /**
   * Writes a sum per class and row to `out`, row-major, `stride` a row. A row that has a category missing, with nothing to
   * stand in for it, is refused.
   */
  add(block: Block, out: Float64Array, stride: number): void {
    const { rows, matrix } = block
    const categories = this.#categories
    const features = categories + this.#numbers
    const perClass = this.#perClass
    const beta = this.#beta
    const numberBase = this.#offsets[categories] - categories
    const row = new Float64Array(features)
    for (let r = 0; r < rows; r++) {
      for (let f = 0; f < features; f++) {
        const x = matrix[r * features + f]
        row[f] = x !== x && this.#imputed !== undefined ? this.#imputed[f] : x
      }
      for (let c = 0; c < this.classes; c++) {
        const from = c * perClass
        let sum = 0
        for (let f = 0; f < categories; f++) {
          const at = this.#coefficientOf(row[f], f)
          if (at === missingCategory) block.refuse(r, `Categorical feature ${f + 1} has no value, and the model was trained without rows of missing values`)
          else if (at >= 0) sum += beta[from + at]
        }
        for (let f = categories; f < features; f++) sum += beta[from + numberBase + f] * row[f]
        out[r * stride + c] = sum + beta[from + perClass - 1]
      }
    }
  }

  /** Where the coefficient of a category is; negative for one that has none. */
  #coefficientOf(code: number, feature: number): number {
    if (code !== code) return missingCategory
    const level = this.#skipFirst ? code - 1 : code
    if (level < 0) return noCoefficient
    const at = this.#offsets[feature] + level
    return at < this.#offsets[feature + 1] ? at : noCoefficient
  }
}

const noCoefficient = -1
const missingCategory = -2

function readImputed(info: Mojo['info'], categories: number, numbers: number): Float64Array {
  const imputed = new Float64Array(categories + numbers)
  if (categories > 0) imputed.set(info.int32s('cat_modes', categories))
  if (numbers > 0) imputed.set(info.numbers('num_means', numbers), categories)
  return imputed
}

class RegressionGlm implements Scorer {
  readonly width = 1
  readonly #sums: LinearSums
  readonly #link: InverseLink

  constructor(sums: LinearSums, link: InverseLink) {
    this.#sums = sums
    this.#link = link
  }

  score(block: Block): void {
    const { rows, offsets, predictions } = block
    this.#sums.add(block, predictions, 1)
    for (let r = 0; r < rows; r++) predictions[r] = this.#link(predictions[r] + (offsets === undefined ? 0 : offsets[r]))
  }
}

class BinomialGlm implements Scorer {
  readonly width = 3
  readonly #sums: LinearSums
  readonly #link: InverseLink
  readonly #threshold: number

  constructor(sums: LinearSums, link: InverseLink, threshold: number) {
    this.#sums = sums
    this.#link = link
    this.#threshold = threshold
  }

  score(block: Block): void {
    const { rows, offsets, predictions } = block
    this.#sums.add(block, predictions, 3)
    for (let r = 0; r < rows; r++) {
      const mu = this.#link(predictions[3 * r] + (offsets === undefined ? 0 : offsets[r]))
      predictions[3 * r] = Number(mu >= this.#threshold)
      predictions[3 * r + 1] = 1 - mu
      predictions[3 * r + 2] = mu
    }
  }
}

/** Softmax, except that what is taken off before the exponential is at least 0. */
class MultinomialGlm implements Scorer {
  readonly width: number
  readonly #sums: LinearSums

  constructor(sums: LinearSums) {
    this.#sums = sums
    this.width = sums.classes + 1
  }

  score(block: Block): void {
    const { rows, predictions } = block
    const { classes } = this.#sums
    this.#sums.add(block, predictions.subarray(1), this.width)
    for (let r = 0; r < rows; r++) {
      const at = r * this.width
      let max = 0
      for (let c = 1; c <= classes; c++) if (predictions[at + c] > max) max = predictions[at + c]
      let sum = 0
      for (let c = 1; c <= classes; c++) sum += predictions[at + c] = Math.exp(predictions[at + c] - max)
      const scale = 1 / sum
      let best = 0
      predictions[at] = 0
      for (let c = 1; c <= classes; c++) {
        predictions[at + c] *= scale
        if (predictions[at + c] > best) {
          best = predictions[at + c]
          predictions[at] = c - 1
        }
      }
    }
  }
}

/** Cumulative logits: each class but the last has an intercept of its own, and its share is the step between two of them. */
class OrdinalGlm implements Scorer {
  readonly width: number
  readonly #sums: LinearSums

  constructor(sums: LinearSums) {
    this.#sums = sums
    this.width = sums.classes + 1
  }

  score(block: Block): void {
    const { rows, offsets, predictions } = block
    const { classes } = this.#sums
    this.#sums.add(block, predictions.subarray(1), this.width)
    for (let r = 0; r < rows; r++) {
      const at = r * this.width
      let before = 0
      for (let c = 1; c < classes; c++) {
        const reached = 1 / (1 + Math.exp(-(predictions[at + c] + (offsets === undefined ? 0 : offsets[r]))))
        predictions[at + c] = reached - before
        before = reached
      }
      predictions[at + classes] = 1 - before
      let best = 0
      for (let c = 1; c <= classes; c++) if (predictions[at + c] > (best === 0 ? 0 : predictions[at + best])) best = c
      predictions[at] = best - 1
      if (best === 0) block.refuse(r, 'No class of the row has a probability, as a number of it is missing')
    }
  }
}
