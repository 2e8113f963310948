import { javaRandomDouble } from './java.ts'
import type { Mojo } from './mojo.ts'

type Labelling = Pick<Mojo, 'balance' | 'prior' | 'threshold'>

/**
 * Finishes a row whose class probabilities stand in predictions[at + 1 …]: turns them back from balanced classes, and
 * puts the number of the class in front. `row` is the row's features, from which ties are broken.
 */
export function labelRow(model: Labelling, predictions: Float64Array, at: number, classes: number, row: Float64Array): void {
  if (model.balance !== undefined) unbalance(model.balance, predictions, at, classes)
  predictions[at] = classes === 2 ? Number(predictions[at + 2] >= model.threshold) : bestClass(predictions, at, classes, model.prior, row)
}

function unbalance({ prior, trained }: NonNullable<Mojo['balance']>, predictions: Float64Array, at: number, classes: number): void {
  let sum = 0
  for (let c = 0; c < classes; c++) {
    if (prior[c] !== 0 && trained[c] !== 0) predictions[at + 1 + c] *= prior[c] / trained[c]
    sum += predictions[at + 1 + c]
  }
  if (sum > 0) for (let c = 0; c < classes; c++) predictions[at + 1 + c] /= sum
}

/**
 * The class of the highest probability. H2O breaks ties by a random number that the row's own bits seed, and draws among
 * all classes that it noted as tied at some time, the first class always included.
 */
function bestClass(predictions: Float64Array, at: number, classes: number, prior: Float64Array | undefined, row: Float64Array): number {
  let best = 0
  let tied = 0
  for (let c = 1; c < classes; c++) {
    if (predictions[at + 1 + best] < predictions[at + 1 + c]) {
      best = c
      tied = 0
    } else if (predictions[at + 1 + best] === predictions[at + 1 + c]) tied++
  }
  return tied === 0 ? best : drawAmongTies(predictions.subarray(at + 1, at + 1 + classes), tied, prior, row)
}

function drawAmongTies(probabilities: Float64Array, tied: number, prior: Float64Array | undefined, row: Float64Array): number {
  const ties = [0]
  let best = 0
  for (let c = 1; c < probabilities.length; c++) {
    if (probabilities[best] < probabilities[c]) best = c
    else if (probabilities[best] === probabilities[c]) ties.push(c)
  }
  const hash = hashOf(row)
  if (prior?.length === probabilities.length) {
    const sum = ties.reduce((total, c) => total + prior[c], 0)
    const drawn = javaRandomDouble(hash)
    let reached = 0
    for (const c of ties) {
      reached += prior[c] / sum
      if (drawn <= reached) return c
    }
  }
  let left = Number(BigInt.asIntN(32, hash)) % (tied + 1)
  for (let c = 0; c < probabilities.length; c++) if (probabilities[c] === probabilities[best] && --left < 0) return c
  return best
}

/** The exclusive or of all cells' bits, without the last six of each. */
function hashOf(row: Float64Array): bigint {
  const bits = new BigInt64Array(Float64Array.from(row).buffer)
  let hash = 0n
  for (let i = 0; i < bits.length; i++) hash ^= row[i] !== row[i] ? 0x7ff8000000000000n >> 6n : bits[i] >> 6n
  return hash
}
