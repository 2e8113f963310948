import { sequence } from '../lib/random.mjs'

export const batches = 8

/** Keys and amounts of one batch, the same for every contestant. */
export function rowsOf(events, keys, batch) {
  const random = sequence(batch + 1)
  const count = Math.floor(events / batches)
  const key = new Float64Array(count)
  const amount = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    key[i] = random.below(keys)
    amount[i] = random.below(1000)
  }
  return { key, amount, count }
}

/** Few enough bits to be exact in any order of additions. */
export function answerOf(count, total, check) {
  return `${count} ${total} ${check}`
}
