import { isMillraceError, messageOf } from '../../../common/errors.ts'
import type { ExtraOutput, ModelArtefact } from '../../../ml/model.ts'
import { loadModelFromBytes } from '../../../ml/registry.ts'
import { scoreRows } from '../../../ml/rows/score-rows.ts'
import { MemoryFiles } from '../../../ml/spark/memory-files.ts'
import { type ModelCase, modelCases } from '../../models/model-cases.ts'
import { SeededRandom } from '../../simulation/seeded-random.ts'
import type { ChildReport } from './model-torture.ts'
import { mutateModel } from './mutate-model.ts'

/** The process that loads and scores damaged models: what kills it or keeps it busy is seen from outside. */

const [root, format, seed, first, count] = process.argv.slice(2)
const extras = new Set<ExtraOutput>(['contributions', 'leaves', 'margin', 'stages'])

/** Answers the code of the error with which it was refused, or 'scored'; `wrong: …` for an error without a code of models. */
async function outcomeOf(artefact: ModelArtefact, rows: Uint8Array): Promise<string> {
  try {
    const model = await loadModelFromBytes(artefact)
    try {
      for await (const _ of scoreRows(model, new MemoryFiles(rows), 'rows', extras)) continue
      return 'scored'
    } finally {
      model.close()
    }
  } catch (error) {
    if (isMillraceError(error) && error.code.startsWith('ML_')) return error.code
    return `wrong: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`
  }
}

function firstRows({ input }: ModelCase): Uint8Array {
  const text = new TextDecoder().decode(input)
  return new TextEncoder().encode(`${text.split('\n').slice(0, 4).join('\n')}\n`)
}

const report = (message: ChildReport): void => void process.send?.(message)

const cases: { readonly name: string; readonly artefact: ModelArtefact; readonly rows: Uint8Array }[] = []
for (const one of await modelCases(root)) {
  const model = await loadModelFromBytes(one.artefact)
  const isOfFormat = model.signature.format === format
  model.close()
  if (!isOfFormat) continue
  const rows = firstRows(one)
  // Undamaged ones are scored, and bring in what scoring needs: it is not to be counted for the first damaged one.
  const outcome = await outcomeOf(one.artefact, rows)
  if (outcome !== 'scored') throw new Error(`${one.name}: ${outcome}`)
  cases.push({ name: one.name, artefact: one.artefact, rows })
}
for (let k = Number(first); k < Number(first) + Number(count); k++) {
  const random = new SeededRandom(Math.imul(Number(seed) + k, 0x9e3779b1) >>> 0)
  const { name, artefact, rows } = cases[k % cases.length]
  const damaged = mutateModel(artefact, random)
  const before = process.cpuUsage()
  const outcome = await outcomeOf(damaged, rows)
  const { user, system } = process.cpuUsage(before)
  report({ k, name, outcome, cpuMs: (user + system) / 1000, peakBytes: process.resourceUsage().maxRSS * 1024 })
}
process.disconnect()
