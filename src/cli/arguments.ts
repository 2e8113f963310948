import { parseArgs } from 'node:util'
import { didYouMean } from '../common/suggest.ts'
import type { CommandOutput } from './output.ts'

/** What a command takes: options with a value, switches, and how many words beside them. */
export interface CommandShape {
  readonly usage: string
  readonly values: readonly string[]
  readonly switches: readonly string[]
  /** Options with a value that may stand more than once. */
  readonly lists?: readonly string[]
  /** Options without which it cannot run. */
  readonly required?: readonly string[]
  readonly words: { readonly min: number; readonly max: number; readonly what: string }
}

export interface CommandArguments {
  readonly values: { readonly [name: string]: string | undefined }
  readonly switches: ReadonlySet<string>
  /** Values in the order in which they stand; none, where there is none. */
  readonly lists: { readonly [name: string]: readonly string[] }
  readonly words: readonly string[]
}

/**
 * Reads the arguments of a command. Answers an exit code instead when there is nothing to run: 0 after `--help`, 2 after
 * a mistake, which was said together with the usage.
 */
export function readArguments(args: readonly string[], shape: CommandShape, output: CommandOutput): CommandArguments | number {
  const options = Object.fromEntries([
    ...[...shape.values, ...(shape.lists ?? [])].map(name => [name, { type: 'string' }] as const),
    ...[...shape.switches, 'help'].map(name => [name, { type: 'boolean' }] as const),
  ])
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true, allowPositionals: true })
  const values: Record<string, string> = {}
  const switches = new Set<string>()
  const lists: Record<string, string[]> = Object.fromEntries((shape.lists ?? []).map(name => [name, []]))
  const words: string[] = []
  const mistakes: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind !== 'option') continue
    if (shape.values.includes(token.name) || shape.lists?.includes(token.name) === true) {
      if (token.value === undefined) mistakes.push(`"${token.rawName}" needs a value.`)
      else if (Object.hasOwn(lists, token.name)) lists[token.name].push(token.value)
      else values[token.name] = token.value
    } else if (token.name === 'help' || shape.switches.includes(token.name)) {
      if (token.value === undefined) switches.add(token.name)
      else mistakes.push(`"${token.rawName}" takes no value.`)
    } else {
      const known = [...shape.values, ...(shape.lists ?? []), ...shape.switches, 'help']
      mistakes.push(`There is no option "${token.rawName}".${didYouMean(token.name, known)}`)
    }
  }
  if (switches.has('help')) {
    output.out(shape.usage)
    return 0
  }
  for (const name of shape.required ?? []) if (values[name] === undefined) mistakes.push(`"--${name}" is missing.`)
  if (words.length < shape.words.min) mistakes.push(`${shape.words.what} is missing.`)
  if (words.length > shape.words.max) mistakes.push(`"${words[shape.words.max]}" is too many.`)
  if (mistakes.length === 0) return { values, switches, lists, words }
  output.err(`${mistakes[0]}\n\n${shape.usage}`)
  return 2
}
