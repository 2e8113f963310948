import type { Ports } from '../common/ports.ts'
import { typeName } from '../columnar/data-type.ts'
import type { Model, ModelArtefact, ModelInput } from '../ml/model.ts'
import { loadModelFromBytes, readArtefact } from '../ml/registry.ts'
import { readArguments } from './arguments.ts'
import type { CommandOutput } from './output.ts'
import { modelUsage } from './usage-texts.ts'
import { compareScores, type ParityReport } from '../ml/rows/compare-scores.ts'

/** `millrace model inspect|verify`. */
export async function modelCommand(args: readonly string[], output: CommandOutput, ports: Ports): Promise<number> {
  const given = readArguments(args, { usage: modelUsage, values: ['input', 'expected', 'tolerance'], switches: ['json'], words: { min: 2, max: 2, what: 'What to do (inspect or verify), or the model,' } }, output)
  if (typeof given === 'number') return given
  const [verb, path] = given.words
  const mistake = mistakeIn(verb, given.values)
  if (mistake !== undefined) {
    output.err(`${mistake}\n\n${modelUsage}`)
    return 2
  }
  const artefact = await readArtefact(ports.files, path.replace(/(?<=.)\/+$/, ''))
  const model = await loadModelFromBytes(artefact)
  try {
    if (verb === 'inspect') {
      output.out(given.switches.has('json') ? JSON.stringify(described(model, artefact), null, 2) : shown(model, artefact))
      return 0
    }
    const { input = '', expected = '', tolerance = '1e-6' } = given.values
    const report = await compareScores(model, ports.files, input, expected, Number(tolerance))
    output.out(given.switches.has('json') ? JSON.stringify(report, null, 2) : shownReport(report, Number(tolerance)))
    return report.wrongRows === 0 && report.rows > 0 ? 0 : 1
  } finally {
    model.close()
  }
}

function mistakeIn(verb: string, values: { readonly [name: string]: string | undefined }): string | undefined {
  if (verb !== 'inspect' && verb !== 'verify') return `There is no command "model ${verb}", only "inspect" and "verify".`
  const missing = verb === 'verify' ? ['input', 'expected'].find(name => values[name] === undefined) : undefined
  if (missing !== undefined) return `"--${missing}" is missing.`
  if (values.tolerance !== undefined && !(Number(values.tolerance) >= 0)) return `"--tolerance" takes a number from 0 up, not "${values.tolerance}".`
  return undefined
}

function described(model: Model, artefact: ModelArtefact): { readonly format: string; readonly digest: string; readonly bytes: number; readonly files: number; readonly inputs: readonly object[]; readonly outputs: readonly object[] } {
  return {
    format: model.signature.format,
    digest: model.digest,
    bytes: artefact.files.reduce((n, f) => n + f.bytes.length, 0),
    files: artefact.files.length,
    inputs: model.signature.inputs,
    outputs: model.signature.outputs.map(o => ({ ...o, type: typeName(o.type) })),
  }
}

function shown(model: Model, artefact: ModelArtefact): string {
  const { format, digest, bytes, files } = described(model, artefact)
  const { inputs, outputs } = model.signature
  return [
    `format   ${format}`,
    `digest   ${digest}`,
    `size     ${bytes} bytes in ${files} ${files === 1 ? 'file' : 'files'}`,
    '',
    `inputs   ${inputs.length}`,
    ...inputs.map(i => `  ${i.name}: ${inputText(i)}`),
    `outputs  ${outputs.length}`,
    ...outputs.map(o => `  ${o.name}: ${typeName(o.type)}${o.library === undefined || o.library === o.name ? '' : `, in its library "${o.library}"`}${o.extra === undefined ? '' : ` (on request: ${o.extra})`}`),
  ].join('\n')
}

function inputText({ kind, categories, size, shape, element }: ModelInput): string {
  switch (kind) {
    case 'category':
      return categories === undefined ? 'category' : `category, one of ${categories.length}: ${categories.slice(0, 8).join(', ')}${categories.length > 8 ? ', …' : ''}`
    case 'vector':
      return `vector of ${size}`
    case 'tensor':
      return `tensor of ${element ?? 'float32'}, shape [${(shape ?? []).map(n => n ?? '?').join(', ')}]`
    case 'number':
      return 'number'
    case 'column':
      return 'column'
  }
}

function shownReport(report: ParityReport, tolerance: number): string {
  return [
    ...report.fields.map(f => `${f.name}: largest difference ${f.largest}${f.wrong === 0 ? '' : `, ${f.wrong} rows differ, the first is row ${f.firstWrong}`}`),
    report.wrongRows === 0 ? `${report.rows} rows agree within ${tolerance}` : `${report.wrongRows} of ${report.rows} rows differ by more than ${tolerance}`,
  ].join('\n')
}
