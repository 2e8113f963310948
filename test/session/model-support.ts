import { writeFile } from 'node:fs/promises'
import { isMillraceError, ModelRegistry } from 'millrace'
import { expect } from 'vitest'
import { versionedModel } from '../../src/testing/torture/versioned-model.ts'
import { temporaryFolder } from '../streaming/support.ts'

/** A model whose prediction is its version, as a file. */
export async function modelFile(folder: string, version: number): Promise<string> {
  const path = `${folder}/v${version}.json`
  const model = await versionedModel(version)
  await writeFile(path, model.artefact.files[0].bytes)
  return path
}

/** The code of what it throws; what was thrown, where it has none. */
export async function problem(run: () => unknown): Promise<string> {
  try {
    await run()
    return 'none'
  } catch (error) {
    return isMillraceError(error) ? error.code : String(error)
  }
}

/** A registry with versions 1 … `versions` of a model "m". */
export async function registryWith(versions: number): Promise<{ registry: ModelRegistry; folder: string }> {
  const folder = await temporaryFolder()
  const registry = await ModelRegistry.open(`${folder}/registry`)
  for (let v = 1; v <= versions; v++) expect(await registry.register('m', await modelFile(folder, v), { metadata: { trainedBy: `run ${v}` } })).toBe(v)
  return { registry, folder }
}
