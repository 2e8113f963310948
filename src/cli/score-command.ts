import { makeError } from '../common/errors.ts'
import type { Ports } from '../common/ports.ts'
import type { ExtraOutput } from '../ml/model.ts'
import { loadModelFromBytes, readArtefact } from '../ml/registry.ts'
import { readArguments } from './arguments.ts'
import type { CommandOutput } from './output.ts'
import { scoreUsage } from './usage-texts.ts'
import { chunkLines } from '../ml/rows/jsonl-lines.ts'
import { scoreRows } from '../ml/rows/score-rows.ts'

const extraNames: readonly ExtraOutput[] = ['contributions', 'leaves', 'margin', 'stages']

/** `millrace score`. */
export async function scoreCommand(args: readonly string[], output: CommandOutput, ports: Ports): Promise<number> {
  const given = readArguments(args, { usage: scoreUsage, values: ['model', 'input', 'output', 'with'], switches: [], required: ['model', 'input'], words: { min: 0, max: 0, what: '' } }, output)
  if (typeof given === 'number') return given
  const { model: modelPath = '', input = '', output: target, with: extras } = given.values
  const wanted = (extras ?? '').split(',').map(e => e.trim()).filter(e => e !== '')
  const unknown = wanted.find(e => !extraNames.includes(e as ExtraOutput))
  if (unknown !== undefined) {
    output.err(`There is no extra "${unknown}", only ${extraNames.join(', ')}.\n\n${scoreUsage}`)
    return 2
  }
  await requireFile(ports, input)
  const model = await loadModelFromBytes(await readArtefact(ports.files, modelPath.replace(/(?<=.)\/+$/, '')))
  try {
    const chunks = scoreRows(model, ports.files, input, new Set(wanted as ExtraOutput[]))
    if (target === undefined) {
      for await (const chunk of chunks) output.out(Buffer.from(chunkLines(chunk)).toString())
      return 0
    }
    await ports.files.remove(target)
    const file = await ports.files.create(target)
    try {
      for await (const chunk of chunks) await file.write(chunkLines(chunk))
    } finally {
      await file.close()
    }
    return 0
  } finally {
    model.close()
  }
}

async function requireFile(ports: Ports, path: string): Promise<void> {
  if ((await ports.files.stat(path))?.kind === 'file') return
  throw makeError('FORMAT_UNREADABLE', `There is no file "${path}". Give a file of JSON lines as --input.`, { context: { path } })
}
