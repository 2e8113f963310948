import { generatorFunctions } from './functions/generators.ts'
import { windowGenerator } from './functions/window.ts'
import type { GeneratorEntry } from './generator-table.ts'

const byName = new Map([...generatorFunctions, windowGenerator].map(entry => [entry.name, entry]))

/** A generator by its name, in lower case. */
export function findGenerator(name: string): GeneratorEntry | undefined {
  return byName.get(name.toLowerCase())
}

export function generatorNames(): readonly string[] {
  return [...byName.keys()]
}
