import { answerOf, batches, rowsOf } from './rows.mjs'

const [events, keys] = process.argv.slice(2).map(Number)
const inputs = Array.from({ length: batches }, (_, b) => rowsOf(events, keys, b))
globalThis.gc?.()
const heapBefore = process.memoryUsage().heapUsed
const start = performance.now()
const sums = new Map()
for (const { key, amount, count } of inputs) {
  for (let i = 0; i < count; i++) {
    const known = sums.get(key[i])
    if (known === undefined) sums.set(key[i], { n: 1, total: amount[i] })
    else {
      known.n++
      known.total += amount[i]
    }
  }
}
const seconds = (performance.now() - start) / 1000
globalThis.gc?.()
const bytesPerKey = (process.memoryUsage().heapUsed - heapBefore) / sums.size
let total = 0
let check = 0
for (const [key, s] of sums) {
  total += s.total
  check += (key % 97) * (s.total % 101) * s.n
}
console.log(JSON.stringify({ seconds, cpuSeconds: process.cpuUsage().user / 1e6, answer: answerOf(sums.size, total, check), bytesPerKey }))
