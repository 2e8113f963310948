import type { FileSystem } from '../../common/file-system.ts'
import type { TestVector } from './vector.ts'

/** All vectors of the `.jsonl` files in a directory, files by name, lines in order. */
export async function loadVectors(files: FileSystem, directory: string): Promise<TestVector[]> {
  const names = (await files.list(directory)).map(e => e.name).filter(n => n.endsWith('.jsonl')).sort()
  const vectors: TestVector[] = []
  for (const name of names) {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await files.readFile(`${directory}/${name}`))
    text.split('\n').forEach((line, i) => {
      if (line.trim() === '') return
      try {
        vectors.push(JSON.parse(exactIntegers(line)) as TestVector)
      } catch (cause) {
        throw new Error(`Line ${i + 1} of ${name} is no JSON.`, { cause })
      }
    })
  }
  return vectors
}

/** JSON text with the whole numbers that a double does not hold written as strings, as elsewhere in the vectors. */
export function exactIntegers(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, token => {
    const isExact = token[0] === '"' || !/^-?\d+$/.test(token) || Number.isSafeInteger(Number(token))
    return isExact ? token : `"${token}"`
  })
}
