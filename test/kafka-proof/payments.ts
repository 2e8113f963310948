import { readFileSync } from 'node:fs'
import { type TestRecord } from '../sources/kafka/support.ts'
import { SeededRandom } from '../../src/testing/simulation/seeded-random.ts'

export const partitions = 4
const begin = Date.UTC(2026, 2, 1, 12)
const minuteMs = 60_000

interface Payment {
  readonly id: number
  readonly account: string
  readonly amount: number
  readonly at: number
}

/** Payments for the topic that three-queries.mjs reads, and what must come of all that were made. */
export class Payments {
  readonly #random: SeededRandom
  readonly #good: Payment[] = []
  readonly #bad: string[] = []
  #made = 0

  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
  }

  /** The next ones, by partition: half a second apart, up to ten seconds out of order, one in 25 no payment. */
  next(count: number): readonly (readonly TestRecord[])[] {
    const records: TestRecord[][] = Array.from({ length: partitions }, () => [])
    for (let i = 0; i < count; i++) {
      const id = this.#made++
      const bad = id % 25 === 7
      const payment = { id, account: `A${this.#random.below(20)}`, amount: this.#random.below(100_000) / 4, at: begin + id * 500 - this.#random.below(10_000) }
      const value = bad ? `{"id": ${id}, "account"` : JSON.stringify({ ...payment, merchant: 'café', at: new Date(payment.at).toISOString() })
      if (bad) this.#bad.push(value)
      else this.#good.push(payment)
      records[id % partitions].push({ key: payment.account, value })
    }
    return records
  }

  /** Sorted lines of what each topic must hold, as `foundIn` makes them. Amounts are quarters, so that sums are exact. */
  expected(): { readonly [topic: string]: readonly string[] } {
    const score = fraudModel()
    const newest = Math.max(...this.#good.map(p => p.at))
    const minutes = new Map<string, [count: number, total: number]>()
    for (const { account, amount, at } of this.#good) {
      const start = at - (at % minuteMs)
      if (start + minuteMs > newest - minuteMs) continue
      const [count, total] = minutes.get(`${account} ${start}`) ?? [0, 0]
      minutes.set(`${account} ${start}`, [count + 1, total + amount])
    }
    const dead = [...this.#bad].sort()
    return {
      copied: this.#good.map(p => `${p.id} ${p.account} ${p.amount}`).sort(),
      scored: this.#good.map(p => `${p.id} ${p.account} ${score(p).toFixed(4)}`).sort(),
      summed: [...minutes].map(([key, [count, total]]) => `${key} ${count} ${total}`).sort(),
      'copied.dead': dead,
      'scored.dead': dead,
      'summed.dead': dead,
    }
  }
}

/** What a value says, in the words of `expected`. */
export function lineOf(topic: string, value: string): string {
  if (topic.endsWith('.dead')) return value
  const row = JSON.parse(value) as { readonly [column: string]: string | number }
  if (topic === 'copied') return `${row['id']} ${row['account']} ${row['amount']}`
  if (topic === 'scored') return `${row['id']} ${row['account']} ${Number(row['score']).toFixed(4)}`
  return `${row['account']} ${new Date(row['start']).getTime()} ${row['payments']} ${row['total']}`
}

interface XgboostTree {
  readonly left_children: readonly number[]
  readonly right_children: readonly number[]
  readonly split_indices: readonly number[]
  readonly split_conditions: readonly number[]
}

/** The model of the example, evaluated with nothing of the library: splits and leaves as float32. */
function fraudModel(): (payment: Payment) => number {
  const { learner } = JSON.parse(readFileSync(new URL('../../examples/kafka/models/fraud.json', import.meta.url), 'utf8')) as {
    readonly learner: { readonly feature_names: readonly string[]; readonly learner_model_param: { readonly base_score: string }; readonly gradient_booster: { readonly model: { readonly trees: readonly XgboostTree[] } } }
  }
  const base = Number(learner.learner_model_param.base_score.replace(/[[\]]/g, ''))
  return ({ amount, at }) => {
    const time = new Date(at)
    const features: { readonly [name: string]: number } = { amount, hour: time.getUTCHours(), minute: time.getUTCMinutes() }
    const x = learner.feature_names.map(name => Math.fround(features[name]))
    let sum = Math.log(base / (1 - base))
    for (const tree of learner.gradient_booster.model.trees) {
      let node = 0
      while (tree.left_children[node] !== -1) node = x[tree.split_indices[node]] < Math.fround(tree.split_conditions[node]) ? tree.left_children[node] : tree.right_children[node]
      sum += Math.fround(tree.split_conditions[node])
    }
    return 1 / (1 + Math.exp(-sum))
  }
}
