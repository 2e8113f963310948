import { messageOf } from '../common/errors.ts'
import type { Ports } from '../common/ports.ts'
import { modelFormats } from '../ml/registry.ts'
import { readArguments } from './arguments.ts'
import type { CommandOutput } from './output.ts'
import { doctorUsage } from './usage-texts.ts'

interface FormatReport {
  readonly format: string
  readonly works: boolean
  /** What to run so that it works; empty when it does. */
  readonly fix: string
}

/** `millrace doctor`: exit code 0 whatever is missing, since all of it is optional. */
export async function doctorCommand(args: readonly string[], output: CommandOutput, _ports: Ports): Promise<number> {
  const given = readArguments(args, { usage: doctorUsage, values: [], switches: ['json'], words: { min: 0, max: 0, what: '' } }, output)
  if (typeof given === 'number') return given
  const formats: FormatReport[] = []
  for (const { title, packages } of modelFormats) formats.push(await tryFormat(title, packages))
  if (given.switches.has('json')) output.out(JSON.stringify({ node: process.versions.node, platform: `${process.platform}-${process.arch}`, formats }, null, 2))
  else {
    output.out(`Node ${process.versions.node} on ${process.platform}-${process.arch}`)
    for (const { format, works, fix } of formats) output.out(`${works ? 'yes' : 'no '}  ${format}${works ? '' : `\n     ${fix}`}`)
  }
  return 0
}

/** Of alternatives, one that can be imported is enough. */
async function tryFormat(format: string, alternatives: readonly (readonly string[])[]): Promise<FormatReport> {
  let fix = ''
  for (const packages of alternatives) {
    const missing: string[] = []
    let broken = ''
    for (const name of packages) {
      try {
        await import(name)
      } catch (error) {
        if (messageOf(error).includes('Cannot find package')) missing.push(name)
        else broken = `${name} is installed but cannot be loaded: ${messageOf(error).split('\n')[0]}`
      }
    }
    if (missing.length === 0 && broken === '') return { format, works: true, fix: '' }
    fix ||= broken === '' ? `npm install ${missing.join(' ')}` : broken
  }
  return { format, works: alternatives.length === 0, fix }
}
