import type { ModelArtefact, ModelDigest, ModelReader } from '../model.ts'
import { readScoring } from './algorithms.ts'
import { H2OModel } from './model.ts'
import { readMojo } from './mojo.ts'
import { isMojo, mojoFiles } from './mojo-files.ts'

/** Models that H2O saved as MOJO: the zip archive, or the folder that it was unpacked to. */
export const h2oReader: ModelReader = {
  format: 'h2o',
  recognises: isMojo,
  async load(artefact: ModelArtefact, digest: ModelDigest) {
    const mojo = readMojo(mojoFiles(artefact))
    return new H2OModel(digest, mojo, readScoring(mojo))
  },
}
